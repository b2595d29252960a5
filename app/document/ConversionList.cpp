// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/ConversionList.h"

#include "app/document/Hurdle.h"
#include "app/text/CoreText.h"
#include "app/text/NewsText.h"
#include "app/window/RecentImages.h"

#include <algorithm>

namespace platter::app {

ConversionList::ConversionList(ImageDocument& document, QObject* parent)
    : QObject(parent)
    , m_document(document)
    , m_looker(new JobRunner(tr("Look for free names"), this))
    , m_forecaster(new JobRunner(tr("Estimate the size"), this))
{
    document.addRunner(m_looker);
    document.addRunner(m_forecaster);
    m_later.setSingleShot(true);
    connect(&m_later, &QTimer::timeout, this, &ConversionList::refresh);
    connect(m_forecaster, &JobRunner::ended, this, &ConversionList::changeLater);
    connect(&document, &ImageDocument::stateChanged, this, &ConversionList::followWindow);
    watch(document);
    reset();
}

ConversionList::~ConversionList()
{
    for (JobRunner* runner : {m_looker, m_forecaster})
        runner->disconnect(this);
}

void ConversionList::followWindow()
{
    if (m_rows.empty())
        addWindowsImage();
    const std::filesystem::path now = windowsPath();
    for (Row& row : m_rows) {
        if (!row.isWindows || row.source == now)
            continue;
        // What was chosen for the image before does not hold for this one.
        Row fresh;
        fresh.id = ++m_lastId;
        fresh.source = now;
        fresh.document = row.document;
        fresh.isWindows = true;
        row = std::move(fresh);
        m_choice.snapshot.reset();
        m_choice.keepLayer.reset();
    }
}

std::filesystem::path ConversionList::windowsPath() const
{
    return m_document.path().empty() ? std::filesystem::path()
                                     : std::filesystem::absolute(m_document.path());
}

void ConversionList::watch(ImageDocument& document)
{
    for (const auto signal :
        {&ImageDocument::imageChanged, &ImageDocument::chainChanged, &ImageDocument::useChanged})
        connect(&document, signal, this, &ConversionList::changeLater);
    connect(&document, &ImageDocument::stateChanged, this, &ConversionList::changeLater);
}

bool ConversionList::hasWindowsImage() const
{
    return std::any_of(m_rows.begin(), m_rows.end(), [](const Row& row) { return row.isWindows; });
}

bool ConversionList::isUntouched() const
{
    return m_rows.size() == 1 && m_rows.front().isWindows && m_rows.front().chosen.empty();
}

void ConversionList::append(const std::filesystem::path& source, ImageDocument* windows)
{
    Row row;
    row.id = ++m_lastId;
    row.source = source;
    row.isWindows = windows != nullptr;
    row.document
        = windows ? windows : new ImageDocument(this, ImageDocument::Reading::NamedFilesOnly);
    if (!windows)
        watch(*row.document);
    m_rows.push_back(std::move(row));
    changeLater();
}

int ConversionList::add(const QStringList& paths)
{
    int left = 0;
    for (const QString& path : paths) {
        const std::filesystem::path source = std::filesystem::absolute(fromQtPath(path));
        const bool known = std::any_of(m_rows.begin(), m_rows.end(),
            [&source](const Row& row) { return row.source == source; });
        if (known)
            continue;
        if (m_rows.size() >= mostRows)
            ++left;
        else if (source == windowsPath())
            addWindowsImage();
        else
            append(source, nullptr);
    }
    return left;
}

int ConversionList::addInstead(const QStringList& paths)
{
    if (isUntouched() && !paths.isEmpty())
        m_rows.clear();
    return add(paths);
}

void ConversionList::addWindowsImage()
{
    if (!hasWindowsImage() && m_document.state() != ImageDocument::State::Empty)
        append(windowsPath(), &m_document);
}

void ConversionList::takeOut(std::size_t row)
{
    if (!m_rows.at(row).isWindows)
        m_rows[row].document->deleteLater();
    m_rows.erase(m_rows.begin() + static_cast<std::ptrdiff_t>(row));
    changeLater();
}

void ConversionList::setActive(bool active)
{
    if (active == m_active)
        return;
    m_active = active;
    if (!active)
        m_forecaster->drop();
    changeLater();
}

void ConversionList::reset()
{
    while (!m_rows.empty())
        takeOut(m_rows.size() - 1);
    m_folder.clear();
    addWindowsImage();
    changeLater();
}

void ConversionList::choose(const ConversionChoice& choice)
{
    if (choice == m_choice)
        return;
    if (choice.format != m_choice.format) {
        // A name that says one format does not fit another.
        for (Row& row : m_rows) {
            if (row.chosen.extension() == suffixOf(m_choice.format)) {
                row.chosen.replace_extension(suffixOf(choice.format));
                row.mayReplace = false;
            }
        }
    }
    m_choice = choice;
    changeLater();
}

bool ConversionList::isReadable(const Row& row) const
{
    return row.document->state() == ImageDocument::State::Ready && row.document->image();
}

const std::vector<ConversionSource>& ConversionList::sources() const
{
    if (!m_sources) {
        m_sources.emplace();
        for (const Row& row : m_rows) {
            if (isReadable(row))
                m_sources->push_back(ConversionSource::of(*row.document));
        }
    }
    return *m_sources;
}

const ConversionChoice& ConversionList::effective() const
{
    if (m_effective)
        return *m_effective;
    ConversionChoice choice = effectiveChoice(m_choice, sources());
    // An image that is not open yet may be the second one.
    if (m_rows.size() != 1) {
        choice.snapshot.reset();
        choice.keepLayer.reset();
    }
    m_effective = std::move(choice);
    return *m_effective;
}

void ConversionList::setTarget(std::size_t row, const std::filesystem::path& path, bool mayReplace)
{
    m_rows.at(row).chosen = path;
    m_rows[row].mayReplace = mayReplace;
    m_rows[row].target = {};
    changeLater();
}

void ConversionList::setFolder(const std::filesystem::path& folder)
{
    m_folder = folder;
    for (Row& row : m_rows)
        row.chosen.clear();
    changeLater();
}

void ConversionList::allowUse(std::size_t row)
{
    m_rows.at(row).mayBeInUse = true;
    changeLater();
}

void ConversionList::setTaken(std::set<std::filesystem::path> taken)
{
    if (taken == m_taken)
        return;
    m_taken = std::move(taken);
    changeLater();
}

void ConversionList::changeLater()
{
    m_sources.reset();
    m_effective.reset();
    if (!m_later.isActive())
        m_later.start(0);
}

void ConversionList::refresh()
{
    if (m_active) {
        openNext();
        lookAtPlaces();
        forecastNext();
    }
    emit changed();
}

/// One after the other: each may read tables.
void ConversionList::openNext()
{
    const bool opening = std::any_of(m_rows.begin(), m_rows.end(),
        [](const Row& row) { return row.document->state() == ImageDocument::State::Loading; });
    if (opening)
        return;
    for (const Row& row : m_rows) {
        if (row.document->state() == ImageDocument::State::Empty && !row.isWindows) {
            row.document->open(row.source);
            return;
        }
    }
}

void ConversionList::lookAtPlaces()
{
    std::vector<TargetWish> wishes;
    for (const Row& row : m_rows)
        wishes.push_back({row.source, m_folder, row.chosen});
    const bool known = std::all_of(
        m_rows.begin(), m_rows.end(), [](const Row& row) { return !row.target.path.empty(); });
    const bool same
        = wishes == m_looked && m_lookedFormat == m_choice.format && m_lookedTaken == m_taken;
    if (same && (known || m_looker->isRunning()))
        return;
    m_looked = wishes;
    m_lookedFormat = m_choice.format;
    m_lookedTaken = m_taken;
    std::vector<quint64> ids;
    for (const Row& row : m_rows)
        ids.push_back(row.id);
    m_looker->start([wishes, format = m_choice.format, taken = m_taken](
                        const JobControl&) { return lookAtTargets(wishes, format, taken); },
        [this, ids](const std::vector<TargetLook>& looks) {
            for (std::size_t i = 0; i < ids.size(); ++i) {
                if (const auto row = rowOf(ids[i]))
                    m_rows[*row].target = looks[i];
            }
            changeLater();
        });
}

std::optional<std::size_t> ConversionList::rowOf(quint64 id) const
{
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        if (m_rows[i].id == id)
            return i;
    }
    return std::nullopt;
}

