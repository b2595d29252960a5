// SPDX-License-Identifier: GPL-3.0-or-later
// bench_views: how long a page of bytes takes to draw, and a plot. Prints one line for each:
// NAME median=… worst=… budget=… in milliseconds; fails if a median is above its budget.
#include "widgets/hexview/HexView.h"
#include "widgets/plots/BinPlot.h"
#include "widgets/theme/Theme.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QScrollBar>

#include <algorithm>
#include <cstdio>
#include <random>

using namespace platter;

namespace {

constexpr QSize screen{1600, 1000};
constexpr QSize plotSize{1360, 320}; ///< larger than any plot of a window of that size
constexpr int frames = 200;

/// Bytes as random as those of a compressed disk, all of them here.
class Bytes16MiB final : public HexSource {
public:
    Bytes16MiB()
        : m_bytes(16 << 20)
    {
        std::mt19937 random{7};
        for (std::byte& byte : m_bytes)
            byte = static_cast<std::byte>(random());
    }
    quint64 size() const override { return m_bytes.size(); }
    bool tryRead(quint64 offset, std::span<std::byte> into) override
    {
        std::copy_n(
            m_bytes.begin() + static_cast<std::ptrdiff_t>(offset), into.size(), into.begin());
        return true;
    }
    std::optional<HexZeros> zerosAround(quint64) const override { return {}; }

private:
    std::vector<std::byte> m_bytes;
};

int missed = 0;

/// Runs `frame` many times and prints how long it took.
template <class Frame>
void measure(const char* name, double budget, const Frame& frame)
{
    std::vector<double> times;
    for (int i = 0; i < frames; ++i) {
        QElapsedTimer timer;
        timer.start();
        frame(i);
        times.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
        QApplication::processEvents();
    }
    std::sort(times.begin(), times.end());
    const double median = times[times.size() / 2];
    std::printf("%s median=%.2f worst=%.2f budget=%.0f\n", name, median, times.back(), budget);
    missed += median > budget;
}

/// A table all over the place: each two bytes are a field with a tint and a name.
std::vector<HexMark> fields(quint64 from, quint64 length)
{
    std::vector<HexMark> marks;
    for (quint64 at = from; at < from + length; at += 2)
        marks.push_back({at, 2, static_cast<int>(at / 2 % 4),
            QStringLiteral("Refcount block 0, refcount %1 = 1").arg(at / 2)});
    return marks;
}

void measureHex()
{
    HexView view;
    view.resize(screen);
    view.setSource(std::make_shared<Bytes16MiB>());
    view.show();
    view.setFocus();
    const auto scroll = [&](int i) {
        view.verticalScrollBar()->setValue(i * 50);
        view.viewport()->repaint();
    };
    constexpr double budget = 5;
    measure("hex-plain", budget, scroll);
    view.setMarks(fields(0, 256 * 1024));
    measure("hex-labels", budget, scroll);
    view.showSelection(0, 200'000);
    measure("hex-labels-selected", budget, scroll);
}

void measurePlots()
{
    std::mt19937 random{7};
    struct Case {
        const char* name;
        BinPlot::Shape shape;
        BinPlot::Scale scale;
    };
    for (const Case& one :
        {Case{"plot-bars-log", BinPlot::Shape::Bars, BinPlot::Scale::Logarithmic},
            Case{"plot-steps", BinPlot::Shape::Steps, BinPlot::Scale::Linear},
            Case{"plot-differences", BinPlot::Shape::Differences, BinPlot::Scale::Linear}}) {
        BinPlot plot{one.shape, one.scale};
        plot.resize(plotSize);
        plot.setAxisTitles(QStringLiteral("Place in the file"), QStringLiteral("Clusters"));
        std::vector<PlotBin> bins(1024);
        for (std::size_t i = 0; i < bins.size(); ++i) {
            bins[i].high = static_cast<double>(random() % 100'000);
            bins[i].whole = bins[i].high * 1.5;
            bins[i].low = one.shape == BinPlot::Shape::Differences ? -bins[i].high / 2 : 1;
            bins[i].name = QString::number(i);
            if (i % 64 == 0)
                bins[i].mark = PlotBin::Mark::Problem;
        }
        plot.setBins(bins);
        plot.show();
        QApplication::processEvents();
        measure(one.name, 10, [&](int) { plot.replot(QCustomPlot::rpImmediateRefresh); });
    }
}

} // namespace

int main(int argc, char** argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    Theme::show(Theme::Shade::Light);
    std::setvbuf(stdout, nullptr, _IOLBF, 0); // each line as soon as it is known
    measureHex();
    measurePlots();
    return missed ? 1 : 0;
}
