// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "app/pages/PageCommands.h"
#include "core/formats/HostLabels.h"

#include <QWidget>

#include <memory>
#include <vector>

class QStackedWidget;

namespace platter {
class HexView;
struct FindPattern;
enum class FindDirection;
}

namespace platter::app {

class ByteInspector;
class FileBytes;
class FindBar;
class SegmentSwitch;
class TextLabel;

/// The bytes of the image file or of the guest disk: every byte is named, values are read, bytes
/// and texts are found.
class HexPage final : public QWidget, public PageCommands {
    Q_OBJECT

public:
    explicit HexPage(ImageDocument& document, QWidget* parent = nullptr);
    ~HexPage() override;

    enum class Space { File, Guest };
    Space space() const { return m_space; }
    void showSpace(Space space);

    bool showCopyMenu() override;
    bool canFind() const override { return true; }
    void startFind() override;
    void findNext(int direction) override;

protected:
    void showEvent(QShowEvent* event) override;

private:
    void refresh();
    void openSpace();
    QString whyNoGuestBytes() const;
    void requestLabels();
    void showLabels(std::vector<HostLabel> labels);
    void inspect();
    const HostLabel* labelAt(quint64 offset) const;
    void tellSelection(quint64 offset, quint64 length);
    void follow(const Selection& selection);
    void followPointer();
    void goToHost(quint64 offset);
    void goToGuest(quint64 offset);
    void find(const FindPattern& pattern, FindDirection direction);
    void showMenu(const QPoint& place);
    enum class CopyForm { Hex, CArray, Text, Base64, Json };
    void copySelection(CopyForm form);
    void saveSelection();

    ImageDocument& m_document;
    SegmentSwitch* m_switch;
    TextLabel* m_place;
    QStackedWidget* m_stack;
    TextLabel* m_missing;
    HexView* m_hex;
    ByteInspector* m_inspector;
    FindBar* m_findBar;
    std::shared_ptr<FileBytes> m_bytes;
    std::shared_ptr<const HostLabels> m_labels;
    std::vector<HostLabel> m_shownLabels; ///< of the bytes in view, by rising place
    Space m_space = Space::File;
    bool m_labelsAgain = false; ///< other bytes came into view meanwhile
    bool m_following = false; ///< the selection is being taken over from the document
    JobRunner m_labeler;
    JobRunner m_finder;
    JobRunner m_copier;
};

} // namespace platter::app
