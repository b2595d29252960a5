// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/StartPage.h"

#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"
#include "app/window/Look.h"
#include "app/window/NoticeBar.h"
#include "app/window/UnfinishedCard.h"

#include <QHBoxLayout>
#include <QListView>
#include <QPainter>
#include <QStandardItemModel>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

namespace platter::app {

namespace {

    constexpr int contentWidth = 640;
    constexpr int cornerRadius = 4;

    /// Where an image can be dropped: a dashed frame with words.
    class DropZone final : public QWidget {
    public:
        using QWidget::QWidget;

    protected:
        void paintEvent(QPaintEvent*) override
        {
            QPainter painter(this);
            painter.setRenderHint(QPainter::Antialiasing);
            painter.setPen(QPen(color(Token::ControlEdge), 1.5, Qt::DashLine));
            painter.setBrush(color(Token::Surface));
            painter.drawRoundedRect(
                QRectF(rect()).adjusted(1, 1, -1, -1), 2 * cornerRadius, 2 * cornerRadius);
        }
    };

    /// Name and facts of an image on two lines.
    class ImageDelegate final : public QStyledItemDelegate {
    public:
        using QStyledItemDelegate::QStyledItemDelegate;

        QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override
        {
            return {200, 2 * option.fontMetrics.height() + 14};
        }

