// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/PlotTicks.h"

#include <qcustomplot.h>

#include <optional>
#include <vector>

namespace platter {

class BinLayer;

/// One bin of a plot with the words for it.
struct PlotBin {
    QString name; ///< "17 to 32", "0x1_0000 to 0x1_ffff"
    QString words; ///< "3 clusters", "counts 0 to 2"
    double low = 0; ///< the smallest value
    double high = 0; ///< the largest one
    double whole = 0; ///< what `high` would be without a filter; drawn behind it
    /// Whether there is a problem in this bin.
    enum class Mark { None, Problem };
    Mark mark = Mark::None;
};

/// Bins side by side: a histogram, or values along a file. A range of bins can be chosen by mouse
/// and by keys. Knows no image: values go in, signals come out.
class BinPlot final : public QCustomPlot {
    Q_OBJECT

public:
    enum class Shape {
        Bars, ///< one bar for each bin
        Steps, ///< a line that steps from bin to bin, and the span from `low` to `high`
        Differences, ///< up and down from a line at 0
    };
    enum class Scale { Linear, Logarithmic };

    /// Bins from `first` to `last`, both included.
    struct Range {
        int first = 0;
        int last = 0;
        bool operator==(const Range&) const = default;
    };

    BinPlot(Shape shape, Scale scale, QWidget* parent = nullptr);

    /// How the axes are called, with their units.
    void setAxisTitles(const QString& across, const QString& up);
    void setBins(std::vector<PlotBin> bins);
    /// Marks of the axis across; bin i reaches from i to i + 1. Without any, bins are marked with
    /// their names.
    void setTicks(std::vector<PlotTick> ticks);
    const std::vector<PlotBin>& bins() const { return m_bins; }

    const std::optional<Range>& brush() const { return m_brush; }
    void setBrush(const std::optional<Range>& range); ///< says nothing
    int cursorBin() const { return m_cursor; } ///< the bin that keys start from; -1: none

    /// Which bin lies at a pixel of the widget; -1: none.
    int binAt(int x) const;
    /// The pixels of a bin.
    QRect rectOfBin(int bin) const;

    /// The bins as lines of comma separated values, with a head.
    QString csv(const QString& nameTitle, const QString& valueTitle) const;
    /// Writes a picture whose kind the name's ending says: png, svg, pdf. @returns false: it could
    /// not be written
    bool writePicture(const QString& path);

    QSize sizeHint() const override { return {400, 220}; }
    QSize minimumSizeHint() const override { return {220, 120}; }

signals:
    void brushed(platter::BinPlot::Range range); ///< the user chose bins
    void brushCleared(); ///< the user let go of them
    void menuRequested(const QPoint& globalPosition);

protected:
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void changeEvent(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    bool event(QEvent* event) override;

private:
    void makeGraphs();
    void redraw();
    void fill();
    void placeTicks();
    void applyTheme();
    void showBrush();
    bool writeSvg(const QString& path);
    void moveCursor(int to, Qt::KeyboardModifiers modifiers);

    Shape m_shape;
    Scale m_scale;
    std::vector<PlotBin> m_bins;
    std::vector<PlotTick> m_ticks;
    std::optional<Range> m_brush;
    std::optional<int> m_dragFrom; ///< bin where the mouse went down
    bool m_isStale = true; ///< not drawn as it is now
    int m_cursor = -1;
    int m_anchor = -1; ///< where a range that keys extend began
    BinLayer* m_bars;
    QCPGraph* m_marks;
    QCPItemRect* m_brushItem;
    QCPItemStraightLine* m_zero;
    QSharedPointer<QCPAxisTickerText> m_acrossTicker;
};

} // namespace platter
