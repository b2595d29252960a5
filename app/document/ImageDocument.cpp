// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/ImageDocument.h"

#include "app/document/ImageRepair.h"
#include "app/text/CoreText.h"

#include <algorithm>
#include <utility>

namespace platter::app {

ImageDocument::ImageDocument(QObject* parent, Reading reading)
    : QObject(parent)
    , m_reading(reading)
    , m_loader(new JobRunner{tr("Open"), this})
    , m_totals(new JobRunner{tr("Read what the file is used for"), this})
    , m_chainReader(new JobRunner{tr("Follow the chain"), this})
    , m_checker(new JobRunner{tr("Check"), this})
    , m_watcher(new FileWatcher{this})
{
    for (JobRunner* runner : {m_loader, m_totals, m_chainReader, m_checker})
        addRunner(runner);

    connect(m_totals, &JobRunner::failed, this, [this](const ErrorText& error) {
        m_hostTotalsProblem = error.why;
        emit hostTotalsChanged();
    });
    connect(m_totals, &JobRunner::cancelled, this, [this] {
        m_hostTotalsProblem = tr("Reading was stopped.");
        emit hostTotalsChanged();
    });
    connect(m_checker, &JobRunner::failed, this, [this](const ErrorText& error) {
        m_checkProblem = error.why;
        emit checkChanged();
    });
    connect(m_checker, &JobRunner::cancelled, this, [this] {
        m_checkCancelled = true;
        emit checkChanged();
    });
    connect(m_watcher, &FileWatcher::looked, this, &ImageDocument::takeLooks);
    m_repair = new ImageRepair(*this);
}

ImageDocument::~ImageDocument()
{
    // Runners stop and wait here, while every member that their results could touch is alive.
    delete m_repair;
    for (JobRunner* runner : {m_loader, m_totals, m_chainReader, m_checker}) {
        runner->disconnect(this);
        delete runner;
    }
    m_watcher->disconnect(this);
    delete m_watcher;
}

QString ImageDocument::name() const
{
    return shownPath(m_path.filename());
}

bool ImageDocument::isLocked() const
{
    if (!m_opened.image)
        return false;
    const auto encryption = m_opened.image->encryption();
    return encryption && encryption->locked;
}

bool ImageDocument::canCheck() const
{
    return m_opened.image && m_opened.image->formatId() != "raw"
        && m_opened.image->formatId() != "qcow";
}

bool ImageDocument::hasOtherFiles() const
{
    return m_opened.image && (m_opened.image->backingFile() || m_opened.image->externalDataFile());
}

bool ImageDocument::isFollowingChain() const
{
    // Right after opening, the reader has not begun.
    return m_chainReader->isRunning() || (hasOtherFiles() && m_chain.empty());
}

bool ImageDocument::chainNeedsConsent() const
{
    return std::any_of(m_chain.begin(), m_chain.end(),
        [](const ChainLink& link) { return link.state == ChainLink::State::NeedsConsent; });
}

std::optional<BackingChain> ImageDocument::openedChain() const
{
    if (!m_opened.image || isFollowingChain())
        return std::nullopt;
    BackingChain chain;
    chain.layers.push_back(m_opened);
    for (const ChainLink& link : m_chain) {
        if (link.state != ChainLink::State::Opened)
            return std::nullopt;
        if (link.name.named.role != NamedFile::Role::Data && link.opened)
            chain.layers.push_back(*link.opened);
    }
    return chain;
}

void ImageDocument::addRunner(JobRunner* runner)
{
    m_runners.append(runner);
    connect(runner, &QObject::destroyed, this, [this, runner] { m_runners.removeOne(runner); });
    emit runnerAdded(runner);
}

bool ImageDocument::isBusy() const
{
    return std::any_of(m_runners.begin(), m_runners.end(),
        [](const JobRunner* runner) { return runner->isRunning(); });
}

void ImageDocument::open(const std::filesystem::path& path)
{
    open(path, std::nullopt);
}

void ImageDocument::openAs(const std::filesystem::path& path, const std::string& formatId)
{
    open(path, formatId);
}

void ImageDocument::open(
    const std::filesystem::path& path, const std::optional<std::string>& format)
{
    m_path = path;
    m_format = format;
    m_agreement = {};
    m_state = State::Loading; // before anybody hears that the image is gone
    forget();
    startLoading();
    setState(State::Loading);
}

void ImageDocument::reload()
{
    if (m_state == State::Empty)
        return;
    if (m_state != State::Ready) {
        m_state = State::Loading;
        startLoading();
        setState(State::Loading);
        return;
    }
    startLoading();
}

OpenOptions ImageDocument::lookOptions() const
{
    OpenOptions options;
    options.format = m_format;
    options.sharing = OpenOptions::Sharing::Look;
    options.dataFile = m_agreement.dataStandIn;
    return options;
}

void ImageDocument::unlock(const QByteArray& passphrase)
{
    OpenOptions options = lookOptions();
    if (m_opened.image)
        options.format = m_opened.image->formatId();
    options.passphrase = passphrase.toStdString();
    options.requirePassphrase = true;
    m_loader->disconnect(this);
    connect(m_loader, &JobRunner::failed, this,
        [this](const ErrorText& error) { emit unlockFailed(error); });
    m_loader->start([path = m_path, options, agreed = m_agreement.agreed](
                        const JobControl& job) { return readImage(path, options, agreed, job); },
        [this](ReadImage loaded) {
            accept(std::move(loaded));
            emit unlocked();
        });
}

/// Reads the file at m_path. While an image is shown it stays until the new one is there; if there
/// is none then, it stays with a word why.
void ImageDocument::startLoading()
{
    m_loader->disconnect(this);
    const auto fail = [this](const ErrorText& error) {
        m_checkAfterLoading = false;
        if (m_state == State::Ready) {
            m_reloadProblem = error.why;
            m_failedState = m_lastSeen;
            emit newsChanged();
            return;
        }
        m_error = error;
        setState(State::Failed);
    };
    connect(m_loader, &JobRunner::failed, this, fail);
    connect(m_loader, &JobRunner::cancelled, this, [fail] {
        ErrorText stopped;
        stopped.why = tr("Opening was stopped.");
        fail(stopped);
    });
    OpenOptions options = lookOptions();
    options.keyOf = m_opened.image;
    m_loader->start([path = m_path, options, agreed = m_agreement.agreed](
                        const JobControl& job) { return readImage(path, options, agreed, job); },
        [this, fail](ReadImage loaded) {
            if (loaded.facts.mixed && m_state == State::Ready && !m_facts.mixed) {
                const bool check = m_checkAfterLoading;
                ErrorText restless;
                restless.why = tr("It was written each time while it was read.");
                fail(restless); // one state that has passed is better than a mixture of two
                if (check)
                    runCheck(); // opens the file itself, and says if it was written meanwhile
                return;
            }
            if (loaded.unknown && m_state == State::Ready) {
                ErrorText unknown;
                unknown.why = tr("It has no signature of a known format any more.");
                fail(unknown);
                return;
            }
            accept(std::move(loaded));
        });
}

void ImageDocument::accept(ReadImage loaded)
{
    if (loaded.unknown) {
        m_firstBytes = std::move(loaded.firstBytes);
        m_facts = std::move(loaded.facts);
        setState(State::Unknown);
        return;
    }
    for (JobRunner* runner : {m_totals, m_chainReader})
        runner->drop();
    const bool otherFile
        = m_opened.file && m_opened.file->identity() != loaded.opened.file->identity();
    m_keyLost = !otherFile && m_opened.image && m_opened.image->encryption()
        && (m_keyLost || !isLocked());
    m_opened = std::move(loaded.opened);
    m_facts = std::move(loaded.facts);
    m_dataProblem = std::move(loaded.dataProblem);
    m_dataFileState = loaded.dataFileState;
    m_dataFileUse = {};
    m_readAt = QDateTime::currentDateTime();
    m_lastSeen = m_opened.stamp;
    m_news.clear();
    m_reloadProblem.clear();
    m_chain.clear();
    m_hostTotals.reset();
    m_hostTotalsProblem.clear();
    m_labels = std::make_shared<const HostLabels>(m_opened.image);
    m_state = State::Ready;
    if (otherFile)
        forgetCheck(); // what was found in another file says nothing about this one
    const bool selectionKept = m_selection == stillThere(m_selection);
    if (!selectionKept)
        m_selection = stillThere(m_selection);
    emit imageChanged();
    emit stateChanged(m_state);
    clearBrush(); // its clusters were those of the file before
    startTotals();
    startChain();
    watchFiles();
    emit newsChanged();
    emit checkChanged(); // whether it still holds
    if (!selectionKept)
        emit selectionChanged(m_selection);
    if (std::exchange(m_checkAfterLoading, false))
        runCheck();
}

/// The selection as far as the image still has what it names.
Selection ImageDocument::stillThere(Selection selection) const
{
    const Image& image = *m_opened.image;
    if (selection.host && selection.host->value >= m_facts.fileLength.value)
        return {};
    if (selection.guest && selection.guest->value >= image.virtualSize().value)
        return {};
    if (selection.snapshot && *selection.snapshot >= image.snapshots().size())
        selection.snapshot.reset();
    if (selection.bitmap && *selection.bitmap >= image.bitmaps().size())
        selection.bitmap.reset();
    return selection;
}

void ImageDocument::setState(State state)
{
    m_state = state;
    emit stateChanged(state);
}

void ImageDocument::forget()
{
    for (JobRunner* runner : {m_totals, m_chainReader, m_checker})
        runner->drop();
    m_watcher->watch({});
    m_opened = {};
    m_labels.reset();
    m_keyLost = false;
    m_dataFileUse = {};
    m_facts = {};
    m_firstBytes.clear();
    m_hostTotals.reset();
    m_hostTotalsProblem.clear();
    m_chain.clear();
    m_dataProblem.clear();
    m_news.clear();
    m_reloadProblem.clear();
    m_checkAfterLoading = false;
    forgetCheck();
    emit imageChanged();
    emit newsChanged();
    emit checkChanged();
    select({});
    clearBrush();
}

void ImageDocument::forgetCheck()
{
    m_checkReport.reset();
    m_countDifferences.reset();
    m_checkProblem.clear();
    m_checkCancelled = false;
    m_checkMixed = false;
    m_pastCheck.reset();
}

void ImageDocument::startTotals()
{
    m_hostTotals.reset();
    m_hostTotalsProblem.clear();
    if (m_reading == Reading::NamedFilesOnly)
        return;
    m_totals->start(
        [opened = m_opened](const JobControl& job) {
            HostTotals totals = scanTotals(*opened.image, job);
            totals.changedMeanwhile = opened.file->stamp() != opened.stamp;
            return totals;
        },
        [this](HostTotals totals) {
            m_hostTotals = totals;
            emit hostTotalsChanged();
        });
}

void ImageDocument::startChain()
{
    m_chain.clear();
    if (!hasOtherFiles()) {
        emit chainChanged();
        return;
    }
    m_chainReader->start(
        [top = m_opened, problem = m_dataProblem, agreement = m_agreement](
            const JobControl& job) { return readChain(top, problem, agreement, job); },
        [this](ReadChain read) {
            m_chain = std::move(read.links);
            m_agreement = std::move(read.agreement);
            watchFiles();
            emit chainChanged();
        });
}

void ImageDocument::agreeToChain(Consent consent)
{
    m_agreement.besideToo = consent == Consent::AlsoNamedBesideThem;
    bool dataFile = false;
    for (const ChainLink& link : m_chain) {
        if (link.state != ChainLink::State::NeedsConsent)
            continue;
        m_agreement.agreed.insert(link.name.path);
        dataFile = dataFile || link.name.named.role == NamedFile::Role::Data;
    }
    if (dataFile)
        startLoading(); // the data file is attached while opening
    else
        startChain();
}

std::vector<OpenedImage> ImageDocument::layersAbove(std::size_t index) const
{
    std::vector<OpenedImage> layers{m_opened};
    for (std::size_t i = 0; i < index && i < m_chain.size(); ++i) {
        if (m_chain[i].opened)
            layers.push_back(*m_chain[i].opened);
    }
    return layers;
}

void ImageDocument::useInstead(std::size_t index, const std::filesystem::path& path)
{
    if (m_chain.at(index).name.named.role == NamedFile::Role::Data) {
        m_agreement.dataStandIn = path;
        startLoading(); // the data file is attached while opening
        return;
    }
    m_agreement.standIns[layersAbove(index).back().path] = path;
    m_agreement.agreed.insert(path);
    startChain();
}

void ImageDocument::forgetStandIns()
{
    m_agreement.standIns.clear();
    if (std::exchange(m_agreement.dataStandIn, std::nullopt))
        startLoading();
    else
        startChain();
}

void ImageDocument::startCheck()
{
    if (!canCheck())
        return;
    // Tables that were read before a change do not fit those that would be read now.
    m_checkAfterLoading
        = std::any_of(m_news.begin(), m_news.end(), [](const auto& news) { return news.isImage; });
    if (m_checkAfterLoading)
        reload();
    else
        runCheck();
}

void ImageDocument::readAndCheck()
{
    m_checkAfterLoading = canCheck();
    reload();
}

void ImageDocument::runCheck()
{
    forgetCheck();
    m_checker->start([opened = m_opened](const JobControl& job) { return checkImage(opened, job); },
        [this](CheckOfOneState checked) {
            m_checkReport = std::move(checked.report);
            m_countDifferences = std::move(checked.differences);
            m_checkedState = checked.state;
            m_checkMixed = checked.mixed;
            m_checkedAt = QDateTime::currentDateTime();
            lookNow(); // whether it changed since it was opened
            emit checkChanged();
        });
    emit checkChanged();
}

void ImageDocument::setPastCheck(const PastCheck& check)
{
    m_pastCheck = check;
    emit checkChanged();
}

bool ImageDocument::changedSinceCheck() const
{
    return m_checkReport && m_checkedState != m_lastSeen;
}

void ImageDocument::cancelCheck()
{
    m_checker->cancel();
}

void ImageDocument::select(const Selection& selection)
{
    if (selection == m_selection)
        return;
    m_selection = selection;
    emit selectionChanged(m_selection);
}

void ImageDocument::setBrush(const HostBrush& brush)
{
    if (brush == m_brush)
        return;
    m_brush = brush;
    emit brushChanged();
}

void ImageDocument::clearBrush()
{
    setBrush({});
}

void ImageDocument::reveal(PageId page, const Selection& selection)
{
    select(selection);
    emit pageRequested(page);
}

} // namespace platter::app
