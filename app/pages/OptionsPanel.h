// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ConversionDraft.h"

#include <QWidget>

#include <map>

class QCheckBox;
class QComboBox;
class QGridLayout;

namespace platter::app {

class SearchBox;
class TextLabel;

/// Every option of a conversion, each with the reason why it cannot be chosen beside the others.
class OptionsPanel final : public QWidget {
    Q_OBJECT

public:
    explicit OptionsPanel(QWidget* parent = nullptr);

    /// Shows a choice for these images.
    void show(const ConversionChoice& choice, const std::vector<ConversionSource>& sources,
        std::size_t images);

signals:
    void chosen(const platter::app::ConversionChoice& choice);

private:
    struct Line {
        QWidget* control = nullptr;
        TextLabel* label = nullptr; ///< nullptr: the control says its name
        TextLabel* reason = nullptr;
    };

    QComboBox* addChoice(ConversionOption option, const QString& name, const QStringList& texts);
    QCheckBox* addTick(ConversionOption option, const QString& name);
    void addLine(ConversionOption option, Line line);
    void take();
    void fillSources();

    ConversionChoice m_choice;
    std::vector<ConversionSource> m_sources;
    bool m_showing = false;
    QGridLayout* m_grid;
    std::map<ConversionOption, Line> m_lines;
    QCheckBox* m_compress;
    QComboBox* m_codec;
    QComboBox* m_level;
    QComboBox* m_clusterSize;
    QComboBox* m_version;
    QComboBox* m_refcountBits;
    QComboBox* m_extendedL2;
    QComboBox* m_lazyRefcounts;
    QComboBox* m_preallocation;
    QComboBox* m_fixed;
    SearchBox* m_state;
    class States;
    States* m_states;
    QCheckBox* m_keepSnapshots;
    QCheckBox* m_keepBitmaps;
    QCheckBox* m_keepEncryption;
    QComboBox* m_keepBacking;
    QCheckBox* m_verify;
};

} // namespace platter::app
