// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/PlaceResolver.h"

#include "app/text/CoreText.h"

#include <QCoreApplication>

#include <chrono>

namespace platter::app {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(PlaceResolver)
    };

    /// A key held down in a table selects every row on its way.
    constexpr std::chrono::milliseconds settling{20};

    QString named(const QString& structure, const QString& field)
    {
        return field.isEmpty() ? structure
                               : Words::tr("%1, %2", "structure, field").arg(structure, field);
    }

    QString nameOf(const HostLabel& label)
    {
        const QString structure
            = label.structure.empty() ? hostUseText(label.use) : shownText(label.structure);
        if (label.isRest)
            return Words::tr("%1, unused rest").arg(structure);
        return named(structure, label.field ? shownText(label.field->name) : QString());
    }

    QString nameOf(const StructureMark& mark)
    {
        return named(shownText(mark.name),
            mark.fields.empty() ? QString() : shownText(mark.fields.front().name));
    }

    ResolvedPlace known(const Selection& selection)
    {
        ResolvedPlace place;
        place.host = selection.host;
        place.guest = selection.guest;
        if (!selection.structure.isEmpty())
            place.structure = named(selection.structure, selection.field);
        return place;
    }

    void lookAtHost(ResolvedPlace& place, const HostLabels& labels, const JobControl& job)
    {
        const auto found = labels.labelsOf(*place.host, Bytes{1}, job);
        if (found.empty())
            return;
        if (place.structure.isEmpty())
            place.structure = nameOf(found.front());
        if (!place.guest)
            place.guest = found.front().guest;
    }

    void lookAtGuest(ResolvedPlace& place, const Image& image, std::optional<std::size_t> snapshot)
    {
        const std::shared_ptr<const GuestMapping> past
            = snapshot ? image.snapshotState(*snapshot) : nullptr;
        const GuestMapping& state = past ? *past : image.activeState();
        if (place.guest->value >= state.size().value)
            return;
        if (const auto entries = image.entriesOf(*place.guest, snapshot); !entries.empty())
            place.entry = nameOf(entries.back());
        if (place.host)
            return;
        const Extent extent = state.extentAt(*place.guest, Bytes{1});
        switch (extent.kind) {
        case ExtentKind::Data:
        case ExtentKind::ZeroAllocated: {
            const HostOffset at = extent.host + (*place.guest - extent.start);
            if (image.externalDataFile())
                place.nowhere = Words::tr("at %1 of the data file").arg(shownOffset(at.value));
            else
                place.host = at;
            break;
        }
        case ExtentKind::Compressed: place.host = extent.host; break;
        case ExtentKind::Unallocated:
            place.nowhere = image.backingFile() ? Words::tr("held by a file below")
                                                : Words::tr("not allocated");
            break;
        case ExtentKind::Zero: place.nowhere = Words::tr("zeros, not stored"); break;
        case ExtentKind::Damaged: place.nowhere = Words::tr("its entry is damaged"); break;
        }
    }

} // namespace

ResolvedPlace resolvePlace(
    const Selection& selection, const HostLabels& labels, const JobControl& job)
{
    ResolvedPlace place = known(selection);
    if (place.host && (place.structure.isEmpty() || !place.guest))
        lookAtHost(place, labels, job);
    // An entry that is selected itself needs no other name; neither do tables.
    if (place.guest && (!selection.host || selection.guest))
        lookAtGuest(place, labels.image(), selection.snapshot);
    return place;
}

PlaceResolver::PlaceResolver(ImageDocument& document, QObject* parent)
    : QObject(parent)
    , m_document(document)
    , m_runner(new JobRunner(tr("Place of the selection"), this))
{
    m_settling.setSingleShot(true);
    m_settling.setInterval(settling);
    connect(&m_settling, &QTimer::timeout, this, &PlaceResolver::resolve);
    connect(m_runner, &JobRunner::failed, this, &PlaceResolver::changed);
    connect(&document, &ImageDocument::selectionChanged, this, &PlaceResolver::take);
    connect(&document, &ImageDocument::imageChanged, this, &PlaceResolver::take);
    take();
}

/// Shows at once what the selection itself says and looks for the rest.
void PlaceResolver::take()
{
    m_runner->drop();
    m_settling.stop();
    const Selection& selection = m_document.selection();
    m_place = known(selection);
    if (m_document.labels() && (selection.host || selection.guest))
        m_settling.start();
    emit changed();
}

void PlaceResolver::resolve()
{
    m_runner->start([selection = m_document.selection(), labels = m_document.labels()](
                        const JobControl& job) { return resolvePlace(selection, *labels, job); },
        [this](ResolvedPlace place) {
            m_place = std::move(place);
            emit changed();
        });
}

} // namespace platter::app
