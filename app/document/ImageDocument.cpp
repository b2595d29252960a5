// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/ImageDocument.h"

#include "app/text/CoreText.h"
#include "core/formats/Registry.h"

#include <QElapsedTimer>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <unistd.h>

namespace platter::app {

namespace {

    constexpr std::size_t shownFirstBytes = 64;
    constexpr std::chrono::seconds useInterval{5};

    /// Bytes of a host range that the file system stores.
    Bytes storedBytes(const ByteFile& file, const HostRange& range)
    {
        Bytes stored;
        const HostOffset end = std::min(range.start + range.length, HostOffset{file.size().value});
        for (HostOffset at = range.start; at < end;) {
            const FileRegion region = file.regionAt(at);
            const HostOffset regionEnd = std::min(region.end, end);
            if (regionEnd <= at) // the file shrank meanwhile
                break;
            if (region.kind == FileRegion::Kind::Data)
                stored += regionEnd - at;
            at = regionEnd;
        }
        return stored;
    }

    HostTotals scanTotals(const Image& image, const JobControl& job)
    {
        // Asking the file system is slow next to the scan; past so many ranges the rest is taken as
        // stored.
        constexpr std::size_t mostRangesAsked = 20'000;
        const bool holesAreTheFormat = image.formatId() == "raw";
        HostTotals totals;
        std::size_t asked = 0;
        image.scanHost(
            [&](const HostRange& range) {
                totals.bytes[static_cast<std::size_t>(range.use)] += range.length;
                if (holesAreTheFormat
                    || (range.use != HostUse::Free && range.use != HostUse::Leaked))
                    return;
                totals.reclaimable
                    += ++asked <= mostRangesAsked ? storedBytes(image.file(), range) : range.length;
            },
            job);
        return totals;
    }

    /// The external data file of an image as a link of its chain.
    ChainLink dataFileLink(
        const OpenedImage& top, const NamedFile& named, const std::string& problem)
    {
        ChainLink link;
        link.name = resolveName(top.path, named);
        std::error_code ignored;
        if (!link.name.refusal.empty()) {
            link.state = ChainLink::State::Refused;
            link.problem = link.name.refusal;
        } else if (!problem.empty()) {
            link.state = std::filesystem::exists(link.name.path, ignored)
                ? ChainLink::State::Broken
                : ChainLink::State::Missing;
            link.problem = problem;
        } else {
            try {
                top.image->guestDataFile();
                link.state = ChainLink::State::Opened;
            } catch (const ConsentError& refused) {
                link.state = ChainLink::State::NeedsConsent;
                link.problem = refused.what();
            }
        }
        return link;
    }

    /// What can be said of a link that was not opened without opening it.
    void judgeClosed(ChainLink& link, const std::set<std::filesystem::path>& agreed)
    {
        if (link.state != ChainLink::State::NeedsConsent)
            return;
        std::error_code ignored;
        if (agreed.contains(link.name.path)) {
            link.state = ChainLink::State::Refused; // not for want of consent: it is no plain file
        } else if (!std::filesystem::exists(link.name.path, ignored)) {
            link.state = ChainLink::State::Missing;
            link.problem = PLATTER_TEXT("ChainLink", "There is no such file.");
        }
    }

    /// Follows the chain; with `besideToo`, agrees on the way to files beside the image.
    std::vector<ChainLink> followChain(const OpenedImage& top, const std::string& dataProblem,
        std::set<std::filesystem::path>& agreed, bool besideToo, const JobControl& job)
    {
        const OpenPolicy beside = OpenPolicy::besideImage(top.path);
        for (;;) {
            std::vector<ChainLink> links = inspectChain(top, OpenPolicy::agreed(agreed), job);
            if (const auto data = top.image->externalDataFile())
                links.insert(links.begin(), dataFileLink(top, *data, dataProblem));
            bool more = false;
            for (ChainLink& link : links) {
                judgeClosed(link, agreed);
                if (link.state != ChainLink::State::NeedsConsent || !besideToo
                    || link.name.named.role == NamedFile::Role::Data)
                    continue;
                try {
                    beside.require(link.name);
                    more = agreed.insert(link.name.path).second || more;
                } catch (const ConsentError&) {
                    // It lies elsewhere: the user is asked again.
                }
            }
            if (!more || agreed.size() > maximumChainLength)
                return links;
        }
    }

