// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/palette/PaletteModel.h"

#include "app/document/ProblemWalk.h"
#include "app/palette/FuzzyMatch.h"
#include "app/text/CoreText.h"
#include "app/window/ActionSet.h"
#include "app/window/PageSpec.h"

#include <QAction>
#include <QSettings>

#include <algorithm>
#include <tuple>

namespace platter::app {

namespace {

    const QString latestKey = QStringLiteral("palette/latest");
    constexpr int mostLatest = 10;
    constexpr int latestBonus = 400; ///< less than what a better match is worth

    QString groupOf(const QString& id)
    {
        if (id.startsWith(QLatin1String("page.")))
            return PaletteModel::tr("Page");
        if (id.startsWith(QLatin1String("file.")))
            return PaletteModel::tr("File");
        if (id.startsWith(QLatin1String("edit.")))
            return PaletteModel::tr("Edit");
        if (id.startsWith(QLatin1String("image.")))
            return PaletteModel::tr("Image");
        if (id.startsWith(QLatin1String("view.")))
            return PaletteModel::tr("View");
        if (id.startsWith(QLatin1String("go.")))
            return PaletteModel::tr("Go");
        return PaletteModel::tr("Help");
    }

    QString kindText(PaletteName::Kind kind)
    {
        switch (kind) {
        case PaletteName::Kind::Field: return PaletteModel::tr("Field");
        case PaletteName::Kind::Snapshot: return PaletteModel::tr("Snapshot");
        case PaletteName::Kind::Bitmap: return PaletteModel::tr("Bitmap");
        case PaletteName::Kind::Finding: return PaletteModel::tr("Finding");
        }
        return {};
    }

    QString iconOf(PaletteName::Kind kind)
    {
        switch (kind) {
        case PaletteName::Kind::Field: return QStringLiteral("list-tree");
        case PaletteName::Kind::Snapshot: return QStringLiteral("history");
        case PaletteName::Kind::Bitmap: return QStringLiteral("layers");
        case PaletteName::Kind::Finding: return QStringLiteral("triangle-alert");
        }
        return {};
    }

