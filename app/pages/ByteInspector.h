// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "app/window/Look.h"
#include "core/formats/HostLabels.h"

namespace platter::app {

class ActionButton;
class ByteValuesModel;

/// What the byte under the cursor of the Hex page is, where it leads, and what it means as a value.
class ByteInspector final : public QWidget {
    Q_OBJECT

public:
    explicit ByteInspector(QWidget* parent = nullptr);

    /// nullptr: nothing is known of the byte (yet).
    void setLabel(const HostLabel* label);
    void setBytes(std::vector<std::byte> bytes);

    /// What a label says in one line: "L2 table 3, entry 12".
    static QString nameOf(const HostLabel& label);
    /// Where the field of a label points, or what names its bytes.
    static std::optional<HostOffset> targetOf(const HostLabel& label);

signals:
    void hostWanted(quint64 offset); ///< a link into the file was chosen
    void guestWanted(quint64 offset); ///< a link into the guest disk was chosen

private:
    TextLabel* m_name;
    TextLabel* m_value;
    TextLabel* m_meaning;
    TextLabel* m_verdict;
    ActionButton* m_target;
    ActionButton* m_entry;
    ActionButton* m_guest;
    ByteValuesModel* m_values;
    std::optional<HostOffset> m_targetAt;
    std::optional<HostOffset> m_entryAt;
    std::optional<GuestOffset> m_guestAt;
};

} // namespace platter::app
