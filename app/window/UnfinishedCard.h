// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/JobQueue.h"
#include "app/window/Look.h"

namespace platter::app {

class ActionButton;

/// On the start page: the jobs that were not finished when the program ended last time, and what is
/// to become of them. Hides itself without any.
class UnfinishedCard final : public GroundFrame {
    Q_OBJECT

public:
    explicit UnfinishedCard(JobQueue& queue, QWidget* parent = nullptr);

private:
    void refresh();

    JobQueue& m_queue;
    TextLabel* m_heading;
    TextLabel* m_list;
    TextLabel* m_words;
    ActionButton* m_start;
    ActionButton* m_forget;
};

} // namespace platter::app
