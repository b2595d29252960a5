// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/BinPlot.h"
#include "widgets/theme/Theme.h"

#include <QAccessible>
#include <QApplication>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace platter;

Q_DECLARE_METATYPE(platter::BinPlot::Range)

namespace {

std::vector<PlotBin> tenBins()
{
    std::vector<PlotBin> bins;
    for (int i = 0; i < 10; ++i) {
        PlotBin bin;
        bin.name = QStringLiteral("bin %1").arg(i);
        bin.words = QStringLiteral("%1 \"things\"").arg(i * 10);
        bin.high = bin.whole = i * 10;
        bins.push_back(bin);
    }
    return bins;
}

int middleOf(const BinPlot& plot, int bin)
{
    return plot.rectOfBin(bin).center().x();
}

int pixelsOf(const QImage& image, const QColor& color)
{
    int count = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x)
            count += image.pixelColor(x, y) == color;
    }
    return count;
}

} // namespace

class TestBinPlot final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QLocale::setDefault(QLocale::c());
        qRegisterMetaType<BinPlot::Range>();
        Theme::show(Theme::Shade::Light);
    }

    void init()
    {
        m_plot = std::make_unique<BinPlot>(BinPlot::Shape::Bars, BinPlot::Scale::Logarithmic);
        m_plot->setAxisTitles("Count", "Clusters");
        m_plot->setBins(tenBins());
        m_plot->resize(500, 300);
        m_plot->show();
        QVERIFY(QTest::qWaitForWindowActive(m_plot.get()));
        m_plot->setFocus();
        m_plot->replot();
    }

    void ticks_of_offsets_are_round_binary_sizes()
    {
        const auto ticks = binaryTicks(5ULL << 30, 100, 6);
        QCOMPARE(ticks.size(), std::size_t{6});
        QCOMPARE(ticks[0].text, QStringLiteral("0"));
        QCOMPARE(ticks[1].text, QStringLiteral("1 GiB"));
        QCOMPARE(ticks[1].at, 20.0);
        QCOMPARE(ticks[5].text, QStringLiteral("5 GiB"));
        QCOMPARE(binaryTicks(3 << 9, 3, 6)[1].text, QStringLiteral("256 B"));
        QCOMPARE(binaryTicks(~0ULL, 1024, 6)[1].text, QStringLiteral("4 EiB"));
        QCOMPARE(binaryTicks(0, 1, 6).size(), std::size_t{1});
    }

    void counts_are_short()
    {
        QCOMPARE(shortCount(950), QStringLiteral("950"));
        QCOMPARE(shortCount(12'000), QStringLiteral("12 k"));
        QCOMPARE(shortCount(3'500'000), QStringLiteral("3.5 M"));
        QCOMPARE(shortCount(-2000), QStringLiteral("-2 k"));
    }

    void dragging_chooses_bins_and_escape_lets_go()
    {
        QSignalSpy brushed{m_plot.get(), &BinPlot::brushed};
        QSignalSpy cleared{m_plot.get(), &BinPlot::brushCleared};
        QTest::mousePress(m_plot.get(), Qt::LeftButton, {}, {middleOf(*m_plot, 6), 100});
        QTest::mouseMove(m_plot.get(), {middleOf(*m_plot, 4), 120});
        QTest::mouseMove(m_plot.get(), {middleOf(*m_plot, 3), 120});
        QCOMPARE(brushed.size(), 0); // not before the button is up
        QTest::mouseRelease(m_plot.get(), Qt::LeftButton, {}, {middleOf(*m_plot, 3), 120});
        QCOMPARE(brushed.size(), 1);
        QCOMPARE(brushed.front().front().value<BinPlot::Range>(), (BinPlot::Range{3, 6}));
        QTest::keyClick(m_plot.get(), Qt::Key_Escape);
        QCOMPARE(cleared.size(), 1);
        QVERIFY(!m_plot->brush());
    }

    void a_drag_past_the_edge_ends_with_the_last_bin()
    {
        QTest::mousePress(m_plot.get(), Qt::LeftButton, {}, {middleOf(*m_plot, 7), 100});
        QTest::mouseMove(m_plot.get(), {m_plot->width() + 50, 100});
        QTest::mouseRelease(m_plot.get(), Qt::LeftButton, {}, {m_plot->width() + 50, 100});
        QCOMPARE(*m_plot->brush(), (BinPlot::Range{7, 9}));
    }

    void keys_choose_bins()
    {
        QTest::keyClick(m_plot.get(), Qt::Key_Home);
        QCOMPARE(*m_plot->brush(), (BinPlot::Range{0, 0}));
        QTest::keyClick(m_plot.get(), Qt::Key_Right);
        QTest::keyClick(m_plot.get(), Qt::Key_Right, Qt::ShiftModifier);
        QTest::keyClick(m_plot.get(), Qt::Key_Right, Qt::ShiftModifier);
        QCOMPARE(*m_plot->brush(), (BinPlot::Range{1, 3}));
        QTest::keyClick(m_plot.get(), Qt::Key_Left, Qt::ShiftModifier);
        QCOMPARE(*m_plot->brush(), (BinPlot::Range{1, 2}));
        QTest::keyClick(m_plot.get(), Qt::Key_End);
        QCOMPARE(*m_plot->brush(), (BinPlot::Range{9, 9}));
    }

    void other_bins_of_the_same_number_keep_the_brush()
    {
        m_plot->setBrush(BinPlot::Range{2, 4});
        m_plot->setBins(tenBins());
        QCOMPARE(*m_plot->brush(), (BinPlot::Range{2, 4}));
        m_plot->setBins({});
        QVERIFY(!m_plot->brush());
        QCOMPARE(m_plot->binAt(100), -1);
        QTest::mouseClick(m_plot.get(), Qt::LeftButton, {}, {100, 100}); // nothing to choose
        QTest::keyClick(m_plot.get(), Qt::Key_Right);
        QVERIFY(!m_plot->brush());
    }

    void a_plot_is_a_table_for_screen_readers()
    {
        QAccessibleInterface* plot = QAccessible::queryAccessibleInterface(m_plot.get());
        QVERIFY(plot);
        QCOMPARE(plot->role(), QAccessible::Table);
        QAccessibleTableInterface* table = plot->tableInterface();
        QVERIFY(table);
        QCOMPARE(table->rowCount(), 10);
        QCOMPARE(table->columnCount(), 2);
        QCOMPARE(table->columnDescription(1), QStringLiteral("Clusters"));
        QCOMPARE(table->cellAt(3, 0)->text(QAccessible::Name), QStringLiteral("bin 3"));
        QCOMPARE(table->cellAt(3, 1)->text(QAccessible::Name), QStringLiteral("30 \"things\""));
        QCOMPARE(table->cellAt(3, 1), table->cellAt(3, 1));
        QVERIFY(!table->cellAt(10, 0));
        QSignalSpy brushed{m_plot.get(), &BinPlot::brushed};
        QVERIFY(table->selectRow(4));
        QCOMPARE(brushed.size(), 1);
        QCOMPARE(table->selectedRows(), QList<int>{4});
        QVERIFY(table->cellAt(4, 1)->state().selected);
        QVERIFY(!table->cellAt(5, 1)->state().selected);
    }

    void colours_follow_the_theme()
    {
        for (const Theme::Shade shade : {Theme::Shade::Light, Theme::Shade::Dark}) {
            Theme::show(shade);
            QCoreApplication::processEvents();
            m_plot->replot();
            const QImage picture = m_plot->grab().toImage();
            QVERIFY(pixelsOf(picture, Theme::color(Token::Surface, shade)) > 1000);
            QVERIFY(pixelsOf(picture, Theme::color(Token::MapData, shade)) > 1000);
        }
        Theme::show(Theme::Shade::Light);
    }

    void problems_are_marked()
    {
        const auto marks = [&] {
            m_plot->replot();
            return pixelsOf(m_plot->grab().toImage(), Theme::color(Token::MapProblem));
        };
        QCOMPARE(marks(), 0);
        auto bins = tenBins();
        bins[5].mark = PlotBin::Mark::Problem;
        m_plot->setBins(bins);
        QVERIFY(marks() > 5);
    }

    void csv_has_a_line_for_each_bin()
    {
        const QStringList lines = m_plot->csv("Count", "Clusters").split('\n', Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), 11);
        QCOMPARE(lines[0], QStringLiteral("\"Count\",\"least\",\"most\",\"Clusters\""));
        QCOMPARE(lines[4], QStringLiteral("\"bin 3\",0,30,\"30 \"\"things\"\"\""));
    }

    void pictures_are_of_the_kind_that_the_name_says_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("start");
        QTest::addRow("PNG") << "a.png" << QByteArray("\x89PNG");
        QTest::addRow("SVG") << "a.svg" << QByteArray("<?xml");
        QTest::addRow("PDF") << "a.PDF" << QByteArray("%PDF");
    }
    void pictures_are_of_the_kind_that_the_name_says()
    {
        QFETCH(const QString, name);
        QFETCH(const QByteArray, start);
        QTemporaryDir folder;
        QVERIFY(m_plot->writePicture(folder.filePath(name)));
        QFile file{folder.filePath(name)};
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll().startsWith(start));
        QVERIFY(!m_plot->writePicture(folder.filePath("no/such/folder/" + name)));
    }

    void the_menu_opens_by_key()
    {
        QSignalSpy menu{m_plot.get(), &BinPlot::menuRequested};
        QContextMenuEvent event{
            QContextMenuEvent::Keyboard, {1, 1}, m_plot->mapToGlobal(QPoint{1, 1})};
        QCoreApplication::sendEvent(m_plot.get(), &event);
        QCOMPARE(menu.size(), 1);
    }

private:
    std::unique_ptr<BinPlot> m_plot;
};

QTEST_MAIN(TestBinPlot)
#include "tst_binplot.moc"
