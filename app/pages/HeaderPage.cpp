// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/HeaderPage.h"

#include "app/document/FileBytes.h"
#include "app/models/StructureModel.h"
#include "app/text/CoreText.h"
#include "app/window/Look.h"
#include "widgets/hexview/HexView.h"
#include "widgets/theme/Theme.h"

#include <QHeaderView>
#include <QPainter>
#include <QPushButton>
#include <QScopedValueRollback>
#include <QSplitter>
#include <QStyledItemDelegate>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

namespace platter::app {

namespace {

    const QString unfoldedKey = QStringLiteral("unfolded");
    constexpr int leastTreeWidth = 400; ///< pixels: name and value of the longest field of a header
    constexpr int tintWidth = 4; ///< pixels of the stripe that ties a field to its bytes

    /// Draws the tint of a field at the left of its value and a frame around what the mouse is
    /// over.
    class FieldDelegate final : public QStyledItemDelegate {
    public:
        using QStyledItemDelegate::QStyledItemDelegate;

        void paint(QPainter* painter, const QStyleOptionViewItem& option,
            const QModelIndex& index) const override
        {
            constexpr Token tints[]
                = {Token::FieldTint1, Token::FieldTint2, Token::FieldTint3, Token::FieldTint4};
            const int tint = index.data(StructureModel::TintRole).toInt();
            if (index.column() == StructureModel::ValueColumn && tint >= 0
                && !(option.state & QStyle::State_Selected))
                painter->fillRect(
                    option.rect.adjusted(0, 1, -tintWidth, -1), Theme::color(tints[tint]));
            QStyledItemDelegate::paint(painter, option, index);
            if (index.data(StructureModel::HoveredRole).toBool()) {
                painter->setPen(Theme::color(Token::ControlEdge));
                painter->drawLine(option.rect.topLeft(), option.rect.topRight());
                painter->drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
            }
        }
        QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override
        {
            return QStyledItemDelegate::sizeHint(option, index).expandedTo({0, 24});
        }
    };