    bool sameHolders(const FileUse& a, const FileUse& b)
    {
        if (a.mayBeWritten != b.mayBeWritten || a.writingForbidden != b.writingForbidden
            || a.readingForbidden != b.readingForbidden || a.holders.size() != b.holders.size())
            return false;
        for (std::size_t i = 0; i < a.holders.size(); ++i) {
            if (a.holders[i].pid != b.holders[i].pid)
                return false;
        }
        return true;
    }

} // namespace

Bytes HostTotals::all() const
{
    return std::accumulate(bytes.begin(), bytes.end(), Bytes{});
}

/// What one opening brings from the worker.
struct ImageDocument::Loaded {
    bool unknown = false; ///< no signature: only firstBytes is filled
    std::vector<std::byte> firstBytes;
    OpenedImage opened;
    ImageFacts facts;
    std::string dataProblem; ///< why the external data file could not be opened
    std::filesystem::file_time_type changedAt{};
};

/// What a look at the file brings while it is open.
struct ImageDocument::Watched {
    FileUse use;
    Bytes length{};
    std::filesystem::file_time_type changedAt{};
};

ImageDocument::ImageDocument(QObject* parent)
    : QObject(parent)
    , m_loader(new JobRunner{tr("Open"), this})
    , m_totals(new JobRunner{tr("Read what the file is used for"), this})
    , m_chainReader(new JobRunner{tr("Follow the chain"), this})
    , m_checker(new JobRunner{tr("Check"), this})
    , m_useReader(new JobRunner{tr("Look who uses the file"), this})
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
    m_useTimer.setInterval(useInterval);
    connect(&m_useTimer, &QTimer::timeout, this, &ImageDocument::lookAtUse);
}

