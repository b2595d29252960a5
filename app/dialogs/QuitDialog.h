// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/JobQueue.h"

#include <QDialog>

namespace platter::app {

/// What is to become of the jobs when the program is left. Goes by itself when they are done.
class QuitDialog final : public QDialog {
    Q_OBJECT

public:
    enum class Answer { Stay, FinishFirst, StopAndQuit };

    explicit QuitDialog(JobQueue& queue, QWidget* parent = nullptr);

    Answer answer() const { return m_answer; } ///< Stay until another was given

private:
    void give(Answer answer);

    Answer m_answer = Answer::Stay;
};

} // namespace platter::app
