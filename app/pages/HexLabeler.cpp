// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/HexLabeler.h"

#include "app/pages/ByteInspector.h"
#include "app/text/CoreText.h"
#include "core/disk/VirtualDisk.h"

#include <algorithm>
#include <utility>

namespace platter::app {

namespace {

    /// What serves a stretch of the guest disk, in the form of a label of the file.
    std::vector<HostLabel> guestLabels(
        const VirtualDisk& disk, const std::vector<HexRow>& ranges, const JobControl& job)
    {
        std::vector<HostLabel> labels;
        for (const HexRow& range : ranges) {
            disk.scan(
                GuestOffset{range.start}, Bytes{range.end - range.start},
                [&](const LayeredExtent& layered) {
                    const Extent& extent = layered.extent;
                    HostLabel label;
                    label.start = HostOffset{extent.start.value};
                    label.length = extent.length;
                    label.guest = extent.start;
                    switch (extent.kind) {
                    case ExtentKind::Data: label.use = HostUse::Data; break;
                    case ExtentKind::Compressed: label.use = HostUse::Compressed; break;
                    case ExtentKind::ZeroAllocated: label.use = HostUse::ZeroAllocated; break;
                    case ExtentKind::Damaged: label.use = HostUse::Problem; break;
                    default: label.use = HostUse::Free; break;
                    }
                    // Bytes of a backing file have no place in this one.
                    if (layered.layer == 0
                        && (extent.kind == ExtentKind::Data || extent.kind == ExtentKind::Compressed
                            || extent.kind == ExtentKind::ZeroAllocated)) {
                        FieldMark place;
                        place.target = extent.host;
                        place.at = label.start;
                        place.length = label.length;
                        label.field = place;
                    }
                    labels.push_back(std::move(label));
                },
                JobControl{job.stop, {}});
        }
        return labels;
    }

} // namespace

HexLabeler::HexLabeler(QObject* parent)
    : QObject(parent)
    , m_runner(tr("Naming bytes"))
{
    connect(&m_runner, &JobRunner::ended, this, [this] {
        if (const auto next = std::exchange(m_next, std::nullopt))
            start(*next);
    });
}

void HexLabeler::setSource(std::shared_ptr<const HostLabels> source)
{
    setView(m_view, std::nullopt);
    m_source = std::move(source);
}

void HexLabeler::setView(ByteView view, std::optional<BackingChain> chain)
{
    m_runner.drop();
    m_next.reset();
    m_labels.clear();
    m_view = view;
    m_chain = std::move(chain);
}

void HexLabeler::want(std::vector<HexRow> ranges)
{
    if (!m_source || (m_view == ByteView::Guest && !m_chain))
        return;
    // The first question makes the labels read all tables; scrolling must not stop that.
    if (m_runner.isRunning())
        m_next = std::move(ranges);
    else
        start(ranges);
}

void HexLabeler::start(const std::vector<HexRow>& ranges)
{
    const auto deliver = [this](std::vector<HostLabel> labels) { take(std::move(labels)); };
    if (m_view == ByteView::Guest) {
        m_runner.start(
            [chain = *m_chain, ranges](
                const JobControl& job) { return guestLabels(VirtualDisk{chain}, ranges, job); },
            deliver);
        return;
    }
    m_runner.start(
        [source = m_source, ranges](const JobControl& job) {
            std::vector<HostLabel> all;
            for (const HexRow& range : ranges) {
                for (HostLabel& label :
                    source->labelsOf(HostOffset{range.start}, Bytes{range.end - range.start}, job))
                    all.push_back(std::move(label));
            }
            return all;
        },
        deliver);
}

void HexLabeler::take(std::vector<HostLabel> labels)
{
    std::ranges::stable_sort(labels, {}, &HostLabel::start);
    m_labels = std::move(labels);
    emit changed();
}

const HostLabel* HexLabeler::at(quint64 offset) const
{
    const auto next = std::ranges::upper_bound(m_labels, HostOffset{offset}, {}, &HostLabel::start);
    if (next == m_labels.begin())
        return nullptr;
    const HostLabel& label = *std::prev(next);
    return offset < label.end().value ? &label : nullptr;
}

std::optional<HostLabel> HexLabeler::exactlyAt(quint64 offset) const
{
    const HostLabel* const label = at(offset);
    if (!label)
        return std::nullopt;
    HostLabel exact = *label;
    const Bytes within{offset - label->start.value};
    // What is stored in order has a guest byte of its own for each byte.
    const bool inOrder = !label->field || m_view == ByteView::Guest;
    if (exact.guest && inOrder && label->use != HostUse::Compressed)
        *exact.guest += within;
    if (m_view == ByteView::Guest && exact.field && exact.field->target
        && exact.use != HostUse::Compressed)
        *exact.field->target += within;
    return exact;
}

std::vector<HexMark> HexLabeler::marks() const
{
    std::vector<HexMark> marks;
    marks.reserve(m_labels.size());
    for (const HostLabel& label : m_labels) {
        const bool tinted = m_view == ByteView::File && label.field;
        const QString name = ByteInspector::nameOf(label);
        marks.push_back({label.start.value, label.length.value,
            tinted ? static_cast<int>(label.fieldIndex % 4) : -1,
            tinted ? name + QStringLiteral(" = ") + shownText(label.field->value) : name});
    }
    return marks;
}

} // namespace platter::app
