// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/RowFindBar.h"

#include "app/window/ActionButton.h"

#include <QAbstractItemModel>
#include <QElapsedTimer>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QTableView>

namespace platter::app {

namespace {

    constexpr int slice = 8; ///< milliseconds of searching between two events

    /// As it is compared: offsets are found with and without their underscores.
    QString plain(QString text)
    {
        return text.remove(QLatin1Char('_'));
    }

} // namespace

RowFindBar::RowFindBar(QTableView& table, QWidget* parent)
    : QWidget(parent)
    , m_table(table)
    , m_line(new QLineEdit)
    , m_previous(new ActionButton(tr("Previous")))
    , m_next(new ActionButton(tr("Next")))
    , m_result(new TextLabel(TextLabel::Rank::Second))
{
    m_line->setAccessibleName(tr("Find in the table"));
    m_line->setPlaceholderText(tr("Find in the table"));
    m_line->setClearButtonEnabled(true);
    m_line->setFixedHeight(m_next->sizeHint().height());
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(gap);
    row->addWidget(m_line, 1);
    row->addWidget(m_previous);
    row->addWidget(m_next);
    row->addWidget(m_result);
    m_timer.setInterval(0);
    connect(&m_timer, &QTimer::timeout, this, &RowFindBar::lookAtSome);
    connect(m_line, &QLineEdit::returnPressed, this, [this] { searchOn(1); });
    connect(m_line, &QLineEdit::textEdited, this, [this] { stop({}); });
    connect(m_next, &ActionButton::clicked, this, [this] { searchOn(1); });
    connect(m_previous, &ActionButton::clicked, this, [this] { searchOn(-1); });
    // Rows that are no longer there cannot be looked through.
    connect(table.model(), &QAbstractItemModel::modelReset, this, [this] { stop({}); });
    connect(table.model(), &QAbstractItemModel::layoutChanged, this, [this] { stop({}); });
    stop({});
    hide();
}

void RowFindBar::open()
{
    show();
    m_line->setFocus(Qt::ShortcutFocusReason);
    m_line->selectAll();
}

void RowFindBar::searchOn(int direction)
{
    m_wanted = plain(m_line->text());
    if (m_wanted.isEmpty()) {
        open();
        return;
    }
    show();
    const int rows = m_table.model()->rowCount();
    const int current = m_table.currentIndex().row();
    m_direction = direction;
    m_around = false;
    m_left = rows;
    m_row = current < 0 && direction < 0 ? rows - 1 : current + direction;
    m_timer.start();
    lookAtSome();
}

void RowFindBar::lookAtSome()
{
    const int rows = m_table.model()->rowCount();
    QElapsedTimer clock;
    clock.start();
    while (m_left > 0) {
        if (m_row < 0 || m_row >= rows) {
            m_around = true;
            m_row = m_direction > 0 ? 0 : rows - 1;
        }
        if (matches(m_row)) {
            const QModelIndex found = m_table.model()->index(m_row, 0);
            stop(!m_around            ? QString()
                    : m_direction > 0 ? tr("Went on from the top.")
                                      : tr("Went on from the bottom."));
            m_table.setCurrentIndex(found);
            m_table.scrollTo(found);
            return;
        }
        m_row += m_direction;
        --m_left;
        if (clock.elapsed() >= slice) {
            m_result->setText(tr("Searching …"));
            m_result->show();
            return;
        }
    }
    stop(tr("Not found."));
}

bool RowFindBar::matches(int row) const
{
    const QAbstractItemModel& model = *m_table.model();
    for (int column = 0; column < model.columnCount(); ++column) {
        if (!m_table.isColumnHidden(column)
            && plain(model.index(row, column).data().toString())
                   .contains(m_wanted, Qt::CaseInsensitive))
            return true;
    }
    return false;
}

void RowFindBar::stop(const QString& words)
{
    m_timer.stop();
    m_result->setText(words);
    m_result->setVisible(!words.isEmpty());
}

void RowFindBar::keyPressEvent(QKeyEvent* event)
{
    if (event->key() != Qt::Key_Escape) {
        QWidget::keyPressEvent(event);
        return;
    }
    stop({});
    hide();
    m_table.setFocus();
}

} // namespace platter::app
