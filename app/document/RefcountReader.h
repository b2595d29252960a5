// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "core/operations/RefcountSurvey.h"

#include <QTimer>

namespace platter::app {

/// What each part of a file is for, as far as it is kept.
class HostUses {
public:
    static constexpr std::size_t mostRanges = std::size_t{1} << 20; ///< 16 MiB

    /// Takes ranges by rising place.
    void add(const HostRange& range);
    /// Nothing where the file has more ranges than are kept.
    std::optional<HostUse> at(HostOffset place) const;

private:
    struct Start {
        HostOffset at{};
        HostUse use = HostUse::Free;
    };
    std::vector<Start> m_starts;
    HostOffset m_end{};
};

/// Reads stored counts, uses and references of a document's image on workers.
///
/// All functions belong to the GUI thread and return at once.
class RefcountReader final : public QObject {
    Q_OBJECT

public:
    explicit RefcountReader(ImageDocument& document, QObject* parent = nullptr);

    /// The counts of all clusters; nullptr until they are read.
    const std::shared_ptr<const RefcountSurvey>& whole() const { return m_whole; }
    /// The counts of the clusters that the filter lets through; whole() without a filter.
    const std::shared_ptr<const RefcountSurvey>& part() const { return m_part; }
    const RefcountFilter& filter() const { return m_filter; }
    const std::shared_ptr<const HostUses>& uses() const { return m_uses; }
    /// Why reading ended early; empty unless it did.
    const QString& problem() const { return m_problem; }
    bool isRunning() const { return m_surveyor->isRunning(); }

    /// Who refers to the cluster at referencesAt(); nullptr until that is known.
    const std::shared_ptr<const HostReferences>& references() const { return m_references; }
    std::optional<HostOffset> referencesAt() const { return m_referencesAt; }
    const QString& referencesProblem() const { return m_referencesProblem; }

    /// Reads the counts of the whole file unless they are known or being read.
    void want();
    /// Whether something was stopped or failed, and may be tried once more.
    bool canReadAgain() const;
    /// Reads what was stopped or failed.
    void readAgain();
    void setFilter(const RefcountFilter& filter);
    /// Looks for who refers to the cluster at a place, once nobody asked for another for a moment.
    void wantReferences(std::optional<HostOffset> at);

signals:
    void surveyChanged(); ///< whole(), part(), problem() or isRunning()
    void usesChanged();
    void referencesChanged();

private:
    void forget();
    void readPart();
    void readUses();
    void readReferences();
    void fail(const QString& problem);
    void failUses(const QString& why);

    ImageDocument& m_document;
    JobRunner* m_surveyor;
    JobRunner* m_useReader;
    JobRunner* m_referenceReader;
    RefcountFilter m_filter;
    std::shared_ptr<const RefcountSurvey> m_whole;
    std::shared_ptr<const RefcountSurvey> m_part;
    std::shared_ptr<const HostUses> m_uses;
    QString m_problem;
    std::shared_ptr<const HostReferences> m_references;
    std::optional<HostOffset> m_referencesAt;
    QString m_referencesProblem;
    QTimer m_referenceTimer;
};

} // namespace platter::app
