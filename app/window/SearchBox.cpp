// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/SearchBox.h"

#include <QAbstractItemModel>
#include <QCompleter>
#include <QLineEdit>
#include <QListView>
#include <QStyleOptionComboBox>

#include <algorithm>

namespace platter::app {

namespace {

    /// More rows are searched for.
    constexpr int fewRows = 20;

} // namespace

SearchBox::SearchBox(QWidget* parent)
    : QComboBox(parent)
{
    setSizeAdjustPolicy(AdjustToMinimumContentsLengthWithIcon);
    setInsertPolicy(NoInsert);
}

void SearchBox::setRows(QAbstractItemModel& rows, int column)
{
    setModel(&rows);
    setModelColumn(column);
    connect(&rows, &QAbstractItemModel::modelReset, this, &SearchBox::fitToRows);
    fitToRows();
}

void SearchBox::fitToRows()
{
    const bool many = count() > fewRows;
    if (many && !isEditable())
        makeSearchable();
    else if (!many)
        setEditable(false);
    showChoice();
}

void SearchBox::choose(int row)
{
    setCurrentIndex(row);
    showChoice();
}

/// The line is not told when rows come and go, nor when the row chosen already is chosen again.
void SearchBox::showChoice()
{
    if (isEditable())
        lineEdit()->setText(itemText(currentIndex()));
}

void SearchBox::makeSearchable()
{
    const int column = modelColumn();
    setEditable(true);
    lineEdit()->setAccessibleName(tr("Find by a part of the name"));
    QCompleter& search = *completer();
    search.setCompletionMode(QCompleter::UnfilteredPopupCompletion); // until a letter is typed
    search.setFilterMode(Qt::MatchContains);
    search.setCaseSensitivity(Qt::CaseInsensitive);
    search.setCompletionColumn(column);
    search.setMaxVisibleItems(maxVisibleItems());
    auto* list = new QListView;
    list->setAccessibleName(tr("Names found"));
    search.setPopup(list);
    list->setModelColumn(column);
    list->setUniformItemSizes(true);
    list->setLayoutMode(QListView::Batched);
    connect(lineEdit(), &QLineEdit::textEdited, this,
        [this] { completer()->setCompletionMode(QCompleter::PopupCompletion); });
    // Half a name is no choice: what is shown is always what was chosen.
    connect(lineEdit(), &QLineEdit::editingFinished, this, &SearchBox::showChoice);
}

QSize SearchBox::sizeHint() const
{
    QStyleOptionComboBox option;
    initStyleOption(&option);
    const QFontMetrics& metrics = fontMetrics();
    const QSize content{metrics.horizontalAdvance(QLatin1Char('X')) * minimumContentsLength(),
        metrics.height() + 2};
    return style()->sizeFromContents(QStyle::CT_ComboBox, &option, content, this);
}

void SearchBox::showPopup()
{
    if (!isEditable()) {
        QComboBox::showPopup();
        return;
    }
    lineEdit()->setFocus();
    lineEdit()->selectAll();
    QCompleter& search = *completer();
    // All rows without looking at any; the first letter typed begins to look.
    search.setCompletionMode(QCompleter::UnfilteredPopupCompletion);
    search.setCompletionPrefix({});
    search.complete();
    search.popup()->setCurrentIndex(
        search.completionModel()->index(currentIndex(), search.completionColumn()));
}

} // namespace platter::app
