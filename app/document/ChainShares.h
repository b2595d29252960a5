// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "core/operations/ChainShare.h"

#include <QTimer>

namespace platter::app {

/// What the files of a chain hold, as far as it was read.
struct ChainFacts {
    ChainShare share; ///< of the layers that are open, this image first
    std::vector<Bytes> onDisk; ///< what the file system has allocated for each of these
    bool complete = false; ///< the whole disk was examined
    bool changedMeanwhile = false; ///< a file was written while it was read
};

/// Adds up on a worker which file of the document's chain serves how much of the guest's disk.
///
/// Reads when somebody wants it, and again when image or chain change. All functions belong to the
/// GUI thread and return at once.
class ChainShares final : public QObject {
    Q_OBJECT

public:
    explicit ChainShares(ImageDocument& document, QObject* parent = nullptr);
    ~ChainShares() override;

    /// nullptr: nothing was read yet.
    const std::shared_ptr<const ChainFacts>& facts() const { return m_facts; }
    /// Why reading ended early; empty unless it did.
    const QString& problem() const { return m_problem; }
    bool isRunning() const { return m_runner->isRunning(); }

    /// Reads unless it was read, is being read or could not be.
    void want();

signals:
    void changed(); ///< more is known, or nothing of what was

private:
    struct Feed; ///< what the worker has published
    void forget();
    void takeFeed();

    ImageDocument& m_document;
    JobRunner* m_runner;
    QTimer m_feedTimer;
    std::shared_ptr<Feed> m_feed;
    std::shared_ptr<const ChainFacts> m_facts;
    QString m_problem;
    bool m_wanted = false;
};

} // namespace platter::app
