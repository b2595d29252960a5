// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/StructureModel.h"
#include "app/pages/HeaderPage.h"
#include "app/window/Look.h"
#include "core/disk/BackingChain.h"
#include "tests/app/WatchedTest.h"
#include "tests/support/Qemu.h"
#include "widgets/hexview/HexView.h"
#include "widgets/theme/Theme.h"

#include <QAbstractItemModelTester>
#include <QImage>
#include <QLabel>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>

using namespace platter;
using namespace platter::app;
using platter::tests::qemuImg;
using platter::tests::qemuIo;

namespace {

bool hasText(const QWidget& page, const QString& part)
{
    for (const QLabel* label : page.findChildren<QLabel*>()) {
        if (label->isVisibleTo(&page) && label->text().contains(part))
            return true;
    }
    return false;
}

} // namespace

class TestHeader final : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void modelIsATree_data();
    void modelIsATree();
    void modelFindsTheFieldOfAByte();
    void modelSurvivesNoStructures();

    void choosingAFieldShowsItsBytes();
    void choosingBytesShowsTheirField();
    void keysDoWhatTheMouseDoes();
    void theWholeStructureSelectsAllItsBytes();
    void hoverFramesBothSidesWithoutScrolling();
    void linksAreFollowedAndTakenBack();
    void saysWhatIsWrongWithAField();
    void tellsTheOtherPages();

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    void open(const QString& name);
    /// The item of a field of the first structure.
    QModelIndex field(const char* name) const;

    QTemporaryDir m_folder;
    std::unique_ptr<ImageDocument> m_document;
    std::unique_ptr<HeaderPage> m_page;
    QTreeView* m_tree = nullptr;
    HexView* m_hex = nullptr;
    StructureModel* m_model = nullptr;
};

void TestHeader::initTestCase()
{
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.path());
    QCoreApplication::setOrganizationName(QStringLiteral("PlatterTest"));
    loadResources();
    Theme::show(Theme::Shade::Light);
    qemuImg({"create", "-q", "-f", "qcow2", path("plain.qcow2"), "64M"});
    qemuIo(path("plain.qcow2"), {"write -P 1 1M 192k"});
    qemuImg({"snapshot", "-c", "first", path("plain.qcow2")});
    qemuImg({"create", "-q", "-f", "qcow", path("old.qcow"), "64M"});
    qemuImg({"create", "-q", "-f", "vdi", path("box.vdi"), "64M"});
}

void TestHeader::open(const QString& name)
{
    m_page.reset();
    m_document = std::make_unique<ImageDocument>();
    m_page = std::make_unique<HeaderPage>(*m_document);
    m_page->resize(1200, 600);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowActive(m_page.get()));
    m_tree = m_page->findChild<QTreeView*>();
    m_hex = m_page->findChild<HexView*>();
    m_model = m_page->findChild<StructureModel*>();
    m_document->open(path(name).toStdString());
    QTRY_COMPARE(m_document->state(), ImageDocument::State::Ready);
    QTRY_VERIFY(!m_document->isBusy());
}

QModelIndex TestHeader::field(const char* name) const
{
    const QModelIndex structure = m_model->index(0, 0);
    for (int row = 0; row < m_model->rowCount(structure); ++row) {
        const QModelIndex index = m_model->index(row, 0, structure);
        if (m_model->fieldOf(index)->name == name)
            return index;
    }
    return {};
}

void TestHeader::modelIsATree_data()
{
    QTest::addColumn<QString>("name");
    QTest::addRow("QCOW2 with a snapshot") << QStringLiteral("plain.qcow2");
    QTest::addRow("QCOW") << QStringLiteral("old.qcow");
    QTest::addRow("VDI") << QStringLiteral("box.vdi");
}

