// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/JobRunner.h"
#include "core/edit/EditPlan.h"
#include "core/edit/Undo.h"
#include "core/formats/RepairPlan.h"

#include <QObject>

#include <memory>
#include <optional>
#include <string>

namespace platter::app {

class ImageDocument;

/// The repair of the image of one window: worked out, chosen from, written, taken back.
///
/// All functions belong to the GUI thread and return at once; the image is written on a worker, and
/// only by repair() and takeBack(). Afterwards the document reads and checks it again.
class ImageRepair final : public QObject {
    Q_OBJECT

public:
    explicit ImageRepair(ImageDocument& document);
    ~ImageRepair() override;

    /// What would be done with the present choices. nullptr: nothing was worked out, or it no
    /// longer fits the image.
    const std::shared_ptr<const RepairPlan>& plan() const { return m_plan; }
    Bytes bytesChanged() const { return m_edit ? m_edit->bytesChanged() : Bytes{}; }
    Bytes largestJournal() const { return m_edit ? m_edit->largestJournal() : Bytes{}; }
    /// Name and signature of the file do not agree: a guest can write any signature into a raw
    /// disk, so that the user has to confirm the format.
    bool formatIsDoubtful() const;

    bool isPlanning() const { return m_planner->isRunning(); }
    bool isWriting() const { return m_writer->isRunning(); }
    JobRunner& writer() const { return *m_writer; }
    /// Why the last planning, repair or undo came to nothing; empty: it did not.
    const QString& problem() const { return m_problem; }
    /// What the last repair or undo did, a sentence; empty after the next change of the image.
    const QString& outcome() const { return m_outcome; }

    /// The newest edit that Platter made to the image; nothing: there is none, or it is not known
    /// yet.
    const std::optional<PastEdit>& lastEdit() const { return m_lastEdit; }
    /// An earlier edit stopped halfway: the image may be neither as it was nor as it should become.
    bool isInterrupted() const;
    /// Why takeBack() cannot be done, a sentence; empty: it can.
    QString whyNotTakeBack() const;

    /// Works out a repair. Writes nothing.
    void review();
    /// Takes or leaves a step of the plan, and works it out again.
    void choose(const std::string& step, bool wanted);
    /// Forgets plan and choices, and stops working one out.
    void close();
    /// Writes what the plan says.
    void repair();
    /// Makes the image what it was before its newest edit.
    void takeBack();

signals:
    void changed();

private:
    void start();
    void readEdits();
    void afterWriting(const QString& outcome);

    ImageDocument& m_document;
    RepairOptions m_options;
    std::shared_ptr<const RepairPlan> m_plan;
    std::shared_ptr<const EditPlan> m_edit; ///< of the plan
    QString m_problem;
    QString m_outcome;
    /// The next change of the image is what problem or outcome speak of.
    bool m_keepsWords = false;
    std::optional<PastEdit> m_lastEdit;
    JobRunner* m_planner;
    JobRunner* m_writer;
    JobRunner* m_reader; ///< of the journals
};

} // namespace platter::app
