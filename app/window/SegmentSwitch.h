// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QButtonGroup;

namespace platter::app {

/// Two or more choices side by side of which one holds.
class SegmentSwitch final : public QWidget {
    Q_OBJECT

public:
    explicit SegmentSwitch(const QStringList& choices, QWidget* parent = nullptr);

    int current() const;
    void setCurrent(int index);

signals:
    /// The user chose.
    void chosen(int index);

private:
    QButtonGroup* m_group;
};

} // namespace platter::app