void TestHeader::modelIsATree()
{
    QFETCH(const QString, name);
    const auto image = openImage(path(name).toStdString(), {}, {}).image;
    const auto structures = image->describe();
    StructureModel model;
    const QAbstractItemModelTester tester{
        &model, QAbstractItemModelTester::FailureReportingMode::QtTest};
    model.setContent({structures, {}});
    QCOMPARE(model.rowCount(), static_cast<int>(structures.size()));
    for (int i = 0; i < model.rowCount(); ++i) {
        const auto& structure = structures[static_cast<std::size_t>(i)];
        const QModelIndex parent = model.index(i, 0);
        QCOMPARE(model.rowCount(parent), static_cast<int>(structure.fields.size()));
        for (int j = 0; j < model.rowCount(parent); ++j) {
            const auto& expected = structure.fields[static_cast<std::size_t>(j)];
            const QModelIndex index = model.index(j, 0, parent);
            QCOMPARE(index.data().toString(), QString::fromStdString(expected.name));
            QCOMPARE(model.rowCount(index), static_cast<int>(expected.bits.size()));
            QCOMPARE(model.parent(index), parent);
            const auto range = model.rangeOf(index);
            QVERIFY(range && range->at == expected.at && range->length == expected.length);
        }
    }
}

void TestHeader::modelFindsTheFieldOfAByte()
{
    const auto image = openImage(path("plain.qcow2").toStdString(), {}, {}).image;
    StructureModel model;
    model.setContent({image->describe(), {}});
    for (std::uint64_t at = 0; at < 104; ++at) {
        const QModelIndex index = model.fieldAt(HostOffset{at});
        QVERIFY2(index.isValid(), qPrintable(QString::number(at)));
        const FieldMark* const found = model.fieldOf(index);
        QVERIFY(found->at.value <= at && at - found->at.value < found->length.value);
    }
    QVERIFY(!model.fieldAt(HostOffset{~std::uint64_t{0}}).isValid());
}

void TestHeader::modelSurvivesNoStructures()
{
    StructureModel model;
    const QAbstractItemModelTester tester{
        &model, QAbstractItemModelTester::FailureReportingMode::QtTest};
    model.setContent({});
    QCOMPARE(model.rowCount(), 0);
    QVERIFY(!model.fieldAt(HostOffset{0}).isValid());
    QVERIFY(!model.rangeOf({}));
}

void TestHeader::choosingAFieldShowsItsBytes()
{
    open(QStringLiteral("plain.qcow2"));
    const QModelIndex version = field("version");
    QVERIFY(version.isValid());
    m_tree->scrollTo(version);
    QTest::mouseClick(m_tree->viewport(), Qt::LeftButton, {}, m_tree->visualRect(version).center());
    QCOMPARE(m_hex->selectionStart(), quint64{4});
    QCOMPARE(m_hex->selectionLength(), quint64{4});
    QVERIFY(hasText(*m_page, QStringLiteral("version")));
    QVERIFY(hasText(*m_page, QStringLiteral("big endian")));
}

void TestHeader::choosingBytesShowsTheirField()
{
    open(QStringLiteral("plain.qcow2"));
    const auto& geometry = m_hex->geometryOfBytes();
    QTest::mouseClick(m_hex->viewport(), Qt::LeftButton, {}, geometry.hexRect(22).center());
    QCOMPARE(m_tree->currentIndex(), field("cluster_bits"));
    QVERIFY(m_tree->viewport()->rect().intersects(m_tree->visualRect(m_tree->currentIndex())));
    QVERIFY(hasText(*m_page, QStringLiteral("cluster_bits")));
}

void TestHeader::keysDoWhatTheMouseDoes()
{
    open(QStringLiteral("plain.qcow2"));
    m_tree->setFocus();
    m_tree->setCurrentIndex(field("magic"));
    QTest::keyClick(m_tree, Qt::Key_Down);
    QCOMPARE(m_hex->selectionStart(), quint64{4});
    m_hex->setFocus();
    for (int i = 0; i < 4; ++i) // from the field's last byte, 7, to 3
        QTest::keyClick(m_hex, Qt::Key_Left);
    QCOMPARE(m_hex->selectionStart(), quint64{3});
    QCOMPARE(m_tree->currentIndex(), field("magic"));
}