    PageId pageOf(PaletteName::Kind kind)
    {
        switch (kind) {
        case PaletteName::Kind::Field: return PageId::Header;
        case PaletteName::Kind::Snapshot: return PageId::Snapshots;
        case PaletteName::Kind::Bitmap: return PageId::Bitmaps;
        case PaletteName::Kind::Finding: return PageId::Check;
        }
        return PageId::Overview;
    }

} // namespace

PaletteNames collectNames(const Image& image, const std::vector<StructureMark>& structures,
    const CheckReport* report, const JobControl& job)
{
    PaletteNames names;
    const auto add
        = [&](PaletteName::Kind kind, std::size_t index, std::size_t field, const QString& text) {
              names.push_back({kind, index, field, text, folded(text)});
              if (names.size() % 1024 == 0)
                  job.checkStop();
          };
    for (std::size_t i = 0; i < image.snapshots().size(); ++i)
        add(PaletteName::Kind::Snapshot, i, 0, shownText(image.snapshots()[i].name));
    for (std::size_t i = 0; i < image.bitmaps().size(); ++i)
        add(PaletteName::Kind::Bitmap, i, 0, shownText(image.bitmaps()[i].name));
    for (std::size_t i = 0; report && i < report->findings.size(); ++i)
        add(PaletteName::Kind::Finding, i, 0, findingText(report->findings[i]));
    for (std::size_t i = 0; i < structures.size(); ++i) {
        const QString structure = shownText(structures[i].name);
        for (std::size_t field = 0; field < structures[i].fields.size(); ++field)
            add(PaletteName::Kind::Field, i, field,
                QStringLiteral("%1: %2").arg(
                    structure, shownText(structures[i].fields[field].name)));
    }
    return names;
}

PaletteModel::PaletteModel(ImageDocument& document, const ActionSet& actions, QObject* parent)
    : QAbstractListModel(parent)
    , m_document(document)
    , m_actions(actions)
    , m_latest(QSettings().value(latestKey).toStringList())
{
    find();
}

void PaletteModel::setNames(std::shared_ptr<const PaletteNames> names)
{
    m_names = std::move(names);
    m_narrowed.clear();
    find();
}

void PaletteModel::setScope(Scope scope)
{
    m_scope = scope;
    find();
}

void PaletteModel::setQuery(const QString& query)
{
    m_query = query;
    find();
}

void PaletteModel::find()
{
    beginResetModel();
    m_rows.clear();
    const QString words = folded(m_query.simplified());
    if (m_scope == Scope::Everything)
        findActions(words, m_rows);
    if (m_names && !words.isEmpty())
        findNames(words, m_rows);
    const auto better = [](const Row& a, const Row& b) {
        return std::tuple{-a.score, a.kind, a.index} < std::tuple{-b.score, b.kind, b.index};
    };
    const std::size_t kept = std::min(m_rows.size(), mostRows);
    std::partial_sort(
        m_rows.begin(), m_rows.begin() + static_cast<std::ptrdiff_t>(kept), m_rows.end(), better);
    m_rows.resize(kept);
    if (m_document.image()) {
        if (const auto address = parseAddress(m_query)) {
            m_address = app::placeOf(*address, m_document);
            m_rows.insert(m_rows.begin(), Row{Row::Kind::Address, 0, 0});
        }
    }
    endResetModel();
}

void PaletteModel::findActions(const QString& words, std::vector<Row>& rows) const
{
    for (std::size_t i = 0; i < m_actions.entries().size(); ++i) {
        const ActionSet::Entry& entry = m_actions.entries()[i];
        auto score = matchScore(
            words, folded(plainText(*entry.action) + QLatin1Char(' ') + groupOf(entry.spec.id)));
        if (!score)
            continue;
        if (words.isEmpty())
            score = 0; // in the order of the menus
        const auto used = m_latest.indexOf(entry.spec.id);
        if (used >= 0)
            *score += latestBonus - static_cast<int>(used);
        if (!entry.action->isEnabled())
            *score -= latestBonus;
        rows.push_back({Row::Kind::Action, i, *score});
    }
}

void PaletteModel::findNames(const QString& words, std::vector<Row>& rows)
{
    // What did not fit fewer letters does not fit more.
    const bool narrows = !m_narrowed.isEmpty() && words.startsWith(m_narrowed);
    std::vector<std::size_t> fitting;
    const auto look = [&](std::size_t i) {
        if (const auto score = matchScore(words, (*m_names)[i].folded)) {
            fitting.push_back(i);
            rows.push_back({Row::Kind::Name, i, *score});
        }
    };
    if (narrows) {
        for (const std::size_t i : m_fitting)
            look(i);
    } else {
        for (std::size_t i = 0; i < m_names->size(); ++i)
            look(i);
    }
    m_fitting = std::move(fitting);
    m_narrowed = words;
}

QString PaletteModel::reasonOf(const Row& row) const
{
    switch (row.kind) {
    case Row::Kind::Action: {
        const QAction& action = *m_actions.entries()[row.index].action;
        return action.isEnabled() ? QString() : action.statusTip();
    }
    case Row::Kind::Address: return m_address.refusal;
    case Row::Kind::Name: return {};
    }
    return {};
}

bool PaletteModel::run(int row, PageId pageInView)
{
    if (row < 0 || row >= rowCount())
        return false;
    const Row chosen = m_rows[static_cast<std::size_t>(row)];
    if (!reasonOf(chosen).isEmpty())
        return false;
    switch (chosen.kind) {
    case Row::Kind::Action: {
        const ActionSet::Entry& entry = m_actions.entries()[chosen.index];
        m_latest.removeAll(entry.spec.id);
        m_latest.prepend(entry.spec.id);
        m_latest = m_latest.mid(0, mostLatest);
        QSettings().setValue(latestKey, m_latest);
        entry.action->trigger();
        break;
    }
    case Row::Kind::Address: {
        Selection place = m_address.selection;
        if (pageInView != PageId::Hex && place.host && place.guest) {
            // Of a table's entry the map shows what it speaks of, Hex its bytes.
            place.host.reset();
            place.hostLength = {};
        }
        m_document.reveal(pageInView == PageId::Hex ? PageId::Hex : PageId::Map, place);
        break;
    }
    case Row::Kind::Name: {
        const PaletteName& name = (*m_names)[chosen.index];
        m_document.reveal(pageOf(name.kind), placeOf(name));
        break;
    }
    }
    return true;
}

Selection PaletteModel::placeOf(const PaletteName& name) const
{
    Selection place;
    switch (name.kind) {
    case PaletteName::Kind::Field: {
        const StructureMark& structure = m_document.facts().structures[name.index];
        const FieldMark& field = structure.fields[name.field];
        place.host = field.at;
        place.hostLength = field.length;
        place.structure = shownText(structure.name);
        place.field = shownText(field.name);
        break;
    }
    case PaletteName::Kind::Snapshot: place.snapshot = name.index; break;
    case PaletteName::Kind::Bitmap: place.bitmap = name.index; break;
    case PaletteName::Kind::Finding: {
        const auto& report = m_document.checkReport();
        if (report && name.index < report->findings.size())
            place = app::placeOf(report->findings[name.index]).value_or(Selection{});
        break;
    }
    }
    return place;
}

int PaletteModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant PaletteModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    if (role == ReasonRole)
        return reasonOf(row);
    if (role == Qt::AccessibleTextRole || role == Qt::ToolTipRole) {
        QStringList parts;
        for (const int part : {static_cast<int>(Qt::DisplayRole), static_cast<int>(DetailRole),
                 static_cast<int>(KeyRole), static_cast<int>(ReasonRole)}) {
            const QString text = data(index, part).toString();
            if (!text.isEmpty())
                parts << text;
        }
        return parts.join(QStringLiteral(", "));
    }
    switch (row.kind) {
    case Row::Kind::Action: return ofAction(row, role);
    case Row::Kind::Address: return ofAddress(role);
    case Row::Kind::Name: return ofName(row, role);
    }
    return {};
}

QVariant PaletteModel::ofAction(const Row& row, int role) const
{
    const ActionSet::Entry& entry = m_actions.entries()[row.index];
    switch (role) {
    case Qt::DisplayRole: return plainText(*entry.action);
    case DetailRole: return groupOf(entry.spec.id);
    case KeyRole: return entry.action->shortcut().toString(QKeySequence::NativeText);
    case IconRole:
        for (const PageSpec& page : pageSpecs()) {
            if (entry.spec.id == QLatin1String("page.") + QLatin1String(page.word))
                return QString::fromLatin1(page.icon);
        }
        return QStringLiteral("command");
    default: return {};
    }
}

QVariant PaletteModel::ofAddress(int role) const
{
    switch (role) {
    case Qt::DisplayRole: return tr("Go to: %1").arg(m_address.title);
    case DetailRole: return tr("Place");
    case IconRole: return QStringLiteral("map");
    default: return {};
    }
}

QVariant PaletteModel::ofName(const Row& row, int role) const
{
    const PaletteName& name = (*m_names)[row.index];
    switch (role) {
    case Qt::DisplayRole: return name.text;
    case DetailRole: return kindText(name.kind);
    case IconRole: return iconOf(name.kind);
    default: return {};
    }
}

} // namespace platter::app
