// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/Overview.h"
#include "app/window/Look.h"

namespace platter::app {

/// Whether the image is healthy: icon, words, ground; never a colour alone.
class HealthCard final : public GroundFrame {
    Q_OBJECT

public:
    explicit HealthCard(QWidget* parent = nullptr);
    void setOverview(const Overview& overview);

private:
    IconLabel* m_icon;
    TextLabel* m_title;
    TextLabel* m_text;
};

/// One number with its caption and a second line.
class NumberTile final : public GroundFrame {
    Q_OBJECT

public:
    explicit NumberTile(QWidget* parent = nullptr);
    void setNumber(const Overview::Number& number);

private:
    TextLabel* m_caption;
    TextLabel* m_value;
    TextLabel* m_note;
};

/// The file as one bar, a part for each use. The table below it is its legend.
class SpaceBar final : public QWidget {
    Q_OBJECT

public:
    explicit SpaceBar(QWidget* parent = nullptr);
    void setRows(std::vector<Overview::SpaceRow> rows);

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    struct Part {
        int left = 0;
        int width = 0;
    };
    std::vector<Part> parts() const;
    std::vector<Overview::SpaceRow> m_rows;
};

} // namespace platter::app
