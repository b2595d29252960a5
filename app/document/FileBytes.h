// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/jobs/JobRunner.h"
#include "core/disk/ByteSpace.h"
#include "widgets/hexview/HexSource.h"

#include <QObject>

#include <map>
#include <memory>
#include <set>
#include <vector>

namespace platter::app {

/// The bytes of an image file or a guest disk for a hex view: pages are read on a worker and a few
/// of them kept, as is which stretches are zeros.
class FileBytes final : public QObject, public HexSource {
    Q_OBJECT

public:
    FileBytes(std::shared_ptr<const ByteSpace> space, Bytes size);
    ~FileBytes() override;

    quint64 size() const override { return m_size.value; }
    bool tryRead(quint64 offset, std::span<std::byte> into) override;
    std::optional<HexZeros> zerosAround(quint64 offset) const override;
    const std::shared_ptr<const ByteSpace>& space() const { return m_space; }
    /// Why the last page could not be read; empty: it could.
    const QString& problem() const { return m_problem; }

signals:
    void arrived(); ///< more bytes are here than before

private:
    static constexpr quint64 pageSize = 64 * 1024;
    static constexpr std::size_t mostPages = 64; // 4 MiB
    static constexpr std::size_t mostZeros = 65536; // known stretches

    struct Page {
        std::vector<std::byte> bytes;
        std::vector<HexZeros> zeros; ///< stretches that touch the page, by rising place
        ErrorText problem;
    };
    static Page readPage(
        const ByteSpace& space, quint64 size, quint64 index, const JobControl& job);
    void fetchNext();
    void keep(quint64 index, Page page);

    std::shared_ptr<const ByteSpace> m_space;
    Bytes m_size;
    std::map<quint64, std::vector<std::byte>>
        m_pages; ///< by index; an empty page could not be read
    std::vector<quint64> m_order; ///< oldest first
    std::map<quint64, quint64> m_zeros; ///< start to end, apart from each other
    std::set<quint64> m_wanted;
    QString m_problem;
    JobRunner m_runner;
};

} // namespace platter::app
