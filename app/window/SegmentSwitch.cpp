// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/SegmentSwitch.h"

#include "app/window/Look.h"

#include <QAbstractButton>
#include <QButtonGroup>
#include <QHBoxLayout>
#include <QPainter>

namespace platter::app {

namespace {

    class Segment final : public QAbstractButton {
    public:
        explicit Segment(const QString& text)
        {
            setText(text);
            setAccessibleName(text);
            setCheckable(true);
            setFocusPolicy(Qt::StrongFocus);
            setAttribute(Qt::WA_Hover);
        }
        QSize sizeHint() const override
        {
            return {fontMetrics().horizontalAdvance(text()) + 2 * wideGap,
                std::max(32, fontMetrics().height() + gap)};
        }
        QSize minimumSizeHint() const override { return sizeHint(); }

    protected:
        void paintEvent(QPaintEvent*) override
        {
            QPainter painter(this);
            painter.setRenderHint(QPainter::Antialiasing);
            const QRectF frame = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
            painter.setPen(QPen(color(isChecked() ? Token::Accent : Token::ControlEdge), 1));
            painter.setBrush(color(isChecked() ? Token::Accent
                    : underMouse()             ? Token::NoteGround
                                               : Token::Surface));
            painter.drawRoundedRect(frame, smallGap, smallGap);
            if (hasFocus()) {
                painter.setBrush(Qt::NoBrush);
                painter.setPen(QPen(isChecked() ? QColor(Qt::white) : color(Token::Link), 2));
                painter.drawRoundedRect(frame.adjusted(2, 2, -2, -2), 3, 3);
            }
            painter.setPen(isChecked() ? QColor(Qt::white) : color(Token::Text));
            painter.drawText(rect(), Qt::AlignCenter | Qt::TextHideMnemonic, text());
        }
    };

} // namespace

SegmentSwitch::SegmentSwitch(const QStringList& choices, QWidget* parent)
    : QWidget(parent)
    , m_group(new QButtonGroup(this))
{
    m_group->setExclusive(true);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(smallGap);
    for (const QString& choice : choices) {
        auto* segment = new Segment(choice);
        m_group->addButton(segment, static_cast<int>(m_group->buttons().size()));
        row->addWidget(segment);
    }
    setCurrent(0);
    connect(m_group, &QButtonGroup::idClicked, this, &SegmentSwitch::chosen);
}

int SegmentSwitch::current() const
{
    return m_group->checkedId();
}

void SegmentSwitch::setCurrent(int index)
{
    m_group->button(index)->setChecked(true);
}

} // namespace platter::app