    std::vector<HexMark> marksOf(const std::vector<StructureMark>& structures)
    {
        std::vector<HexMark> marks;
        for (const StructureMark& structure : structures) {
            for (std::size_t i = 0; i < structure.fields.size(); ++i) {
                const FieldMark& field = structure.fields[i];
                if (field.length.value)
                    marks.push_back({field.at.value, field.length.value, fieldTint(i),
                        shownText(structure.name) + QStringLiteral(": ") + shownText(field.name)});
            }
        }
        std::stable_sort(marks.begin(), marks.end(),
            [](const HexMark& a, const HexMark& b) { return a.offset < b.offset; });
        // A hostile image can make structures overlap; the first one keeps its bytes.
        std::vector<HexMark> apart;
        for (HexMark& mark : marks) {
            if (apart.empty() || apart.back().offset + apart.back().length <= mark.offset)
                apart.push_back(std::move(mark));
        }
        return apart;
    }

} // namespace

HeaderPage::HeaderPage(ImageDocument& document, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_model(new StructureModel(this))
    , m_tree(new QTreeView)
    , m_hex(new HexView)
    , m_title(new TextLabel(TextLabel::Rank::Heading))
    , m_place(new TextLabel(TextLabel::Rank::Second))
    , m_meaning(new TextLabel(TextLabel::Rank::Body))
    , m_verdict(new TextLabel(TextLabel::Rank::Body))
    , m_follow(new QPushButton)
{
    m_tree->setModel(m_model);
    m_tree->setItemDelegate(new FieldDelegate(m_tree));
    m_tree->setAccessibleName(tr("Structures and fields"));
    m_tree->setAlternatingRowColors(false);
    m_tree->setUniformRowHeights(true);
    m_tree->setMouseTracking(true);
    m_tree->setTextElideMode(Qt::ElideRight);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setExpandsOnDoubleClick(false);
    // What is cut stands whole in the panel.
    m_tree->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_tree->setMinimumWidth(leastTreeWidth);
    m_hex->setFrameShape(QFrame::NoFrame);
    m_hex->setAccessibleName(tr("Bytes of the image file"));
    m_title->setElide(Qt::ElideMiddle);
    m_verdict->setToken(Token::ProblemText);
    for (TextLabel* label : {m_place, m_meaning, m_verdict})
        label->setWordWrap(true);

    auto* panel = new GroundFrame(Token::Window, GroundFrame::Edge::None);
    auto* lines = new QVBoxLayout(panel);
    lines->setContentsMargins(wideGap, gap, wideGap, gap);
    lines->setSpacing(smallGap);
    auto* titleRow = new QHBoxLayout;
    titleRow->addWidget(m_title, 1);
    titleRow->addWidget(m_follow);
    lines->addLayout(titleRow);
    lines->addWidget(m_place);
    lines->addWidget(m_meaning);
    lines->addWidget(m_verdict);
    lines->addStretch(1);
    panel->setMinimumHeight(120);

    auto* right = new QWidget;
    auto* rightColumn = new QVBoxLayout(right);
    rightColumn->setContentsMargins(0, 0, 0, 0);
    rightColumn->setSpacing(0);
    rightColumn->addWidget(m_hex, 1);
    rightColumn->addWidget(panel);

    auto* splitter = new QSplitter(Qt::Horizontal);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_tree);
    splitter->addWidget(right);
    // The bytes need no more than their width; what is left is for the words.
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 0);
    splitter->setSizes({10'000, m_hex->sizeHint().width()});
    right->setMinimumWidth(m_hex->minimumWidth());
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(splitter);

    connect(m_tree->selectionModel(), &QItemSelectionModel::currentChanged, this,
        &HeaderPage::showItem);
    connect(m_tree, &QTreeView::entered, this, &HeaderPage::hover);
    connect(m_tree, &QTreeView::activated, this, &HeaderPage::follow);
    connect(m_tree, &QTreeView::doubleClicked, this, &HeaderPage::follow);
    connect(m_follow, &QPushButton::clicked, this, [this] { follow(m_tree->currentIndex()); });
    connect(m_hex, &HexView::selectionChanged, this, &HeaderPage::showBytes);
    connect(m_hex, &HexView::byteHovered, this,
        [this](quint64 offset) { hover(m_model->fieldAt(HostOffset{offset})); });
    connect(m_hex, &HexView::hoverLeft, this, [this] { hover({}); });
    connect(&document, &ImageDocument::imageChanged, this, &HeaderPage::refresh);
    connect(&document, &ImageDocument::selectionChanged, this, [this](const Selection& selection) {
        if (!m_following && selection.host && isVisible())
            showBytes(selection.host->value, std::max<quint64>(selection.hostLength.value, 1));
    });
    refresh();
}

HeaderPage::~HeaderPage() = default;

void HeaderPage::refresh()
{
    QStringList open; // stays open where the image, read again, still has it
    for (int row = 0; row < m_model->rowCount(); ++row) {
        if (m_tree->isExpanded(m_model->index(row, 0)))
            open << m_model->index(row, 0).data().toString();
    }
    const auto image = m_document.image();
    static const std::vector<StructureMark> none;
    const std::vector<StructureMark>& structures = image ? m_document.facts().structures : none;
    m_hex->setMarks(marksOf(structures));
    m_model->setStructures(structures);
    m_bytes = image ? std::make_shared<FileBytes>(
                  std::make_shared<FileSpace>(image->sharedFile()), m_document.facts().fileLength)
                    : nullptr;
    m_hex->setSource(m_bytes);
    if (m_bytes)
        connect(m_bytes.get(), &FileBytes::arrived, m_hex, &HexView::dataArrived);
    if (structures.empty())
        return;
    if (open.isEmpty())
        m_tree->expand(m_model->index(0, 0));
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const QModelIndex structure = m_model->index(row, 0);
        m_tree->setFirstColumnSpanned(row, {}, true);
        if (open.contains(structure.data().toString()))
            m_tree->expand(structure);
    }
    fitColumns();
    // Opening an image selects nothing for the other pages.
    const QScopedValueRollback guard{m_following, true};
    const QModelIndex first = m_model->index(0, 0, m_model->index(0, 0));
    m_tree->setCurrentIndex(first);
    if (const auto range = m_model->rangeOf(first))
        m_hex->showSelection(range->at.value, range->length.value);
    if (const Selection& kept = m_document.selection(); kept.host)
        showBytes(kept.host->value, std::max<quint64>(kept.hostLength.value, 1));
}

/// Gives the verdict what names and values leave; where that is little, values are cut first.
void HeaderPage::fitColumns()
{
    const int letter = QFontMetrics{m_tree->font()}.horizontalAdvance(u'x');
    m_tree->resizeColumnToContents(StructureModel::NameColumn);
    const int name = std::min(m_tree->columnWidth(StructureModel::NameColumn), letter * 28);
    m_tree->setColumnWidth(StructureModel::NameColumn, name);
    const int left = m_tree->viewport()->width() - name - letter * 8;
    m_tree->setColumnWidth(StructureModel::ValueColumn, std::clamp(left, letter * 16, letter * 24));
}

void HeaderPage::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    fitColumns();
}

