// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/clustermap/ClusterMapAccessible.h"

#include "widgets/clustermap/ClusterMap.h"
#include "widgets/clustermap/ClusterStrip.h"

#include <QAccessible>
#include <QAccessibleWidget>

#include <map>

namespace platter {

namespace {

    class MapTable;

    /// One visible cell.
    class MapCell final : public QAccessibleInterface, public QAccessibleTableCellInterface {
    public:
        MapCell(ClusterMap& map, int column, int row)
            : m_map(&map)
            , m_column(column)
            , m_row(row)
        {
        }

        std::optional<ClusterMapGeometry::Range> range() const
        {
            return m_map ? m_map->mapGeometry().cellAt(middle()) : std::nullopt;
        }
        bool isValid() const override { return range().has_value(); }
        QObject* object() const override { return nullptr; }
        QAccessibleInterface* parent() const override
        {
            return QAccessible::queryAccessibleInterface(m_map);
        }
        QAccessibleInterface* child(int) const override { return nullptr; }
        QAccessibleInterface* childAt(int, int) const override { return nullptr; }
        int childCount() const override { return 0; }
        int indexOfChild(const QAccessibleInterface*) const override { return -1; }
        QString text(QAccessible::Text kind) const override
        {
            const auto cell = range();
            return kind == QAccessible::Name && cell ? m_map->describe(*cell) : QString();
        }
        void setText(QAccessible::Text, const QString&) override { }
        QRect rect() const override
        {
            const auto cell = range();
            if (!cell)
                return {};
            const QRect at = m_map->mapGeometry().rectOf(cell->from);
            return {m_map->mapToGlobal(at.topLeft()), at.size()};
        }
        QAccessible::Role role() const override { return QAccessible::Cell; }
        QAccessible::State state() const override
        {
            QAccessible::State state;
            state.selectable = true;
            state.readOnly = true;
            state.selected = isSelected();
            state.invalid = !isValid();
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
            const auto cell = range();
            const auto chosen = m_map ? m_map->chosen() : ClusterMapGeometry::Range{};
            return cell && chosen.length && cell->from >= chosen.from
                && cell->from - chosen.from < chosen.length;
        }
        QList<QAccessibleInterface*> columnHeaderCells() const override { return {}; }
        QList<QAccessibleInterface*> rowHeaderCells() const override { return {}; }
        int columnIndex() const override { return m_column; }
        int rowIndex() const override { return m_row; }
        int columnExtent() const override { return 1; }
        int rowExtent() const override { return 1; }
        QAccessibleInterface* table() const override { return parent(); }

    private:
        QPoint middle() const
        {
            const auto grid = m_map->mapGeometry().grid();
            if (m_column >= grid.columns() || m_row >= grid.rows())
                return {-1, -1};
            const auto between = [](const std::vector<int>& edges, int at) {
                const auto i = static_cast<std::size_t>(at);
                return std::max(0, edges[i]) + (edges[i + 1] - std::max(0, edges[i])) / 2;
            };
            return {between(grid.columnEdges, m_column), between(grid.rowEdges, m_row)};
        }

        QPointer<ClusterMap> m_map;
        int m_column;
        int m_row;
    };

    /// The map: a table of what is in view. Its cells are made when they are asked for.
    class MapTable final : public QAccessibleWidget, public QAccessibleTableInterface {
    public:
        explicit MapTable(ClusterMap* map)
            : QAccessibleWidget(map, QAccessible::Table)
            , m_map(map)
        {
        }
        ~MapTable() override
        {
            for (const auto& [place, id] : m_cells)
                QAccessible::deleteAccessibleInterface(id);
        }

        QString text(QAccessible::Text kind) const override
        {
            if (kind == QAccessible::Value || kind == QAccessible::Description)
                return m_map->describe(
                    m_map->chosen().length ? m_map->chosen() : m_map->mapGeometry().visible());
            return QAccessibleWidget::text(kind);
        }
        int childCount() const override { return rowCount() * columnCount(); }
        QAccessibleInterface* child(int index) const override
        {
            const int columns = columnCount();
            return columns > 0 ? cellAt(index / columns, index % columns) : nullptr;
        }
        int indexOfChild(const QAccessibleInterface* child) const override
        {
            auto* const cell = dynamic_cast<const MapCell*>(child);
            return cell ? cell->rowIndex() * columnCount() + cell->columnIndex() : -1;
        }
        QAccessibleInterface* focusChild() const override { return nullptr; }
        void* interface_cast(QAccessible::InterfaceType type) override
        {
            if (type == QAccessible::TableInterface)
                return static_cast<QAccessibleTableInterface*>(this);
            return QAccessibleWidget::interface_cast(type);
        }

