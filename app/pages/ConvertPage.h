// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ConversionList.h"

#include <QScrollArea>

namespace platter::app {

class ActionButton;
class ConvertTargets;
class GroundFrame;
class JobQueue;
class OptionsPanel;
class PresetBar;
class ScrolledContent;
class SegmentSwitch;
class TextLabel;

/// Converts the image of the window, or several images together: to which format, where, go.
class ConvertPage final : public QScrollArea {
    Q_OBJECT

public:
    ConvertPage(ImageDocument& document, JobQueue& jobs, QWidget* parent = nullptr);

    ConversionList& list() { return m_list; }
    /// Puts images into the list; those that were there by themselves go.
    void take(const QStringList& paths);
    /// Adds images to the list.
    void join(const QStringList& paths);
    QString formatName() const; ///< of what is made: "QCOW2"
    /// Why it cannot start; empty: it can.
    QString whyNotStart() const { return m_list.whyNotStart(); }
    void start();
    bool showsOptions() const;
    void showOptions(bool shown);

signals:
    void startable(); ///< whyNotStart() may say something else now

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    void order(std::vector<ConversionOrder> orders);
    QWidget* makeGo();
    void refresh();
    void refreshNotes();
    QString expectation() const;
    void takeNames();
    void tellLeftOut(int count);

    ImageDocument& m_document;
    JobQueue& m_jobs;
    ConversionList m_list;
    std::vector<std::string> m_formats; ///< ids, in the order of the chips
    SegmentSwitch* m_format;
    TextLabel* m_formatWords;
    PresetBar* m_presets;
    ConvertTargets* m_targets;
    GroundFrame* m_notes;
    TextLabel* m_notesOf;
    TextLabel* m_obstacle;
    TextLabel* m_warnings;
    ActionButton* m_act;
    ActionButton* m_go;
    TextLabel* m_expected;
    TextLabel* m_done; ///< what became of the last start
    ActionButton* m_more;
    OptionsPanel* m_options;
    ScrolledContent* m_content;
};

} // namespace platter::app