void ConversionList::forecastNext()
{
    const ConversionChoice wanted = effective();
    const auto holds = [&wanted](const Row& row) {
        return row.forecast && row.forecast->choice == wanted
            && row.forecast->image == row.document->image();
    };
    for (Row& row : m_rows) {
        if (!holds(row))
            row.forecast.reset();
    }
    const auto next = std::find_if(m_rows.begin(), m_rows.end(),
        [&](const Row& row) { return !row.forecast && hurdleOf(*row.document) == Hurdle::None; });
    if (next == m_rows.end()) {
        m_forecaster->drop();
        return;
    }
    if (m_forecaster->isRunning() && m_forecastRow == next->id && m_forecastChoice == wanted)
        return;
    const auto chain = next->document->openedChain();
    if (!chain)
        return;
    m_forecastRow = next->id;
    m_forecastChoice = wanted;
    m_forecaster->start(
        [chain = *chain, wanted, source = ConversionSource::of(*next->document)](
            const JobControl& job) { return forecastConversion(chain, wanted, source, job); },
        [this, id = next->id](ConversionForecast forecast) {
            if (const auto row = rowOf(id))
                m_rows[*row].forecast = std::move(forecast);
            changeLater();
        });
}

bool ConversionList::mayBeWritten(const Row& row) const
{
    const auto& chain = row.document->chain();
    return row.document->opened().use.mayBeWritten
        || std::any_of(chain.begin(), chain.end(),
            [](const ChainLink& link) { return link.opened && link.opened->use.mayBeWritten; });
}