        QAccessibleInterface* cellAt(int row, int column) const override
        {
            if (row < 0 || column < 0 || row >= rowCount() || column >= columnCount())
                return nullptr;
            const auto known = m_cells.find({row, column});
            if (known != m_cells.end())
                return QAccessible::accessibleInterface(known->second);
            auto* const cell = new MapCell(*m_map, column, row);
            m_cells[{row, column}] = QAccessible::registerAccessibleInterface(cell);
            return cell;
        }
        int rowCount() const override { return m_map->mapGeometry().grid().rows(); }
        int columnCount() const override { return m_map->mapGeometry().grid().columns(); }
        QAccessibleInterface* caption() const override { return nullptr; }
        QAccessibleInterface* summary() const override { return nullptr; }
        QString columnDescription(int column) const override
        {
            return ClusterMap::tr("Cell %1").arg(column + 1);
        }
        QString rowDescription(int row) const override
        {
            auto* const first = cellAt(row, 0);
            return first ? first->text(QAccessible::Name) : QString();
        }
        int selectedCellCount() const override { return static_cast<int>(selectedCells().size()); }
        int selectedColumnCount() const override { return 0; }
        int selectedRowCount() const override { return 0; }
        QList<QAccessibleInterface*> selectedCells() const override
        {
            QList<QAccessibleInterface*> found;
            for (int index = 0; m_map->chosen().length && index < childCount(); ++index) {
                auto* const cell = static_cast<MapCell*>(child(index));
                if (cell->isSelected())
                    found << cell;
            }
            return found;
        }
        QList<int> selectedColumns() const override { return {}; }
        QList<int> selectedRows() const override { return {}; }
        bool isColumnSelected(int) const override { return false; }
        bool isRowSelected(int) const override { return false; }
        bool selectRow(int) override { return false; }
        bool selectColumn(int) override { return false; }
        bool unselectRow(int) override { return false; }
        bool unselectColumn(int) override { return false; }
        void modelChange(QAccessibleTableModelChangeEvent*) override { }

    private:
        ClusterMap* m_map;
        mutable std::map<std::pair<int, int>, QAccessible::Id> m_cells;
    };

    /// The strip: a slider whose value is the middle of what the map shows.
    class StripSlider final : public QAccessibleWidget, public QAccessibleValueInterface {
    public:
        explicit StripSlider(ClusterStrip* strip)
            : QAccessibleWidget(strip, QAccessible::Slider)
            , m_strip(strip)
        {
        }

        QString text(QAccessible::Text kind) const override
        {
            return kind == QAccessible::Value ? m_strip->visibleText()
                                              : QAccessibleWidget::text(kind);
        }
        void* interface_cast(QAccessible::InterfaceType type) override
        {
            if (type == QAccessible::ValueInterface)
                return static_cast<QAccessibleValueInterface*>(this);
            return QAccessibleWidget::interface_cast(type);
        }

        QVariant currentValue() const override
        {
            const auto seen = m_strip->visibleRange();
            return static_cast<double>(seen.from + seen.length / 2);
        }
        void setCurrentValue(const QVariant& value) override
        {
            emit m_strip->centreRequested(static_cast<quint64>(
                std::clamp(value.toDouble(), 0.0, static_cast<double>(m_strip->extent()))));
        }
        QVariant maximumValue() const override { return static_cast<double>(m_strip->extent()); }
        QVariant minimumValue() const override { return 0.0; }
        QVariant minimumStepSize() const override
        {
            return static_cast<double>(m_strip->visibleRange().length) / 2;
        }

    private:
        ClusterStrip* m_strip;
    };

    QAccessibleInterface* makeInterface(const QString&, QObject* object)
    {
        if (auto* const map = qobject_cast<ClusterMap*>(object))
            return new MapTable(map);
        if (auto* const strip = qobject_cast<ClusterStrip*>(object))
            return new StripSlider(strip);
        return nullptr;
    }

} // namespace

void installMapAccessibility()
{
    static const bool installed = [] {
        QAccessible::installFactory(makeInterface);
        return true;
    }();
    Q_UNUSED(installed)
}

} // namespace platter
