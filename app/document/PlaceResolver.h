// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"

#include <QTimer>

namespace platter::app {

/// A selected place in every address space where it has one.
struct ResolvedPlace {
    std::optional<HostOffset> host; ///< of its first byte in the image file
    QString structure; ///< what lies there: "L2 table 3, entry 12", "Guest data"
    QString entry; ///< the table entry that leads there: "L2 table 3, entry 12"
    std::optional<GuestOffset> guest;
    QString nowhere; ///< why there is no place in the image file: "not allocated"

    bool operator==(const ResolvedPlace&) const = default;
};

/// Looks a selection up in the tables of the image of `labels`: a place of the file becomes
/// structure and guest offset, a guest offset the entry that tells of it and the place of its data.
/// For workers: may read all metadata once. Throws IoError, FormatError, Cancelled.
ResolvedPlace resolvePlace(
    const Selection& selection, const HostLabels& labels, const JobControl& job);

/// Resolves what is selected in a document on a worker, each time that it changes.
class PlaceResolver final : public QObject {
    Q_OBJECT

public:
    explicit PlaceResolver(ImageDocument& document, QObject* parent = nullptr);

    /// What is known: at least what the selection itself says.
    const ResolvedPlace& place() const { return m_place; }
    bool isReading() const { return m_settling.isActive() || m_runner->isRunning(); }

signals:
    void changed(); ///< place() or isReading()

private:
    void take();
    void resolve();

    ImageDocument& m_document;
    JobRunner* m_runner;
    QTimer m_settling;
    ResolvedPlace m_place;
};

} // namespace platter::app