        void paint(QPainter* painter, const QStyleOptionViewItem& option,
            const QModelIndex& index) const override
        {
            painter->save();
            painter->setRenderHint(QPainter::Antialiasing);
            const bool chosen = option.state.testFlag(QStyle::State_Selected);
            const bool focused = chosen && option.state.testFlag(QStyle::State_HasFocus);
            const QRect row = option.rect.adjusted(1, 1, -1, -1);
            if (chosen || option.state.testFlag(QStyle::State_MouseOver)) {
                painter->setPen(focused ? QPen(color(Token::Link), 2) : QPen(Qt::NoPen));
                painter->setBrush(color(Token::NoteGround));
                painter->drawRoundedRect(
                    QRectF(row).adjusted(1, 1, -1, -1), cornerRadius, cornerRadius);
            }
            const QRect icon(row.left() + 12, row.center().y() - iconSize / 2, iconSize, iconSize);
            const QVariant health = index.data(RecentImages::HealthRole);
            const HealthLook look = healthLook(static_cast<Health>(health.toInt()));
            if (health.isValid())
                lineIcon(look.icon, look.text).paint(painter, icon);
            else
                lineIcon(QStringLiteral("hard-drive"), Token::TextSecond).paint(painter, icon);
            const QRect text = row.adjusted(12 + iconSize + 12, 5, -12, -5);
            painter->setPen(color(Token::Text));
            painter->drawText(text, Qt::AlignLeft | Qt::AlignTop,
                option.fontMetrics.elidedText(
                    index.data(Qt::DisplayRole).toString(), Qt::ElideMiddle, text.width()));
            painter->setPen(color(Token::TextSecond));
            painter->drawText(text, Qt::AlignLeft | Qt::AlignBottom,
                option.fontMetrics.elidedText(
                    index.data(RecentImages::FactsRole).toString(), Qt::ElideMiddle, text.width()));
            painter->restore();
        }
    };

} // namespace

StartPage::StartPage(
    RecentImages& recent, JobQueue& jobs, QAction& open, QAction& clearRecent, QWidget* parent)
    : QWidget(parent)
    , m_recent(recent)
    , m_offer(new NoticeBar)
    , m_listHeading(new TextLabel(TextLabel::Rank::Heading))
    , m_list(new QListView)
    , m_clear(new ActionButton)
{
    auto* zone = new DropZone;
    auto* title = new TextLabel(TextLabel::Rank::Title, tr("Drop a disk image here"));
    title->setAlignment(Qt::AlignCenter);
    title->setWordWrap(true);
    auto* second = new TextLabel(
        TextLabel::Rank::Second, tr("or choose one. QCOW2, QCOW, VDI, raw. It is only looked at."));
    second->setAlignment(Qt::AlignCenter);
    second->setWordWrap(true);
    auto* button = new ActionButton;
    button->setAction(&open);
    button->setLook(ActionButton::Look::Primary);
    auto* zoneColumn = new QVBoxLayout(zone);
    zoneColumn->setContentsMargins(hugeGap, 40, hugeGap, 40);
    zoneColumn->setSpacing(gap);
    zoneColumn->addWidget(
        new IconLabel(QStringLiteral("hard-drive"), Token::TextSecond, 40), 0, Qt::AlignHCenter);
    zoneColumn->addSpacing(gap);
    zoneColumn->addWidget(title);
    zoneColumn->addWidget(second);
    zoneColumn->addSpacing(gap);
    zoneColumn->addWidget(button, 0, Qt::AlignHCenter);

    m_list->setItemDelegate(new ImageDelegate(m_list));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setMouseTracking(true);
    m_list->setUniformItemSizes(true);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->viewport()->setAutoFillBackground(false);
    connect(m_list, &QListView::activated, this, &StartPage::openIndex);
    connect(m_list, &QListView::clicked, this, &StartPage::openIndex);
    m_clear->setAction(&clearRecent, tr("Clear list"));
    m_clear->setFlat(true);

    auto* headingRow = new QHBoxLayout;
    headingRow->addWidget(m_listHeading, 1);
    headingRow->addWidget(m_clear);
    auto* content = new QWidget;
    content->setMaximumWidth(contentWidth);
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(hugeGap, hugeGap, hugeGap, hugeGap);
    column->setSpacing(gap);
    column->addWidget(m_offer);
    column->addWidget(new UnfinishedCard(jobs));
    column->addSpacing(gap);
    column->addWidget(zone);
    column->addSpacing(wideGap);
    column->addLayout(headingRow);
    column->addWidget(m_list, 1);
    auto* middle = new QHBoxLayout(this);
    middle->setContentsMargins(0, 0, 0, 0);
    middle->addStretch(1);
    middle->addWidget(content, 100);
    middle->addStretch(1);

    connect(&recent, &QAbstractItemModel::modelReset, this, &StartPage::refreshRecent);
    m_list->setModel(&recent);
    refreshRecent();
}

void StartPage::refreshRecent()
{
    if (m_list->model() != &m_recent)
        return;
    m_listHeading->setText(m_recent.entries().empty() ? QString() : tr("Recent images"));
    m_list->setAccessibleName(tr("Recent images"));
    m_list->setVisible(!m_recent.entries().empty());
    m_clear->setVisible(!m_recent.entries().empty());
}

void StartPage::showFolder(const QString& folder, const QStringList& images)
{
    auto* model = new QStandardItemModel(this);
    for (const QString& image : images) {
        const std::filesystem::path path = fromQtPath(image);
        auto* item = new QStandardItem(shownPath(path.filename()));
        item->setEditable(false);
        item->setData(image, RecentImages::PathRole);
        item->setData(shownPath(path), RecentImages::FactsRole);
        model->appendRow(item);
    }
    const QString shown = shownPath(fromQtPath(folder));
    m_list->setModel(model);
    const QString found
        = folder.isEmpty() ? tr("Images in the folders") : tr("Images in %1").arg(shown);
    m_list->setAccessibleName(found);
    m_list->setVisible(!images.isEmpty());
    m_clear->setVisible(false);
    m_listHeading->setWordWrap(true);
    m_listHeading->setText(!images.isEmpty() ? found
            : folder.isEmpty()               ? tr("There is no disk image in the folders")
                                             : tr("There is no disk image in %1").arg(shown));
}

void StartPage::offerReopen(const QStringList& images)
{
    auto* again = new QAction(tr("Open again"), this);
    connect(again, &QAction::triggered, this, [this, images] {
        m_offer->setNotices({});
        emit reopenRequested(images);
    });
    m_offer->setNotices({{NoticeBar::Notice::Weight::Note,
        tr("Platter did not end as it should. %n image(s) were open. No image was changed.",
            nullptr, static_cast<int>(images.size())),
        again, {}}});
}

void StartPage::openIndex(const QModelIndex& index)
{
    emit openRequested(index.data(RecentImages::PathRole).toString());
}

} // namespace platter::app
