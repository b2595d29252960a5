// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/JobRunner.h"
#include "core/disk/ByteSpace.h"

#include <QObject>

#include <memory>

class QMenu;

namespace platter::app {

/// Bytes that are selected, and what they are called.
struct SelectedBytes {
    std::shared_ptr<const ByteSpace> space; ///< nullptr: nothing is shown
    quint64 start = 0;
    quint64 length = 0; ///< 0: nothing is selected
    QString name; ///< "Header, magic"; empty: not known
};

/// Puts selected bytes of the Hex page on the clipboard or into a file. Reading is a worker's.
class HexCopier final : public QObject {
    Q_OBJECT

public:
    enum class Form { Hex, CArray, Text, Base64, Json };
    static constexpr quint64 mostCopied = 1024 * 1024; ///< bytes; more text than that helps nobody

    /// @param selected  what is selected now
    HexCopier(std::function<SelectedBytes()> selected, QWidget* parent);

    JobRunner* runner() { return &m_runner; }
    /// Adds all that can be done with what is selected.
    void fill(QMenu& menu);
    void copy(Form form);
    /// Writes all that is selected; saved() or failed() follows.
    void save(const QString& path);

signals:
    void saved(const QString& path);
    void failed(const QString& why);

private:
    void chooseFile();

    std::function<SelectedBytes()> m_selected;
    QWidget* m_page;
    JobRunner m_runner;
};

} // namespace platter::app