bool ConversionList::isObstacleUse(std::size_t row) const
{
    return isReadable(m_rows.at(row)) && mayBeWritten(m_rows[row]) && !m_rows[row].mayBeInUse
        && hurdleOf(*m_rows[row].document) == Hurdle::None;
}

QString ConversionList::obstacle(std::size_t index) const
{
    const Row& row = m_rows.at(index);
    if (const QString hurdle = hurdleText(*row.document); !hurdle.isEmpty())
        return hurdle;
    if (row.document->hasStandIns())
        return tr("It is looked at with another file in place of one that it names. Converting "
                  "follows the names that are stored.");
    if (isObstacleUse(index)) {
        const QString who = holdersText(row.document->opened().use.holders);
        return (who.isEmpty() ? tr("Another program is using it.") : tr("%1 is using it.").arg(who))
            + QLatin1Char(' ')
            + tr("The new image would hold parts of several moments, as after a power cut or "
                 "worse. Shut the machine down first.");
    }
    if (row.target.path.empty())
        return tr("A name is being looked for.");
    const QString folder = shownPath(row.target.path.parent_path());
    if (row.target.isTaken && !row.mayReplace)
        return tr("There is a file with the name %1 already. Choose another name.")
            .arg(shownPath(row.target.path.filename()));
    if (!row.target.folderExists)
        return tr("There is no folder %1.").arg(folder);
    if (!row.target.mayWrite)
        return tr("You may not write into %1.").arg(folder);
    return {};
}

QStringList ConversionList::warnings(std::size_t index) const
{
    const Row& row = m_rows.at(index);
    QStringList words;
    if (!isReadable(row))
        return words;
    const QStringList losses = lossesOf(effective(), ConversionSource::of(*row.document),
        row.forecast ? row.forecast->bitmapsLost : 0);
    if (!losses.isEmpty())
        words
            << tr("The new image will not have: %1.").arg(losses.join(tr(", ", "between losses")));
    const auto& findings = row.document->facts().quickLook.findings;
    const bool damaged = std::any_of(findings.begin(), findings.end(),
        [](const Finding& finding) { return finding.kind->severity == Severity::Corruption; });
    if (damaged)
        words << tr("The source is damaged, and the new image may lack data.");
    if (mayBeWritten(row) && row.mayBeInUse)
        words << tr("A machine may write the source meanwhile.");
    if (row.forecast && row.forecast->size && row.target.free
        && row.forecast->onDisk.expected > *row.target.free)
        words << tr("There may not be enough room: %1 are free.").arg(shownSize(*row.target.free));
    if (row.target.isTaken && row.mayReplace)
        words << tr("%1 will be replaced.").arg(shownPath(row.target.path.filename()));
    return words;
}

QString ConversionList::whyNotStart() const
{
    if (m_rows.empty())
        return tr("There is no image in the list.");
    int hindered = 0;
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        const QString why = obstacle(i);
        if (why.isEmpty())
            continue;
        if (m_rows.size() == 1)
            return why;
        ++hindered;
    }
    return hindered == 0 ? QString()
                         : tr("%n image(s) cannot be converted yet.", nullptr, hindered);
}

bool ConversionList::asksForPassphrase() const
{
    const ConversionChoice& choice = effective();
    return choice.keepEncryption
        && std::any_of(sources().begin(), sources().end(),
            [&](const ConversionSource& source) { return !encryptionOf(choice, source).empty(); });
}

std::vector<ConversionOrder> ConversionList::orders() const
{
    std::vector<ConversionOrder> orders;
    const ConversionChoice choice = effective();
    for (const Row& row : m_rows) {
        if (!isReadable(row))
            continue;
        const ConversionSource source = ConversionSource::of(*row.document);
        ConversionOrder order;
        order.agreed = row.document->agreedFiles();
        order.isEncrypted = !encryptionOf(choice, source).empty();
        ConversionRequest& request = order.request;
        request.verify = choice.verify;
        request.source = source.path;
        request.open.format = source.image->formatId();
        request.open.requirePassphrase = true;
        if (source.image->encryption())
            request.open.keyOf = source.image;
        request.open.sharing
            = row.mayBeInUse ? OpenOptions::Sharing::Look : OpenOptions::Sharing::StandStill;
        request.policy = OpenPolicy::agreed(order.agreed);
        request.snapshot = choice.snapshot;
        request.target = row.target.path;
        request.overwrite = row.mayReplace;
        request.options = convertOptionsFor(choice, source, row.target.path.parent_path());
        request.keepSnapshots = choice.keepSnapshots && !source.image->snapshots().empty();
        request.keepBitmaps = choice.keepBitmaps;
        // What is lost was listed before.
        request.decrypt = !choice.keepEncryption;
        orders.push_back(std::move(order));
    }
    return orders;
}

} // namespace platter::app
