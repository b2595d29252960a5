// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/BinPlotAccessible.h"

#include "widgets/plots/BinPlot.h"

namespace platter {

namespace {

    /// One cell of the table of bins.
    class Cell final : public QAccessibleInterface, public QAccessibleTableCellInterface {
    public:
        Cell(BinPlot& plot, int row, int column)
            : m_plot(&plot)
            , m_row(row)
            , m_column(column)
        {
        }

        bool isValid() const override
        {
            return m_plot && m_row < static_cast<int>(m_plot->bins().size());
        }
        QObject* object() const override { return nullptr; }
        QWindow* window() const override
        {
            return m_plot ? m_plot->window()->windowHandle() : nullptr;
        }
        QAccessibleInterface* childAt(int, int) const override { return nullptr; }
        QAccessibleInterface* parent() const override
        {
            return QAccessible::queryAccessibleInterface(m_plot.data());
        }
        QAccessibleInterface* child(int) const override { return nullptr; }
        int childCount() const override { return 0; }
        int indexOfChild(const QAccessibleInterface*) const override { return -1; }
        QString text(QAccessible::Text kind) const override
        {
            if (!isValid() || kind != QAccessible::Name)
                return {};
            const PlotBin& bin = m_plot->bins()[static_cast<std::size_t>(m_row)];
            return m_column == 0 ? bin.name : bin.words;
        }
        void setText(QAccessible::Text, const QString&) override { }
        QRect rect() const override
        {
            if (!isValid())
                return {};
            const QRect bin = m_plot->rectOfBin(m_row);
            return {m_plot->mapToGlobal(bin.topLeft()), bin.size()};
        }
        QAccessible::Role role() const override { return QAccessible::Cell; }
        QAccessible::State state() const override
        {
            QAccessible::State state;
            state.selectable = true;
            state.selected = isSelected();
            state.focused = isValid() && m_plot->hasFocus() && m_plot->cursorBin() == m_row;
            return state;
        }
        void* interface_cast(QAccessible::InterfaceType type) override
        {
            return type == QAccessible::TableCellInterface
                ? static_cast<QAccessibleTableCellInterface*>(this)
                : nullptr;
        }

        bool isSelected() const override
        {
            return isValid() && m_plot->brush() && m_plot->brush()->first <= m_row
                && m_row <= m_plot->brush()->last;
        }
        QList<QAccessibleInterface*> columnHeaderCells() const override { return {}; }
        QList<QAccessibleInterface*> rowHeaderCells() const override { return {}; }
        int columnIndex() const override { return m_column; }
        int rowIndex() const override { return m_row; }
        int columnExtent() const override { return 1; }
        int rowExtent() const override { return 1; }
        QAccessibleInterface* table() const override { return parent(); }

    private:
        QPointer<BinPlot> m_plot;
        int m_row;
        int m_column;
    };

} // namespace

BinPlotAccessible::BinPlotAccessible(BinPlot& plot)
    : QAccessibleWidget(&plot, QAccessible::Table)
    , m_plot(plot)
{
}

BinPlotAccessible::~BinPlotAccessible()
{
    forgetCells();
}

void BinPlotAccessible::forgetCells()
{
    for (const auto& [index, id] : m_cells)
        QAccessible::deleteAccessibleInterface(id);
    m_cells.clear();
}

void* BinPlotAccessible::interface_cast(QAccessible::InterfaceType type)
{
    if (type == QAccessible::TableInterface)
        return static_cast<QAccessibleTableInterface*>(this);
    return QAccessibleWidget::interface_cast(type);
}

QAccessibleInterface* BinPlotAccessible::child(int index) const
{
    return cellAt(index / columns, index % columns);
}

int BinPlotAccessible::childCount() const
{
    return rowCount() * columns;
}

int BinPlotAccessible::indexOfChild(const QAccessibleInterface* child) const
{
    const auto* cell = dynamic_cast<const Cell*>(child);
    return cell ? cell->rowIndex() * columns + cell->columnIndex() : -1;
}

QAccessibleInterface* BinPlotAccessible::childAt(int x, int y) const
{
    const QPoint at = m_plot.mapFromGlobal(QPoint{x, y});
    return m_plot.rect().contains(at) ? cellAt(m_plot.binAt(at.x()), 1) : nullptr;
}

QAccessibleInterface* BinPlotAccessible::cellAt(int row, int column) const
{
    if (row < 0 || row >= rowCount() || column < 0 || column >= columns)
        return nullptr;
    const int index = row * columns + column;
    const auto known = m_cells.find(index);
    if (known != m_cells.end())
        return QAccessible::accessibleInterface(known->second);
    auto* cell = new Cell(m_plot, row, column);
    m_cells[index] = QAccessible::registerAccessibleInterface(cell);
    return cell;
}

QList<QAccessibleInterface*> BinPlotAccessible::selectedCells() const
{
    QList<QAccessibleInterface*> cells;
    for (const int row : selectedRows()) {
        for (int column = 0; column < columns; ++column)
            cells << cellAt(row, column);
    }
    return cells;
}

QString BinPlotAccessible::columnDescription(int column) const
{
    return column == 0 ? m_plot.xAxis->label() : m_plot.yAxis->label();
}

QString BinPlotAccessible::rowDescription(int row) const
{
    return row >= 0 && row < rowCount() ? m_plot.bins()[static_cast<std::size_t>(row)].name
                                        : QString();
}

int BinPlotAccessible::selectedRowCount() const
{
    return m_plot.brush() ? m_plot.brush()->last - m_plot.brush()->first + 1 : 0;
}

int BinPlotAccessible::rowCount() const
{
    return static_cast<int>(m_plot.bins().size());
}

QList<int> BinPlotAccessible::selectedRows() const
{
    QList<int> rows;
    if (m_plot.brush()) {
        for (int row = m_plot.brush()->first; row <= m_plot.brush()->last; ++row)
            rows << row;
    }
    return rows;
}

bool BinPlotAccessible::isRowSelected(int row) const
{
    return m_plot.brush() && m_plot.brush()->first <= row && row <= m_plot.brush()->last;
}

bool BinPlotAccessible::selectRow(int row)
{
    if (row < 0 || row >= rowCount())
        return false;
    m_plot.setBrush(BinPlot::Range{row, row});
    emit m_plot.brushed(BinPlot::Range{row, row});
    return true;
}

void BinPlotAccessible::modelChange(QAccessibleTableModelChangeEvent*)
{
    forgetCells();
}

} // namespace platter