void HeaderPage::describe(const QModelIndex& index)
{
    const StructureMark* const structure = m_model->structureOf(index);
    const FieldMark* const field = m_model->fieldOf(index);
    const FieldMark::Bit* const bit = m_model->bitOf(index);
    const auto entitle = [this](const QString& title) {
        m_title->setText(title);
        m_title->setToolTip(title);
    };
    const auto translated = [](const std::string& text) {
        return QCoreApplication::translate("Field", text.c_str());
    };
    m_follow->setVisible(
        field && !bit && field->display == Display::Position && field->number.value_or(0) != 0);
    m_verdict->setVisible(field && !field->verdict.empty());
    if (!structure) {
        for (TextLabel* label : {m_title, m_place, m_meaning})
            label->setText({});
        return;
    }
    if (!field) {
        entitle(shownText(structure->name));
        m_place->setText(
            tr("%1 at %2").arg(exactSize(structure->length), shownOffset(structure->at.value)));
        m_meaning->setText(translated(structure->note));
        return;
    }
    entitle(shownText(field->name) + QStringLiteral(" = ")
        + (field->value.empty()
                ? tr("none")
                : m_model->index(index.row(), StructureModel::ValueColumn, index.parent())
                      .data()
                      .toString()));
    QString place = tr("%1 at %2").arg(exactSize(field->length), shownOffset(field->at.value));
    if (field->number && field->length.value > 1)
        place += QStringLiteral(", ")
            + (m_document.image()->formatId() == "vdi" ? tr("little endian") : tr("big endian"));
    m_place->setText(place);
    if (bit) {
        entitle(tr("%1, bit %2: %3")
                    .arg(shownText(field->name))
                    .arg(bit->bit)
                    .arg(shownText(bit->name)));
        m_meaning->setText(translated(bit->meaning) + QLatin1Char(' ')
            + (bit->set ? tr("It is set.") : tr("It is clear.")));
    } else {
        m_meaning->setText(translated(field->meaning));
    }
    m_verdict->setText(translated(field->verdict));
    if (m_follow->isVisible())
        m_follow->setText(tr("Show %1").arg(shownOffset(*field->number)));
}

/// The user chose an item of the tree: its bytes follow.
void HeaderPage::showItem(const QModelIndex& index)
{
    describe(index);
    if (m_following)
        return;
    const QScopedValueRollback guard{m_following, true};
    const auto range = m_model->rangeOf(index);
    if (!range)
        return;
    m_hex->showSelection(range->at.value, std::max<quint64>(range->length.value, 1));
    Selection selection;
    selection.host = range->at;
    selection.hostLength = range->length;
    selection.structure = shownText(m_model->structureOf(index)->name);
    if (const FieldMark* field = m_model->fieldOf(index))
        selection.field = shownText(field->name);
    m_document.select(selection);
}

/// Bytes were chosen: the field that they belong to follows, if there is one.
void HeaderPage::showBytes(quint64 offset, quint64 length)
{
    const QScopedValueRollback guard{m_following, true};
    if (sender() != m_hex)
        m_hex->showSelection(offset, length);
    const QModelIndex field = m_model->fieldAt(HostOffset{offset});
    Selection selection;
    selection.host = HostOffset{offset};
    selection.hostLength = Bytes{length};
    if (field.isValid()) {
        m_tree->expand(field.parent());
        m_tree->setCurrentIndex(field);
        m_tree->scrollTo(field);
        selection.structure = shownText(m_model->structureOf(field)->name);
        selection.field = shownText(m_model->fieldOf(field)->name);
    } else {
        m_tree->setCurrentIndex({});
    }
    m_document.select(selection);
}

QVariantMap HeaderPage::savedView() const
{
    constexpr qsizetype mostKept = 32;
    QStringList names;
    for (int row = 0; row < m_model->rowCount() && names.size() < mostKept; ++row) {
        const QModelIndex structure = m_model->index(row, 0);
        if (m_tree->isExpanded(structure))
            names << structure.data().toString();
    }
    return {{unfoldedKey, names}};
}

void HeaderPage::restoreView(const QVariantMap& view)
{
    const QStringList names = view[unfoldedKey].toStringList();
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const QModelIndex structure = m_model->index(row, 0);
        m_tree->setExpanded(structure, names.contains(structure.data().toString()));
    }
}

void HeaderPage::follow(const QModelIndex& index)
{
    const FieldMark* const field = m_model->fieldOf(index);
    if (!field || field->display != Display::Position || field->number.value_or(0) == 0) {
        m_tree->setExpanded(
            index.siblingAtColumn(0), !m_tree->isExpanded(index.siblingAtColumn(0)));
        return;
    }
    // As a step of the window, so that its way back leads here again.
    Selection target;
    target.host = HostOffset{*field->number};
    target.hostLength = Bytes{1};
    m_document.reveal(PageId::Header, target);
}

void HeaderPage::hover(const QModelIndex& index)
{
    m_model->setHovered(index.isValid() ? index.siblingAtColumn(0) : QModelIndex{});
    const FieldMark* const field = m_model->fieldOf(index);
    m_hex->setHoverFrame(field ? field->at.value : 0, field ? field->length.value : 0);
}

} // namespace platter::app
