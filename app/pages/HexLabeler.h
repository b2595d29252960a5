// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "core/formats/HostLabels.h"
#include "widgets/hexview/HexGeometry.h"
#include "widgets/hexview/HexView.h"

namespace platter::app {

/// What the Hex page shows the bytes of.
enum class ByteView { File, Guest };

/// Says of the bytes that the Hex page shows what they are; finds it out on a worker.
class HexLabeler final : public QObject {
    Q_OBJECT

public:
    explicit HexLabeler(QObject* parent = nullptr);

    /// Where the names of an image's bytes come from; nullptr: there is no image. Forgets what was
    /// asked.
    void setSource(std::shared_ptr<const HostLabels> source);
    /// Of which bytes names are wanted from now on; forgets what was asked.
    void setView(ByteView view, std::optional<BackingChain> chain);
    /// Names these bytes; changed() follows. Of several questions while one is answered the last
    /// counts.
    void want(std::vector<HexRow> ranges);

    /// Of the bytes that were asked for last, by rising place.
    const std::vector<HostLabel>& labels() const { return m_labels; }
    const HostLabel* at(quint64 offset) const;
    /// The same, with the guest byte and the place in the file of exactly this byte.
    std::optional<HostLabel> exactlyAt(quint64 offset) const;
    std::vector<HexMark> marks() const;

signals:
    void changed();

private:
    void start(const std::vector<HexRow>& ranges);
    void take(std::vector<HostLabel> labels);

    ByteView m_view = ByteView::File;
    std::optional<BackingChain> m_chain;
    std::shared_ptr<const HostLabels> m_source;
    std::vector<HostLabel> m_labels;
    std::optional<std::vector<HexRow>> m_next; ///< asked for while another question is answered
    JobRunner m_runner;
};

} // namespace platter::app
