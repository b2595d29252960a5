// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/palette/CommandPalette.h"

#include "app/window/ImageView.h"
#include "app/window/Look.h"

#include <QApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

namespace platter::app {

namespace {

    constexpr int mostWidth = 640;
    constexpr int shownRows = 9;
    constexpr int leastRowHeight = 32;
    constexpr int distanceFromTop = 56;
    constexpr std::size_t namedStructures = 64;
    constexpr int page = 8; ///< rows that PgUp and PgDn move

    /// Icon, words, kind and key of a row; pale with a reason.
    class RowDelegate final : public QStyledItemDelegate {
    public:
        using QStyledItemDelegate::QStyledItemDelegate;

        QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override
        {
            return {200, std::max(leastRowHeight, option.fontMetrics.height() + 2 * gap)};
        }

        void paint(QPainter* painter, const QStyleOptionViewItem& option,
            const QModelIndex& index) const override
        {
            painter->save();
            painter->setRenderHint(QPainter::Antialiasing);
            const bool chosen = option.state.testFlag(QStyle::State_Selected);
            const QRect row = option.rect.adjusted(smallGap, 1, -smallGap, -1);
            if (chosen) {
                painter->setPen(Theme::contrast() == Theme::Contrast::More
                        ? QPen(color(Token::Link), 2)
                        : QPen(Qt::NoPen));
                painter->setBrush(color(Token::NoteGround));
                painter->drawRoundedRect(row, smallGap, smallGap);
            }
            const bool possible = index.data(PaletteModel::ReasonRole).toString().isEmpty();
            const QRect icon(
                row.left() + gap, row.center().y() - iconSize / 2 + 1, iconSize, iconSize);
            lineIcon(index.data(PaletteModel::IconRole).toString(), Token::TextSecond)
                .paint(painter, icon);
            QRect text = row.adjusted(gap + iconSize + 12, 0, -12, 0);
            const auto atRight = [&](const QString& words) {
                if (words.isEmpty())
                    return;
                painter->setPen(color(Token::TextSecond));
                painter->drawText(text, Qt::AlignRight | Qt::AlignVCenter, words);
                text.setRight(text.right() - option.fontMetrics.horizontalAdvance(words) - wideGap);
            };
            atRight(index.data(PaletteModel::KeyRole).toString());
            atRight(index.data(PaletteModel::DetailRole).toString());
            painter->setPen(color(possible ? Token::Text : Token::TextSecond));
            painter->drawText(text, Qt::AlignLeft | Qt::AlignVCenter,
                option.fontMetrics.elidedText(
                    index.data().toString(), Qt::ElideMiddle, text.width()));
            painter->restore();
        }
    };

} // namespace

CommandPalette::CommandPalette(
    ImageDocument& document, const ActionSet& actions, ImageView& view, QWidget* window)
    : QFrame(window)
    , m_document(document)
    , m_view(view)
    , m_nameReader(new JobRunner{tr("Read names"), this})
    , m_model(new PaletteModel{document, actions, this})
    , m_field(new QLineEdit)
    , m_list(new QListView)
    , m_reason(new TextLabel(TextLabel::Rank::Second))
{
    setAccessibleName(tr("Command palette"));
    m_field->setClearButtonEnabled(true);
    m_field->setMinimumHeight(34);
    m_list->setModel(m_model);
    m_list->setItemDelegate(new RowDelegate(m_list));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setUniformItemSizes(true);
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setAccessibleName(tr("What was found"));
    m_reason->setWordWrap(true);
    m_reason->setContentsMargins(12, 0, 12, smallGap);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(gap, gap, gap, gap);
    column->setSpacing(smallGap);
    column->addWidget(m_field);
    column->addWidget(m_list, 1);
    column->addWidget(m_reason);
    hide();

    document.addRunner(m_nameReader);
    connect(&document, &ImageDocument::imageChanged, this, &CommandPalette::readNames);
    connect(&document, &ImageDocument::checkChanged, this, &CommandPalette::readNames);
    connect(m_field, &QLineEdit::textChanged, this, [this](const QString& words) {
        m_model->setQuery(words);
        m_list->setCurrentIndex(m_model->index(0));
        m_list->scrollToTop();
        showReason();
    });
    connect(m_list, &QListView::clicked, this, &CommandPalette::choose);
    m_field->installEventFilter(this);
    window->installEventFilter(this);
}

void CommandPalette::readNames()
{
    m_model->setNames(nullptr);
    m_nameReader->drop();
    const auto image = m_document.image();
    if (!image || m_document.checker()->isRunning())
        return;
    // Not all of them: an image of many snapshots has as many structures.
    const auto& all = m_document.facts().structures;
    const std::vector<StructureMark> structures(all.begin(),
        all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), namedStructures)));
    m_nameReader->start(
        [image, structures, report = m_document.checkReport()](const JobControl& job) {
            return std::make_shared<const PaletteNames>(
                collectNames(*image, structures, report.get(), job));
        },
        [this](std::shared_ptr<const PaletteNames> names) { m_model->setNames(std::move(names)); });
}