ImageDocument::~ImageDocument()
{
    // Runners stop and wait here, while every member that their results could touch is alive.
    for (JobRunner* runner : {m_loader, m_totals, m_chainReader, m_checker, m_useReader}) {
        runner->disconnect(this);
        delete runner;
    }
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

const CountDifference* CountDifferences::at(HostOffset cluster) const
{
    const auto after = std::upper_bound(runs.begin(), runs.end(), cluster,
        [](HostOffset at, const CountDifference& run) { return at < run.start; });
    if (after == runs.begin() || std::prev(after)->end() <= cluster)
        return nullptr;
    return &*std::prev(after);
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

bool ImageDocument::chainNeedsConsent() const
{
    return std::any_of(m_chain.begin(), m_chain.end(),
        [](const ChainLink& link) { return link.state == ChainLink::State::NeedsConsent; });
}

std::optional<BackingChain> ImageDocument::openedChain() const
{
    if (!m_opened.image || m_chainReader->isRunning())
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
    m_path = path;
    m_format.reset();
    m_agreed.clear();
    m_consent.reset();
    startLoading(std::nullopt);
}

void ImageDocument::openAs(const std::filesystem::path& path, const std::string& formatId)
{
    m_path = path;
    m_format = formatId;
    m_agreed.clear();
    m_consent.reset();
    startLoading(std::nullopt);
}

void ImageDocument::reload()
{
    if (m_state != State::Empty)
        startLoading(std::nullopt);
}

void ImageDocument::unlock(const QByteArray& passphrase)
{
    OpenOptions options;
    options.format = m_opened.image ? std::optional{m_opened.image->formatId()} : m_format;
    options.passphrase = passphrase.toStdString();
    options.requirePassphrase = true;
    options.sharing = OpenOptions::Sharing::Look;
    m_loader->disconnect(this);
    connect(m_loader, &JobRunner::failed, this,
        [this](const ErrorText& error) { emit unlockFailed(error); });
    m_loader->start([path = m_path, options, agreed = m_agreed](
                        const JobControl& job) { return load(path, options, agreed, job); },
        [this](Loaded loaded) {
            accept(std::move(loaded));
            emit unlocked();
        });
}

ImageDocument::Loaded ImageDocument::load(const std::filesystem::path& path,
    const OpenOptions& options, const std::set<std::filesystem::path>& agreed,
    const JobControl& job)
{
    Loaded loaded;
    if (!options.format) {
        const auto file = DiskFile::open(path, DiskFile::Access::ReadOnly);
        if (std::string_view{probeFormat(*file).id} == "raw") {
            loaded.unknown = true;
            loaded.firstBytes.resize(shownFirstBytes);
            loaded.firstBytes.resize(file->read(HostOffset{0}, loaded.firstBytes));
            loaded.facts.fileLength = file->size();
            return loaded;
        }
    }
    std::error_code timeUnknown;
    loaded.changedAt = std::filesystem::last_write_time(path, timeUnknown);
    loaded.opened = openImage(path, options, job);
    if (const auto data = loaded.opened.image->externalDataFile();
        data && agreed.contains(resolveName(path, *data).path)) {
        try {
            loaded.opened = openImageWithData(path, options, OpenPolicy::agreed(agreed), job);
        } catch (const Error& error) {
            loaded.dataProblem = error.what(); // shown without its data
        }
    }
    const Image& image = *loaded.opened.image;
    loaded.facts.fileLength = image.file().size();
    loaded.facts.onDisk = image.file().allocatedBytes();
    loaded.facts.quickLook = image.quickLook();
    loaded.facts.structures = image.describe();
    loaded.facts.writable = ::access(path.c_str(), W_OK) == 0;
    return loaded;
}

void ImageDocument::startLoading(const std::optional<std::string>& passphrase)
{
    OpenOptions options;
    options.format = m_format;
    options.passphrase = passphrase;
    options.sharing = OpenOptions::Sharing::Look;
    m_state = State::Loading; // before anybody hears that the image is gone
    forget();
    m_loader->disconnect(this);
    connect(m_loader, &JobRunner::failed, this, [this](const ErrorText& error) {
        m_error = error;
        setState(State::Failed);
    });
    connect(m_loader, &JobRunner::cancelled, this, [this] {
        m_error = {};
        m_error.why = tr("Opening was stopped.");
        setState(State::Failed);
    });
    m_loader->start([path = m_path, options, agreed = m_agreed](
                        const JobControl& job) { return load(path, options, agreed, job); },
        [this](Loaded loaded) { accept(std::move(loaded)); });
    setState(State::Loading);
}

void ImageDocument::accept(Loaded loaded)
{
    if (loaded.unknown) {
        m_firstBytes = std::move(loaded.firstBytes);
        m_facts = std::move(loaded.facts);
        setState(State::Unknown);
        return;
    }
    m_opened = std::move(loaded.opened);
    m_facts = std::move(loaded.facts);
    m_dataProblem = std::move(loaded.dataProblem);
    m_changedAt = loaded.changedAt;
    m_changeReported = false;
    m_state = State::Ready;
    emit imageChanged();
    emit stateChanged(m_state);
    startTotals();
    startChain();
    m_useTimer.start();
}

void ImageDocument::setState(State state)
{
    m_state = state;
    emit stateChanged(state);
}

void ImageDocument::forget()
{
    m_useTimer.stop();
    for (JobRunner* runner : {m_totals, m_chainReader, m_checker, m_useReader})
        runner->drop();
    m_opened = {};
    m_facts = {};
    m_firstBytes.clear();
    m_hostTotals.reset();
    m_hostTotalsProblem.clear();
    m_chain.clear();
    m_dataProblem.clear();
    m_checkReport.reset();
    m_countDifferences.reset();
    m_checkProblem.clear();
    m_checkCancelled = false;
    emit imageChanged();
    emit checkChanged();
    select({});
}

void ImageDocument::startTotals()
{
    m_hostTotals.reset();
    m_hostTotalsProblem.clear();
    m_totals->start(
        [image = m_opened.image](const JobControl& job) { return scanTotals(*image, job); },
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
    struct Followed {
        std::vector<ChainLink> links;
        std::set<std::filesystem::path> agreed;
    };
    m_chainReader->start(
        [top = m_opened, problem = m_dataProblem, agreed = m_agreed,
            beside = m_consent == Consent::AlsoNamedBesideThem](const JobControl& job) {
            Followed followed{{}, agreed};
            followed.links = followChain(top, problem, followed.agreed, beside, job);
            return followed;
        },
        [this](Followed followed) {
            m_chain = std::move(followed.links);
            m_agreed = std::move(followed.agreed);
            emit chainChanged();
        });
}

void ImageDocument::agreeToChain(Consent consent)
{
    m_consent = consent;
    bool dataFile = false;
    for (const ChainLink& link : m_chain) {
        if (link.state != ChainLink::State::NeedsConsent)
            continue;
        m_agreed.insert(link.name.path);
        dataFile = dataFile || link.name.named.role == NamedFile::Role::Data;
    }
    if (dataFile)
        startLoading(std::nullopt); // the data file is attached while opening
    else
        startChain();
}

void ImageDocument::startCheck()
{
    if (!canCheck())
        return;
    m_checkReport.reset();
    m_countDifferences.reset();
    m_checkProblem.clear();
    m_checkCancelled = false;
    m_checker->start(
        [image = m_opened.image](const JobControl& job) {
            auto differences = std::make_shared<CountDifferences>();
            CheckOptions options;
            options.differences = [&](const CountDifference& difference) {
                if (differences->runs.size() < CountDifferences::mostRuns)
                    differences->runs.push_back(difference);
                else
                    ++differences->runsLeftOut;
            };
            auto report = std::make_shared<const CheckReport>(image->check(options, job));
            return std::pair{
                std::move(report), std::shared_ptr<const CountDifferences>{std::move(differences)}};
        },
        [this](auto result) {
            m_checkReport = std::move(result.first);
            m_countDifferences = std::move(result.second);
            m_checkedAt = QDateTime::currentDateTime();
            emit checkChanged();
        });
    emit checkChanged();
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

void ImageDocument::reveal(PageId page, const Selection& selection)
{
    select(selection);
    emit pageRequested(page);
}

void ImageDocument::lookAtUse()
{
    if (m_state != State::Ready || m_useReader->isRunning() || !m_opened.file)
        return;
    m_useReader->start(
        [file = m_opened.file, path = m_path](const JobControl&) {
            Watched watched;
            watched.use = inspectUse(*file);
            watched.length = file->size();
            std::error_code timeUnknown;
            watched.changedAt = std::filesystem::last_write_time(path, timeUnknown);
            return watched;
        },
        [this, file = m_opened.file](const Watched& watched) {
            if (file != m_opened.file)
                return;
            if (!sameHolders(watched.use, m_opened.use)) {
                m_opened.use = watched.use;
                emit useChanged();
            }
            if (!m_changeReported
                && (watched.changedAt != m_changedAt || watched.length != m_facts.fileLength)) {
                m_changeReported = true;
                emit changedOnDisk();
            }
        });
}

} // namespace platter::app
