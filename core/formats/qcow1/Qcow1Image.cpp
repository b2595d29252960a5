// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/qcow1/Qcow1Image.h"

#include "core/base/Text.h"
#include "core/crypto/LegacyAes.h"
#include "core/formats/qcow1/Findings.h"
#include "core/formats/qcow1/HostScan.h"

#include <algorithm>

namespace platter {

namespace qcow1 {

    Qcow1Image::Qcow1Image(std::shared_ptr<const ByteFile> opened)
        : Image(std::move(opened))
        , m_header(readHeader(file()))
        , m_backingName(readBackingName(file(), m_header))
        , m_mapping(sharedFile(), m_header)
    {
    }

    QuickLook Qcow1Image::quickLook() const
    {
        QuickLook look;
        const auto add
            = [&](const FindingKind& kind, HostOffset at, std::vector<std::string> arguments) {
                  look.findings.push_back({&kind, at, {}, {}, std::move(arguments)});
              };
        if (m_header.size.value % 512)
            add(sizeRounded, placeOfField("size"), {std::to_string(m_header.size.value)});
        if (!m_backingName.empty() && m_header.backingFileOffset.value < headerLength.value)
            add(nameInHeader, m_header.backingFileOffset,
                {hexText(m_header.backingFileOffset.value)});

        const std::uint64_t fileSize = file().size().value;
        const HostOffset l1 = m_header.l1TableOffset;
        if ((l1 + m_header.l1Bytes()).value > fileSize)
            add(l1PastEnd, l1, {hexText(l1.value)});
        // A first look: the first entries only, so that opening stays quick.
        constexpr std::uint64_t enough = 8192;
        std::vector<std::byte> entries(std::min(m_header.l1Entries(), enough) * 8);
        file().readPadded(l1, entries);
        constexpr std::size_t examples = 100;
        for (std::size_t i = 0; i < entries.size() / 8 && look.findings.size() < examples; ++i) {
            const HostOffset table{loadBig<std::uint64_t>(entries.data() + i * 8)};
            const HostOffset at = l1 + Bytes{i * 8};
            if (table.value == 0)
                continue;
            if (table.value > (~std::uint64_t{0} >> 1) - m_header.tableBytes().value)
                add(l1Unusable, at, {std::to_string(i), hexText(table.value)});
            else if ((table + m_header.tableBytes()).value > fileSize)
                add(l2TablePastEnd, at, {std::to_string(i), hexText(table.value)});
        }
        return look;
    }

    std::optional<NamedFile> Qcow1Image::backingFile() const
    {
        if (m_backingName.empty())
            return {};
        return NamedFile{NamedFile::Role::Backing, m_backingName, std::nullopt};
    }

    std::optional<EncryptionInfo> Qcow1Image::encryption() const
    {
        if (!isEncrypted())
            return {};
        return EncryptionInfo{"aes", m_cipher == nullptr, std::nullopt};
    }

    void Qcow1Image::unlock(std::string_view passphrase, const JobControl& job)
    {
        if (isEncrypted())
            m_cipher = makeLegacyAes(passphrase);
        else
            Image::unlock(passphrase, job);
    }

    void Qcow1Image::unlockLike(const Image& before)
    {
        if (const auto* other = dynamic_cast<const Qcow1Image*>(&before); other && isEncrypted())
            m_cipher = other->m_cipher;
    }

    const SectorCipher* Qcow1Image::cipher() const
    {
        if (isEncrypted() && !m_cipher)
            throw PassphraseError("The guest data is encrypted; a passphrase is needed.");
        return m_cipher.get();
    }

    std::vector<HostRange> Qcow1Image::fileOutline() const
    {
        return orderedOutline(
            {{HostOffset{0}, headerLength, HostUse::Header, {}},
                {m_header.l1TableOffset, m_header.l1Bytes(), HostUse::L1Table, {}}},
            Bytes{512}, file().size()); // tables are not aligned to clusters
    }

    std::vector<StructureMark> Qcow1Image::describe() const
    {
        std::vector<StructureMark> marks{describeHeader(file())};
        if (!m_backingName.empty()) {
            StructureMark mark;
            mark.name = "Backing file name";
            mark.at = m_header.backingFileOffset;
            mark.length = Bytes{m_header.backingFileSize};
            mark.note = PLATTER_TEXT(
                "Field", "The image reads from this file what it does not hold itself.");
            FieldMark field;
            field.name = "backing file name";
            field.at = mark.at;
            field.length = mark.length;
            field.display = Display::Text;
            field.value = m_backingName;
            field.meaning = mark.note;
            mark.fields.push_back(std::move(field));
            marks.push_back(std::move(mark));
        }
        StructureMark l1;
        l1.name = "L1 table";
        l1.at = m_header.l1TableOffset;
        l1.length = m_header.l1Bytes();
        l1.note = PLATTER_TEXT("Field", "Names the L2 tables, each of which maps a guest range.");
        marks.push_back(std::move(l1));
        return marks;
    }

    void Qcow1Image::scanHost(const HostSink& sink, const JobControl& job) const
    {
        scanHostRanges(file(), m_header, m_mapping, sink, job);
    }

} // namespace qcow1

std::unique_ptr<Image> openQcow1(std::shared_ptr<const ByteFile> file)
{
    return std::make_unique<qcow1::Qcow1Image>(std::move(file));
}

} // namespace platter
