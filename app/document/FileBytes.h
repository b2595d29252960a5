// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/JobRunner.h"
#include "core/formats/Image.h"
#include "widgets/hexview/HexSource.h"

#include <QObject>

#include <map>
#include <memory>
#include <set>
#include <vector>

namespace platter::app {

/// The bytes of an image file for a hex view: pages are read on a worker and a few of them kept.
class FileBytes final : public QObject, public HexSource {
    Q_OBJECT

public:
    explicit FileBytes(std::shared_ptr<const Image> image, Bytes size);
    ~FileBytes() override;

    quint64 size() const override { return m_size.value; }
    bool tryRead(quint64 offset, std::span<std::byte> into) override;

signals:
    void arrived(); ///< more bytes are here than before

private:
    static constexpr quint64 pageSize = 64 * 1024;
    static constexpr std::size_t mostPages = 64; // 4 MiB

    void fetchNext();

    std::shared_ptr<const Image> m_image;
    Bytes m_size;
    std::map<quint64, std::vector<std::byte>>
        m_pages; ///< by index; an empty page could not be read
    std::vector<quint64> m_order; ///< oldest first
    std::set<quint64> m_wanted;
    JobRunner m_runner;
};

} // namespace platter::app
