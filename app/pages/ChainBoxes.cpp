// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/ChainBoxes.h"

#include "app/models/ChainModel.h"
#include "app/window/Look.h"

#include <QPainter>
#include <QStyledItemDelegate>

namespace platter::app {

namespace {

    constexpr int radius = 4;
    constexpr int padding = 12;
    constexpr int linkHeight = 18; ///< of the line between two boxes
    constexpr int barHeight = 6;
    constexpr int widestBox = 760;

    struct Tint {
        Token text;
        Token ground;
        const char* icon;
    };

    Tint tintOf(ChainModel::Tone tone)
    {
        switch (tone) {
        case ChainModel::Tone::Good: return {Token::GoodText, Token::GoodGround, "circle-check"};
        case ChainModel::Tone::Note: return {Token::Text, Token::NoteGround, "info"};
        case ChainModel::Tone::Warning:
            return {Token::WarningText, Token::WarningGround, "triangle-alert"};
        case ChainModel::Tone::Problem:
            return {Token::ProblemText, Token::ProblemGround, "circle-alert"};
        }
        return {Token::Text, Token::NoteGround, "info"};
    }

    class BoxDelegate final : public QStyledItemDelegate {
    public:
        using QStyledItemDelegate::QStyledItemDelegate;

        QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override
        {
            const int line = option.fontMetrics.height();
            return {240, linkHeight + 2 * padding + 3 * line + 2 * smallGap + gap + barHeight};
        }

        void paint(QPainter* painter, const QStyleOptionViewItem& option,
            const QModelIndex& index) const override
        {
            painter->save();
            painter->setRenderHint(QPainter::Antialiasing);
            QRect box = option.rect.adjusted(2, linkHeight, -2, -2);
            box.setWidth(std::min(box.width(), widestBox));
            if (index.row() > 0)
                paintLink(*painter, box);
            const bool chosen = option.state.testFlag(QStyle::State_Selected);
            const bool focused = chosen && option.state.testFlag(QStyle::State_HasFocus);
            painter->setPen(
                QPen(color(chosen ? Token::Link : Token::ControlEdge), focused ? 2.0 : 1.0));
            painter->setBrush(color(Token::Surface));
            painter->drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
            paintWords(*painter, option, index, box.adjusted(padding, padding, -padding, -padding));
            painter->restore();
        }

    private:
        /// The arrow from the box above: it rests on this one.
        static void paintLink(QPainter& painter, const QRect& box)
        {
            const int x = box.left() + 2 * padding;
            const QPoint end{x, box.top() - 2};
            painter.setPen(QPen(color(Token::ControlEdge), 1.5));
            painter.drawLine(QPoint{x, box.top() - linkHeight}, end);
            painter.drawLine(end, end - QPoint{4, 5});
            painter.drawLine(end, end - QPoint{-4, 5});
        }

        static void paintWords(QPainter& painter, const QStyleOptionViewItem& option,
            const QModelIndex& index, const QRect& area)
        {
            const QFontMetrics& metrics = option.fontMetrics;
            const int line = metrics.height();
            QRect row{area.left(), area.top(), area.width(), line};
            const Tint tint
                = tintOf(static_cast<ChainModel::Tone>(index.data(ChainModel::ToneRole).toInt()));
            const QString state = index.siblingAtColumn(ChainModel::StateColumn).data().toString();
            const int stateWidth
                = std::min(metrics.horizontalAdvance(state) + line + 3 * gap, area.width() * 3 / 5);
            const QRect pill{area.right() - stateWidth + 1, row.top() - 2, stateWidth, line + 4};
            painter.setPen(Qt::NoPen);
            painter.setBrush(color(tint.ground));
            painter.drawRoundedRect(pill, radius, radius);
            lineIcon(QString::fromLatin1(tint.icon), tint.text)
                .paint(&painter, QRect(pill.left() + gap, row.top(), line, line));
            painter.setPen(color(tint.text));
            const int stateLeft = gap + line + smallGap;
            painter.drawText(pill.adjusted(stateLeft, 0, -gap, 0), Qt::AlignVCenter,
                metrics.elidedText(state, Qt::ElideRight, stateWidth - stateLeft - gap));

            QFont bold = option.font;
            bold.setWeight(QFont::DemiBold);
            painter.setFont(bold);
            painter.setPen(color(Token::Text));
            const int nameWidth = pill.left() - area.left() - gap;
            painter.drawText(QRect(row.topLeft(), QSize(nameWidth, line)), Qt::AlignVCenter,
                QFontMetrics(bold).elidedText(index.data().toString(), Qt::ElideMiddle, nameWidth));
            painter.setFont(option.font);

            row.translate(0, line + smallGap);
            painter.drawText(row, Qt::AlignVCenter,
                metrics.elidedText(
                    index.data(ChainModel::FactsRole).toString(), Qt::ElideRight, row.width()));
            row.translate(0, line + smallGap);
            painter.setPen(color(Token::TextSecond));
            painter.drawText(row, Qt::AlignVCenter,
                metrics.elidedText(index.siblingAtColumn(ChainModel::PathColumn).data().toString(),
                    Qt::ElideMiddle, row.width()));
            paintShare(painter, metrics, index,
                QRect(area.left(), row.bottom() + gap, area.width(), barHeight));
        }

        /// How much of the guest's data the file serves, as a bar with its words.
        static void paintShare(QPainter& painter, const QFontMetrics& metrics,
            const QModelIndex& index, const QRect& area)
        {
            const QVariant share = index.data(ChainModel::ShareRole);
            if (!share.isValid())
                return;
            const QString words
                = ChainModel::tr("serves %1", "bytes and per cent of all guest data")
                      .arg(index.siblingAtColumn(ChainModel::ShareColumn).data().toString());
            const int wordsWidth = metrics.horizontalAdvance(words);
            QRect bar = area;
            bar.setRight(area.right() - wordsWidth - gap);
            painter.setPen(Qt::NoPen);
            if (bar.width() > 40) {
                painter.setBrush(color(Token::MapFree));
                painter.drawRoundedRect(bar, barHeight / 2.0, barHeight / 2.0);
                const double part = share.toDouble();
                if (part > 0) {
                    QRect filled = bar;
                    filled.setWidth(
                        std::max(barHeight, static_cast<int>(bar.width() * part + 0.5)));
                    painter.setBrush(color(index.row() == 0 ? Token::MapData : Token::MapBacking));
                    painter.drawRoundedRect(filled, barHeight / 2.0, barHeight / 2.0);
                }
            }
            painter.setPen(color(Token::TextSecond));
            painter.drawText(
                QRect(area.right() - wordsWidth, area.center().y() - metrics.height() / 2,
                    wordsWidth + 1, metrics.height()),
                Qt::AlignVCenter, words);
        }
    };

} // namespace

ChainBoxes::ChainBoxes(ChainModel& model, QWidget* parent)
    : QListView(parent)
{
    setModel(&model);
    setItemDelegate(new BoxDelegate(this));
    setAccessibleName(tr("Files of the chain, this image on top"));
    setFrameShape(NoFrame);
    setEditTriggers(NoEditTriggers);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setResizeMode(Adjust);
    setUniformItemSizes(true);
    viewport()->setAutoFillBackground(false);
}

QSize ChainBoxes::sizeHint() const
{
    const int rows = model()->rowCount();
    return {400, rows == 0 ? 90 : rows * sizeHintForRow(0) + gap};
}

} // namespace platter::app
