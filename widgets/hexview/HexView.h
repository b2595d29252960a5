// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/hexview/HexPainter.h"

#include <QAbstractScrollArea>

#include <memory>
#include <vector>

namespace platter {

/// Bytes in hexadecimal and as characters, read-only, of a source of any size.
///
/// Draws only what is visible and never waits for the source: what is not there yet is shown as
/// dots. Long stretches of zeros are folded into one row, which a click or Enter opens. The
/// selection is a range of bytes with a moving end; mouse and keys do the same.
class HexView final : public QAbstractScrollArea {
    Q_OBJECT

public:
    explicit HexView(QWidget* parent = nullptr);
    ~HexView() override;

    void setSource(std::shared_ptr<HexSource> source);
    /// Marks by rising offset, not overlapping.
    void setMarks(std::vector<HexMark> marks);

    quint64 selectionStart() const;
    quint64 selectionLength() const { return m_hasSelection ? distance() + 1 : 0; }
    /// Selects without telling (no signal) and scrolls there.
    void showSelection(quint64 offset, quint64 length);
    void clearSelection();
    /// Draws a thin frame around a range without scrolling; length 0: none.
    void setHoverFrame(quint64 offset, quint64 length);
    void ensureVisible(quint64 offset);
    quint64 cursor() const { return m_cursor; }
    /// The bytes that are in view, without folded zeros, by rising place.
    std::vector<HexRow> visibleRanges() const;
    /// A row as a screen reader tells it: offset, bytes, what the byte at the cursor is.
    QString rowText(quint64 offset) const;

    const HexGeometry& geometryOfBytes() const { return m_geometry; }
    QSize sizeHint() const override;

public slots:
    /// To be called when the source has more bytes than before.
    void dataArrived();

signals:
    /// The user selected; length is at least 1.
    void selectionChanged(quint64 offset, quint64 length);
    void byteHovered(quint64 offset);
    void hoverLeft();
    void activated(quint64 offset); ///< Enter or a double click on a byte
    void viewChanged(); ///< other bytes came into view

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;

private:
    void updateGeometryOfBytes();
    void updateScrollBar();
    quint64 distance() const
    {
        return m_cursor > m_anchor ? m_cursor - m_anchor : m_anchor - m_cursor;
    }
    int visibleRows() const;
    std::optional<HexRow> foldAt(quint64 offset) const;
    HexRow rowAt(quint64 offset) const;
    std::optional<HexRow> rowBefore(quint64 start) const;
    void layOut();
    void setTop(quint64 offset);
    void scrollRows(int rows);
    void openFold(const HexRow& fold);
    bool openFoldAt(quint64 offset);
    quint64 sameColumn(const HexRow& row) const;
    void moveCursor(quint64 to, Qt::KeyboardModifiers modifiers);
    void copySelection();

    std::shared_ptr<HexSource> m_source;
    std::vector<HexMark> m_marks;
    HexGeometry m_geometry;
    quint64 m_rowsPerStep
        = 1; ///< rows that one step of the scroll bar stands for: its range is an int
    std::vector<HexRow> m_opened; ///< stretches of zeros that the user wants to see
    int m_wheelRest = 0; ///< of the wheel's turn, less than a row
    bool m_hasSelection = false;
    bool m_keepOpen = false; ///< what is selected was asked for, so that no fold may hide it
    quint64 m_anchor = 0;
    quint64 m_cursor = 0;
    quint64 m_hoverOffset = 0;
    quint64 m_hoverLength = 0;
};

} // namespace platter
