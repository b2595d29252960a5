// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/BinPlot.h"

#include <QAbstractTableModel>
#include <QWidget>

class QMenu;
class QStackedWidget;

namespace platter::app {

class ActionButton;
class TextLabel;

/// The bins of a plot as a table of names and values.
class BinsModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    explicit BinsModel(const BinPlot& plot, QObject* parent = nullptr);

    void refresh();
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    const BinPlot& m_plot;
    int m_rows = 0;
};

/// A plot with its name; can show itself as a table and be saved.
class PlotCard final : public QWidget {
    Q_OBJECT

public:
    PlotCard(const QString& title, BinPlot::Shape shape, BinPlot::Scale scale,
        QWidget* parent = nullptr);

    BinPlot& plot() const { return *m_plot; }
    /// Puts bins into plot and table.
    void setBins(std::vector<PlotBin> bins);
    QString csv() const; ///< the bins, with the axes as head
    /// Words under the name that the plot needs to be read rightly; empty: none.
    void setNote(const QString& note);
    /// Shows another widget instead of the plot: what is needed before there is one. The card owns
    /// it.
    void setStandIn(QWidget* widget);
    enum class Face { Plot, Table, StandIn };
    void show(Face face);
    Face face() const;

private:
    QMenu* makeMenu();
    void savePicture();
    void saveTable();
    void say(const QString& problem);

    QString m_title;
    BinPlot* m_plot;
    BinsModel* m_model;
    QStackedWidget* m_faces;
    ActionButton* m_switch;
    ActionButton* m_save;
    TextLabel* m_note;
    TextLabel* m_problem;
    QWidget* m_standIn = nullptr;
};

} // namespace platter::app
