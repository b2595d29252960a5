// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "core/operations/Compare.h"

#include <memory>
#include <optional>

namespace platter::app {

/// Opens a second image and compares what its guest reads with what the guest of a document's image
/// reads, on a worker. Starts by itself once nothing stands in the way.
///
/// All functions belong to the GUI thread and return at once.
class DiskComparison final : public QObject {
    Q_OBJECT

public:
    DiskComparison(
        ImageDocument& first, const std::filesystem::path& second, QObject* parent = nullptr);
    ~DiskComparison() override;

    const ImageDocument& first() const { return m_first; }
    ImageDocument& second() { return *m_second; }

    bool isRunning() const { return m_runner->isRunning(); }
    int permille() const { return m_runner->permille(); }
    /// Nothing until the comparison has ended.
    const std::optional<CompareResult>& result() const { return m_result; }
    /// Whether one of the disks may have changed while it was read.
    bool isMixed() const { return m_mixed; }
    /// What the comparison has found, or why it has not, as sentences; empty while it goes on.
    QString words() const;

public slots:
    void stop();
    void compareAgain();

signals:
    void changed();

private:
    struct Compared;
    void startWhenReady();

    ImageDocument& m_first;
    ImageDocument* m_second;
    JobRunner* m_runner;
    std::optional<CompareResult> m_result;
    bool m_mixed = false;
    bool m_begun = false;
    QString m_problem;
};

} // namespace platter::app
