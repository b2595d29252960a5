// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"
#include "app/pages/HexLabeler.h"
#include "app/pages/PageCommands.h"

#include <QWidget>

#include <memory>

class QLineEdit;
class QSplitter;
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
class HexCopier;
class SegmentSwitch;
class TextLabel;

/// The bytes of the image file or of the guest disk: every byte is named, values are read, bytes
/// and texts are found.
class HexPage final : public QWidget, public PageCommands {
    Q_OBJECT

public:
    explicit HexPage(ImageDocument& document, QWidget* parent = nullptr);
    ~HexPage() override;

    using Space = ByteView;
    Space space() const { return m_space; }
    void showSpace(Space space);
    HexCopier* copier() const { return m_copier; }

    bool showCopyMenu() override;
    bool canFind() const override { return m_bytes != nullptr; }
    void startFind() override;
    void findNext(int direction) override;
    QVariantMap savedView() const override; ///< the width of the panel, if it was chosen
    void restoreView(const QVariantMap& view) override;

signals:
    void commandsChanged(); ///< canFind() may answer otherwise

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* makeTools();
    QWidget* makeBytes();
    void connectParts();
    void connectFinder();
    void fitPanel();
    void refresh();
    void openSpace();
    QString whyNoGuestBytes() const;
    void requestLabels();
    void inspect();
    void tellSelection(quint64 offset, quint64 length);
    void follow(const Selection& selection);
    void followPointer();
    void goTo();
    void goToHost(quint64 offset);
    void goToGuest(quint64 offset);
    void find(const FindPattern& pattern, FindDirection direction);
    void showMenu(const QPoint& place);

    ImageDocument& m_document;
    SegmentSwitch* m_switch;
    TextLabel* m_place;
    QLineEdit* m_goTo;
    QStackedWidget* m_stack;
    QSplitter* m_splitter;
    TextLabel* m_missing;
    HexView* m_hex;
    ByteInspector* m_inspector;
    FindBar* m_findBar;
    HexLabeler* m_labels;
    HexCopier* m_copier;
    std::shared_ptr<FileBytes> m_bytes;
    Space m_space = Space::File;
    int m_panelWidth = 0; ///< pixels, as the user chose; 0: not chosen
    quint64 m_findLength = 0; ///< bytes that the running search goes through
    QString m_news; ///< about the bytes selected now; empty: none
    bool m_following = false; ///< the selection is being taken over from the document
    JobRunner m_finder;
};

} // namespace platter::app
