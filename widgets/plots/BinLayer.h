// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <qcustomplot.h>

#include <vector>

namespace platter {

struct PlotBin;

/// Draws the bins of a BinPlot as upright bars of whole pixels.
///
/// A graph of the library would fill one polygon through all bins, whose edges cross each other so
/// often that a thousand bins of noise take longer than everything else of a page. Bins that share
/// a column of pixels are drawn as one, with the largest and the smallest value.
class BinLayer final : public QCPLayerable {
    Q_OBJECT

public:
    /// Opaque colours; invalid ones are not drawn.
    struct Look {
        QColor whole; ///< from PlotBin::high up to PlotBin::whole
        QColor high; ///< from the line at 0, or the bottom, to PlotBin::high
        QColor low; ///< likewise to PlotBin::low, over `high`
        QColor highLine; ///< along PlotBin::high
        QColor lowLine; ///< along PlotBin::low
    };

    BinLayer(QCustomPlot& plot, QCPAxis& across, QCPAxis& up, const std::vector<PlotBin>& bins);

    void setLook(const Look& look) { m_look = look; }

protected:
    QRect clipRect() const override;
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
    void draw(QCPPainter* painter) override;

private:
    struct Column {
        int left = 0; ///< pixels
        int right = 0; ///< behind the last one
        double whole = 0;
        double high = 0;
        double low = 0;
    };
    std::vector<Column> columns() const;
    int pixelOf(double value) const;
    void drawBars(QCPPainter& painter, const std::vector<Column>& columns) const;
    void drawLine(QCPPainter& painter, const std::vector<Column>& columns, double Column::*value,
        const QColor& color) const;

    QCPAxis& m_across;
    QCPAxis& m_up;
    const std::vector<PlotBin>& m_bins;
    Look m_look;
};

} // namespace platter