void CommandPalette::open(PaletteModel::Scope scope)
{
    if (!isVisible())
        m_focusBefore = QApplication::focusWidget();
    const bool places = scope == PaletteModel::Scope::Places;
    m_field->setPlaceholderText(places
            ? tr("0x50000, guest 1.5G, l2 3/12, cluster 7, or a name")
            : tr("What to do, or where to go: 0x50000, guest 1.5G, a snapshot"));
    m_field->setAccessibleName(places ? tr("Go to") : tr("Command palette"));
    m_field->clear();
    m_model->setScope(scope);
    show();
    raise();
    m_list->setCurrentIndex(m_model->index(0));
    showReason();
    m_field->setFocus(Qt::ShortcutFocusReason);
}

void CommandPalette::place()
{
    // Whole rows, as many as the window has room for.
    const int width = std::min(mostWidth, parentWidget()->width() - 2 * hugeGap);
    const int row = m_list->sizeHintForRow(0) > 0 ? m_list->sizeHintForRow(0) : leastRowHeight;
    const int room = parentWidget()->height() - 2 * distanceFromTop - 2 * wideGap
        - m_field->sizeHint().height() - m_reason->sizeHint().height();
    m_list->setFixedHeight(std::clamp(room / row, 1, shownRows) * row);
    setGeometry((parentWidget()->width() - width) / 2, distanceFromTop, width,
        layout()->heightForWidth(width) > 0 ? layout()->heightForWidth(width)
                                            : layout()->sizeHint().height());
}

void CommandPalette::showReason()
{
    const QModelIndex index = m_list->currentIndex();
    QString words = index.data(PaletteModel::ReasonRole).toString();
    if (m_model->rowCount() == 0)
        words = m_field->text().isEmpty()
            ? tr("Type an offset, an address of the guest's disk, or a name inside the image.")
            : tr("Nothing is called so.");
    m_reason->setText(words);
    m_reason->setVisible(!words.isEmpty());
    place();
}

void CommandPalette::moveBy(int rows)
{
    const int count = m_model->rowCount();
    if (count == 0)
        return;
    const int now = m_list->currentIndex().row();
    // A single step goes around the ends, a page stops there.
    const int wanted = now + rows;
    const int next
        = rows == 1 || rows == -1 ? (wanted + count) % count : std::clamp(wanted, 0, count - 1);
    m_list->setCurrentIndex(m_model->index(next));
    showReason();
}

void CommandPalette::choose(const QModelIndex& index)
{
    m_list->setCurrentIndex(index);
    showReason();
    if (!index.data(PaletteModel::ReasonRole).toString().isEmpty() || !index.isValid())
        return;
    leave(); // first: what is done may take the focus
    m_model->run(index.row(), m_view.currentPage());
}

void CommandPalette::leave()
{
    if (!isVisible())
        return;
    hide();
    if (m_focusBefore)
        m_focusBefore->setFocus(Qt::OtherFocusReason);
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == parentWidget()) {
        if (event->type() == QEvent::Resize && isVisible())
            place();
        return false;
    }
    if (event->type() == QEvent::FocusOut) {
        const auto reason = static_cast<QFocusEvent*>(event)->reason();
        if (reason == Qt::MouseFocusReason || reason == Qt::TabFocusReason
            || reason == Qt::BacktabFocusReason)
            hide();
        return false;
    }
    if (event->type() != QEvent::KeyPress)
        return false;
    switch (static_cast<QKeyEvent*>(event)->key()) {
    case Qt::Key_Down: moveBy(1); return true;
    case Qt::Key_Up: moveBy(-1); return true;
    case Qt::Key_PageDown: moveBy(page); return true;
    case Qt::Key_PageUp: moveBy(-page); return true;
    case Qt::Key_Return:
    case Qt::Key_Enter: choose(m_list->currentIndex()); return true;
    case Qt::Key_Escape: leave(); return true;
    default: return false;
    }
}

void CommandPalette::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(color(Token::ControlEdge), 1));
    painter.setBrush(color(Token::Surface));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), gap, gap);
}

} // namespace platter::app
