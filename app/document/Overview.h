// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "app/document/PageId.h"

#include <QString>

#include <vector>

namespace platter::app {

/// How sure one may be of the image.
enum class Health {
    NotChecked, ///< the quick look found nothing
    Suspicious, ///< something was met that contradicts, before any check
    NothingToCheck, ///< the format has no structure that could contradict itself
    Checking,
    Clean,
    Leaks,
    Damaged,
    NotExamined, ///< the check could not be finished
};

/// What the overview says, ready to be shown or printed: plain text, safe to show, translated.
struct Overview {
    struct Number {
        QString caption;
        QString value;
        QString note; ///< a second line; may be empty
        QString exact; ///< for the tooltip; may be empty
    };
    struct SpaceRow {
        SpaceKind kind = SpaceKind::Data;
        QString name;
        Bytes bytes{};
    };
    struct Remark {
        enum class Weight { Note, Warning, Problem };
        Weight weight = Weight::Note;
        QString text;
        std::optional<PageId> page; ///< where more can be seen
        enum class Act { Show, Check, Unlock, ReviewChain };
        Act act = Act::Show; ///< what can be done about it
        bool operator==(const Remark&) const = default;
    };

    QString name;
    QString facts; ///< "QCOW2 version 3 · 64 KiB clusters · ~/vm"
    Health health = Health::NotChecked;
    QString healthTitle;
    QString healthText;
    QString healthHint; ///< where more is told, for whoever is not there; may be empty
    std::vector<Number> numbers; ///< always four: virtual, file length, on disk, in use
    std::vector<SpaceRow> space; ///< only what takes room; empty while it is not known
    /// Why there is no space table, "reading", or why its numbers may not fit each other; empty:
    /// it is there and they do.
    QString spaceProblem;
    std::vector<Remark> remarks; ///< gravest first
};

/// Whether a map of the guest's disk has met entries that lead to no data.
enum class SeenOnMap { NoProblem, Problem };

/// Words for what `document` knows now, and for what a map has shown. Its state must be Ready.
Overview describeOverview(const ImageDocument& document, SeenOnMap seen = SeenOnMap::NoProblem);

/// The same as lines for a terminal or the clipboard.
QString overviewText(const Overview& overview);

} // namespace platter::app
