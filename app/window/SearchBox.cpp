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
}

void SearchBox::makeSearchable()
{
    const int column = modelColumn();
    setEditable(true);
    lineEdit()->setAccessibleName(tr("Find by a part of the name"));
    QCompleter& search = *completer();
    search.setCompletionMode(QCompleter::PopupCompletion);
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
    // Half a name is no choice: what is shown is always what was chosen.
    connect(lineEdit(), &QLineEdit::editingFinished, this,
        [this] { lineEdit()->setText(itemText(currentIndex())); });
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
    search.setCompletionPrefix({});
    search.complete();
    search.popup()->setCurrentIndex(
        search.completionModel()->index(currentIndex(), search.completionColumn()));
}

} // namespace platter::app
