// SPDX-License-Identifier: GPL-3.0-or-later
// bench_map: how long the map takes to draw a frame while it pans and zooms over 10^9 clusters, and
// how much memory it keeps for that. Prints a table with the budgets.
#include "app/document/MapScan.h"
#include "app/models/MapLegendModel.h"
#include "widgets/clustermap/ClusterMap.h"
#include "widgets/theme/Theme.h"

#include <QApplication>
#include <QElapsedTimer>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>

using namespace platter;
using namespace platter::app;

namespace {

constexpr std::uint64_t clusters = 1'000'000'000;
constexpr Bytes clusterSize = 64_KiB;

/// A disk as years of use leave it: runs of a few to a few thousand clusters, problems now and
/// then.
std::shared_ptr<const MapPyramid> makePyramid()
{
    const auto pyramid = std::make_shared<MapPyramid>(clusterSize * clusters, clusterSize);
    std::mt19937_64 random{7};
    for (std::uint64_t at = 0; at < clusters;) {
        const std::uint64_t run = std::min(clusters - at, 1 + random() % (2U << random() % 13));
        const auto kind = static_cast<std::uint8_t>(random() % 9);
        const bool rare = kind == static_cast<std::uint8_t>(MapKind::Problem);
        pyramid->append(clusterSize * run,
            kind == 8 || (rare && random() % 4096) ? MapCategory{} : MapCategory{kind});
        at += run;
    }
    pyramid->finish();
    return pyramid;
}

struct Row {
    const char* name;
    std::vector<double> milliseconds;
};

void print(Row row, double budget)
{
    std::sort(row.milliseconds.begin(), row.milliseconds.end());
    const auto at = [&](double share) {
        return row.milliseconds[static_cast<std::size_t>(
            share * static_cast<double>(row.milliseconds.size() - 1))];
    };
    std::printf(
        "| %-44s | %8.2f | %8.2f | %8.2f | %6.0f |\n", row.name, at(0.5), at(0.99), at(1), budget);
}

double since(const QElapsedTimer& timer)
{
    return static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

void settle(ClusterMap& map)
{
    do {
        QApplication::processEvents(QEventLoop::AllEvents, 5);
        map.repaint();
    } while (!map.isQuiet());
}

/// Moves, draws one frame at once, and lets workers go on until the next is due.
template <class Move>
Row frames(const char* name, ClusterMap& map, int count, const Move& move)
{
    Row row{name, {}};
    settle(map);
    for (int i = 0; i < count; ++i) {
        QElapsedTimer frame;
        frame.start();
        move(i);
        map.repaint();
        row.milliseconds.push_back(since(frame));
        QElapsedTimer rest;
        rest.start();
        while (rest.elapsed() < 16 - static_cast<int>(row.milliseconds.back()))
            QApplication::processEvents(QEventLoop::AllEvents, 1);
    }
    return row;
}

} // namespace

int main(int argc, char** argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    Theme::show(Theme::Shade::Light);
    QElapsedTimer timer;
    timer.start();
    const auto pyramid = makePyramid();
    const double built = since(timer) / 1000;
    const auto picture
        = std::make_shared<const MapPicture>(clusterSize * clusters, clusterSize, pyramid, nullptr);
    MapLegendModel legend;
    legend.setView(MapView::File);
    ClusterMap map;
    map.resize(1600, 1000);
    map.setLook(legend.look());
    map.setSource(picture, ClusterMap::View::Whole);
    map.show();

    std::printf("Map of 10^9 clusters, 1600 x 1000\n\n");
    std::printf("| frame, in ms                                 |   median |     99 %% |      most "
                "| budget |\n");
    std::printf("|----------------------------------------------|----------|----------|----------|-"
                "-------|\n");
    for (const ClusterLayout layout : {ClusterLayout::Rows, ClusterLayout::Regions}) {
        const bool rows = layout == ClusterLayout::Rows;
        map.setMapLayout(layout);
        map.showWhole();
        Row whole{
            rows ? "rows: whole, until all is true" : "regions: whole, until all is true", {}};
        for (int i = 0; i < 5; ++i) {
            map.setLook(legend.look()); // everything is to be looked up again
            QElapsedTimer until;
            until.start();
            settle(map);
            whole.milliseconds.push_back(since(until));
        }
        print(whole, 100);
        map.setZoom(0.4);
        const quint64 size = map.mapGeometry().size;
        print(frames(rows ? "rows: panning" : "regions: panning", map, 300,
                  [&](int i) { map.centreOn(size / 3 + size / 20000 * static_cast<quint64>(i)); }),
            16);
        print(frames(rows ? "rows: jumping" : "regions: jumping", map, 100,
                  [&](int i) { map.centreOn(size / 100 * static_cast<quint64>(i * 37 % 100)); }),
            16);
        print(frames(rows ? "rows: zooming in and out" : "regions: zooming in and out", map, 300,
                  [&](int i) { map.setZoom(std::abs(std::sin(i / 60.0))); }),
            16);
    }
    std::printf(
        "\nmemory: pyramid %.1f MiB (budget 48), tiles %.1f MiB (budget 48); built in %.1f s\n",
        static_cast<double>(pyramid->memory().value) / (1 << 20),
        static_cast<double>(map.tileMemory()) / (1 << 20), built);
    return 0;
}
