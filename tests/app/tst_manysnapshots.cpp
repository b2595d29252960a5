// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/MapColourBox.h"
#include "app/pages/MapPage.h"
#include "tests/app/WatchedTest.h"
#include "tests/app/WindowBench.h"
#include "tests/support/Qcow2Builder.h"

#include <QAbstractItemView>
#include <QComboBox>
#include <QCompleter>
#include <QLineEdit>
#include <QtEndian>

using namespace platter;
using namespace platter::app;
using platter::tests::Qcow2Builder;
using platter::tests::WindowBench;
using Colour = MapAspect::Colour;

namespace {

/// The bytes of an image whose table has as many snapshots as the format allows, all of one state.
QByteArray imageWithSnapshots(quint32 count)
{
    const Qcow2Builder builder = Qcow2Builder{}.snapshot("1", "first");
    const auto bytes = builder.bytes();
    QByteArray image(
        reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size()));
    const auto at = [&](qsizetype place) { return image.data() + place; };
    const auto table = qFromBigEndian<quint64>(at(64)); // snapshots_offset
    const QByteArray first = image.mid(static_cast<qsizetype>(table), 40); // one entry's fixed part
    const auto extra = qFromBigEndian<quint32>(first.constData() + 36);
    const QByteArray rest = image.mid(static_cast<qsizetype>(table) + 40, extra);
    const qsizetype cluster = qsizetype{1} << qFromBigEndian<quint32>(at(20));
    image.append(QByteArray((cluster - image.size() % cluster) % cluster, '\0'));
    qToBigEndian<quint32>(count, at(60)); // nb_snapshots
    qToBigEndian<quint64>(static_cast<quint64>(image.size()), at(64));
    for (quint32 i = 1; i <= count; ++i) {
        const QByteArray id = QByteArray::number(i);
        const QByteArray name = "state " + id + " of the machine";
        QByteArray entry = first + rest + id + name;
        qToBigEndian<quint16>(static_cast<quint16>(id.size()), entry.data() + 12);
        qToBigEndian<quint16>(static_cast<quint16>(name.size()), entry.data() + 14);
        entry.append(QByteArray((8 - entry.size() % 8) % 8, '\0'));
        image.append(entry);
    }
    return image;
}

} // namespace

/// As many snapshots as the format allows: no page may block the window.
class TestManySnapshots final : public QObject {
    Q_OBJECT

private slots:
    void init() { m_bench = std::make_unique<WindowBench>(); }
    void cleanup() { m_bench.reset(); }
    void manySnapshotsAreFoundByName();
    void thePageOfSnapshotsAnswers();

private:
    std::unique_ptr<WindowBench> m_bench;
};

void TestManySnapshots::manySnapshotsAreFoundByName()
{
    QFile file{m_bench->path("many.qcow2")};
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(imageWithSnapshots(65536));
    file.close();
    QVERIFY(m_bench->open("many.qcow2"));
    m_bench->view().showPage(PageId::Map);
    auto* const page = qobject_cast<MapPage*>(m_bench->view().pageWidget(PageId::Map));
    QCOMPARE(m_bench->document().image()->snapshots().size(), std::size_t{65536});
    page->setView(MapView::Guest);
    auto* const box = page->findChild<MapColourBox*>();
    auto* const choice = box->findChildren<QComboBox*>().last();
    // Opened by the mouse, as the user does; no stretch of that may block the window.
    page->setAspect({Colour::Changed, 0});
    QTRY_VERIFY(choice->isVisibleTo(box));
    QCOMPARE(choice->count(), 65536);
    QTest::mouseClick(
        choice, Qt::LeftButton, {}, QPoint(choice->width() - 8, choice->height() / 2));
    auto* const list = choice->completer()->popup();
    QTRY_VERIFY(list->isVisible());
    QCOMPARE(list->model()->rowCount(), 65536);
    QTest::keyClick(list, Qt::Key_End, Qt::ControlModifier);
    QTest::keyClick(list, Qt::Key_Escape);
    QTRY_VERIFY(!list->isVisible());
    // A part of a name is enough.
    choice->lineEdit()->setFocus();
    choice->lineEdit()->selectAll();
    QTest::keyClicks(choice->lineEdit(), QStringLiteral("40123 of"));
    QTRY_VERIFY(list->isVisible());
    QCOMPARE(list->model()->rowCount(), 1);
    QTest::keyClick(list, Qt::Key_Down);
    QTest::keyClick(list, Qt::Key_Return);
    QTRY_COMPARE(page->aspect(), (MapAspect{Colour::Changed, 40122}));
}

void TestManySnapshots::thePageOfSnapshotsAnswers()
{
    QFile file{m_bench->path("many.qcow2")};
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(imageWithSnapshots(65536));
    file.close();
    QVERIFY(m_bench->open("many.qcow2"));
    m_bench->view().showPage(PageId::Snapshots);
    auto* const page = m_bench->view().pageWidget(PageId::Snapshots);
    auto* const other = page->findChild<QComboBox*>();
    QTRY_COMPARE(other->count(), 65537); // and now
    QTRY_VERIFY_WITH_TIMEOUT(other->isVisible() && other->completer(), 60'000);
    // What is compared is what stands there.
    QTRY_VERIFY(other->currentIndex() >= 0);
    const QModelIndex chosen = other->model()->index(other->currentIndex(), other->modelColumn());
    QVERIFY(!chosen.data().toString().isEmpty());
    QCOMPARE(other->lineEdit()->text(), chosen.data().toString());
    QTest::mouseClick(other, Qt::LeftButton, {}, QPoint(other->width() - 8, other->height() / 2));
    QTRY_VERIFY(other->completer()->popup()->isVisible());
    // A part of a name finds the rows that have it.
    QTest::keyClick(other->completer()->popup(), Qt::Key_Escape);
    QTRY_VERIFY(!other->completer()->popup()->isVisible());
    other->lineEdit()->setFocus();
    other->lineEdit()->selectAll();
    for (const char letter : std::string_view{"e 999 of"}) {
        QTest::keyClick(other->lineEdit(), letter);
        QTest::qWait(1);
    }
    QTRY_COMPARE(other->completer()->completionCount(), 1);
}

PLATTER_GUI_MAIN(TestManySnapshots)
#include "tst_manysnapshots.moc"