void TestHeader::theWholeStructureSelectsAllItsBytes()
{
    open(QStringLiteral("plain.qcow2"));
    m_tree->setCurrentIndex(m_model->index(0, 0));
    const StructureMark& header = m_document->facts().structures.front();
    QCOMPARE(m_hex->selectionStart(), header.at.value);
    QCOMPARE(m_hex->selectionLength(), header.length.value);
}

void TestHeader::hoverFramesBothSidesWithoutScrolling()
{
    open(QStringLiteral("plain.qcow2"));
    QTRY_VERIFY(!m_hex->viewport()->grab().isNull());
    const QImage before = m_hex->viewport()->grab().toImage();
    const quint64 row = m_hex->geometryOfBytes().firstRow;
    const QModelIndex version = field("version");
    QTest::mouseMove(m_tree->viewport(), m_tree->visualRect(version).center());
    QTRY_VERIFY(version.data(StructureModel::HoveredRole).toBool());
    QTRY_VERIFY(m_hex->viewport()->grab().toImage() != before);
    QCOMPARE(m_hex->geometryOfBytes().firstRow, row);
    QTest::mouseMove(m_hex->viewport(), m_hex->geometryOfBytes().hexRect(33).center());
    QTRY_VERIFY(field("crypt_method").data(StructureModel::HoveredRole).toBool());
    QVERIFY(!version.data(StructureModel::HoveredRole).toBool());
}

void TestHeader::linksAreFollowedAndTakenBack()
{
    open(QStringLiteral("plain.qcow2"));
    m_tree->setFocus();
    const QModelIndex link = field("l1_table_offset");
    m_tree->setCurrentIndex(link);
    const auto target = m_model->fieldOf(link)->number;
    QVERIFY(target && *target);
    const Selection before = m_document->selection();
    const QSignalSpy steps(m_document.get(), &ImageDocument::pageRequested);
    QTest::keyClick(m_tree, Qt::Key_Return);
    QCOMPARE(m_hex->selectionStart(), *target);
    QVERIFY(m_hex->viewport()->rect().contains(m_hex->geometryOfBytes().hexRect(*target).center()));
    QCOMPARE(steps.size(), 1); // which the window takes back
    m_document->reveal(PageId::Header, before);
    QCOMPARE(m_hex->selectionStart(), m_model->fieldOf(field("l1_table_offset"))->at.value);
}

void TestHeader::saysWhatIsWrongWithAField()
{
    StructureMark structure;
    structure.name = "Header";
    structure.length = 8_B;
    FieldMark good;
    good.name = "good";
    good.length = 4_B;
    FieldMark bad = good;
    bad.name = "bad";
    bad.at = HostOffset{4};
    bad.verdict = "It is not what it should be.";
    structure.fields = {good, bad};
    StructureModel model;
    model.setContent({{structure}, {}});
    const QModelIndex parent = model.index(0, 0);
    const auto verdict = [&](int row) {
        return model.index(row, StructureModel::VerdictColumn, parent).data().toString();
    };
    QVERIFY(!verdict(1).isEmpty());
    QVERIFY(verdict(0) != verdict(1));
}

void TestHeader::tellsTheOtherPages()
{
    open(QStringLiteral("plain.qcow2"));
    QVERIFY(m_document->selection().isEmpty()); // opening selects nothing
    m_tree->setCurrentIndex(field("size"));
    QCOMPARE(m_document->selection().host, HostOffset{24});
    QCOMPARE(m_document->selection().hostLength, 8_B);
    QCOMPARE(m_document->selection().field, QStringLiteral("size"));
    Selection elsewhere;
    elsewhere.host = HostOffset{36};
    elsewhere.hostLength = 4_B;
    m_document->select(elsewhere);
    QCOMPARE(m_tree->currentIndex(), field("l1_size"));
}

PLATTER_GUI_MAIN(TestHeader)
#include "tst_header.moc"
