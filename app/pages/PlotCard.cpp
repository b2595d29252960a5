// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/PlotCard.h"

#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"
#include "app/window/Look.h"
#include "app/window/PlainTable.h"

#include <QClipboard>
#include <QFileDialog>
#include <QGuiApplication>
#include <QMenu>
#include <QSaveFile>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace platter::app {

BinsModel::BinsModel(const BinPlot& plot, QObject* parent)
    : QAbstractTableModel(parent)
    , m_plot(plot)
{
}

void BinsModel::refresh()
{
    beginResetModel();
    m_rows = static_cast<int>(m_plot.bins().size());
    endResetModel();
}

int BinsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : m_rows;
}

int BinsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : 2;
}

QVariant BinsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || (role != Qt::DisplayRole && role != Qt::ToolTipRole))
        return {};
    const PlotBin& bin = m_plot.bins()[static_cast<std::size_t>(index.row())];
    return index.column() == 0 ? bin.name : bin.words;
}

QVariant BinsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    return section == 0 ? m_plot.xAxis->label() : m_plot.yAxis->label();
}

PlotCard::PlotCard(
    const QString& title, BinPlot::Shape shape, BinPlot::Scale scale, QWidget* parent)
    : QWidget(parent)
    , m_title(title)
    , m_plot(new BinPlot(shape, scale))
    , m_model(new BinsModel(*m_plot, this))
    , m_faces(new QStackedWidget)
    , m_switch(new ActionButton(tr("Show as table")))
    , m_save(new ActionButton(tr("Save…")))
    , m_note(new TextLabel(TextLabel::Rank::Second))
    , m_problem(new TextLabel(TextLabel::Rank::Second))
{
    m_plot->setAccessibleName(title);
    auto* table = new PlainTable(PlainTable::Height::FillsPage);
    table->setModel(m_model);
    table->setAccessibleName(title);
    m_faces->addWidget(m_plot);
    m_faces->addWidget(table);

    auto* name = new TextLabel(TextLabel::Rank::Heading, title);
    name->setWordWrap(true);
    m_switch->setLook(ActionButton::Look::Link);
    m_save->setLook(ActionButton::Look::Link);
    m_save->setAccessibleName(tr("Save %1").arg(title));
    m_note->setWordWrap(true);
    m_note->hide();
    m_problem->setToken(Token::ProblemText);
    m_problem->setWordWrap(true);
    m_problem->hide();
    auto* head = new QHBoxLayout;
    head->setSpacing(gap);
    head->addWidget(name, 1);
    head->addWidget(m_switch);
    head->addWidget(m_save);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(smallGap);
    column->addLayout(head);
    column->addWidget(m_note);
    column->addWidget(m_problem);
    column->addWidget(m_faces, 1);

    connect(m_switch, &ActionButton::clicked, this,
        [this] { show(face() == Face::Plot ? Face::Table : Face::Plot); });
    connect(m_save, &ActionButton::clicked, this, [this] {
        makeMenu()->popup(m_save->mapToGlobal(QPoint{0, m_save->height()}));
    });
    connect(
        m_plot, &BinPlot::menuRequested, this, [this](const QPoint& at) { makeMenu()->popup(at); });
    show(Face::Plot);
}

void PlotCard::setBins(std::vector<PlotBin> bins)
{
    m_plot->setBins(std::move(bins));
    m_model->refresh();
}

QString PlotCard::csv() const
{
    return m_plot->csv(m_plot->xAxis->label(), m_plot->yAxis->label());
}

void PlotCard::setNote(const QString& note)
{
    m_note->setText(note);
    m_note->setVisible(!note.isEmpty());
    m_plot->setAccessibleDescription(note);
}

void PlotCard::setStandIn(QWidget* widget)
{
    m_standIn = widget;
    m_faces->addWidget(widget);
}

PlotCard::Face PlotCard::face() const
{
    return m_faces->currentWidget() == m_plot   ? Face::Plot
        : m_faces->currentWidget() == m_standIn ? Face::StandIn
                                                : Face::Table;
}

void PlotCard::show(Face face)
{
    if (face == Face::StandIn)
        m_faces->setCurrentWidget(m_standIn);
    else
        m_faces->setCurrentIndex(face == Face::Plot ? 0 : 1);
    m_switch->setText(face == Face::Table ? tr("Show as plot") : tr("Show as table"));
    m_switch->setAccessibleName(face == Face::Table ? tr("Show %1 as plot").arg(m_title)
                                                    : tr("Show %1 as table").arg(m_title));
    m_switch->setVisible(face != Face::StandIn);
    m_save->setVisible(face != Face::StandIn);
}

QMenu* PlotCard::makeMenu()
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(m_switch->text(), m_switch, &ActionButton::click);
    menu->addSeparator();
    menu->addAction(tr("Save picture…"), this, &PlotCard::savePicture);
    menu->addAction(tr("Save as CSV…"), this, &PlotCard::saveTable);
    menu->addAction(
        tr("Copy as CSV"), this, [this] { QGuiApplication::clipboard()->setText(csv()); });
    return menu;
}

void PlotCard::say(const QString& problem)
{
    m_problem->setText(problem);
    m_problem->setVisible(!problem.isEmpty());
}

void PlotCard::savePicture()
{
    auto* dialog = new QFileDialog(this, tr("Save picture"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters(
        {tr("PNG picture (*.png)"), tr("SVG drawing (*.svg)"), tr("PDF document (*.pdf)")});
    dialog->setDefaultSuffix(QStringLiteral("png"));
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& filter) {
        dialog->setDefaultSuffix(filter.section(QLatin1Char('.'), -1).chopped(1));
    });
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        say(m_plot->writePicture(path)
                ? QString()
                : tr("The picture was not saved. “%1” cannot be written. Choose another folder.")
                      .arg(shownText(path.toStdString())));
    });
    dialog->open();
}

void PlotCard::saveTable()
{
    auto* dialog = new QFileDialog(this, tr("Save as CSV"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters({tr("Comma separated values (*.csv)")});
    dialog->setDefaultSuffix(QStringLiteral("csv"));
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        QSaveFile file{path};
        const QByteArray text = csv().toUtf8();
        const bool saved
            = file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.commit();
        say(saved ? QString()
                  : tr("The table was not saved. %1. Choose another folder.")
                        .arg(file.errorString()));
    });
    dialog->open();
}

} // namespace platter::app
