// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/PlaceBar.h"

#include "app/text/CoreText.h"
#include "app/window/Look.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QToolButton>

namespace platter::app {

namespace {

    constexpr int widestMiddle = 420; ///< pixels; the window must stay narrow enough

    const QString dash = QStringLiteral("–");

    QString plain(std::uint64_t offset)
    {
        return QStringLiteral("0x%1").arg(offset, 0, 16);
    }

} // namespace

PlaceBar::PlaceBar(ImageDocument& document, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_resolver(new PlaceResolver(document, this))
{
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    m_host = addPart(QStringLiteral("placeInFile"));
    m_dot = new TextLabel(TextLabel::Rank::Second, QStringLiteral("·"));
    row->addWidget(m_dot);
    m_structure = addPart(QStringLiteral("placeInStructure"));
    m_arrow = new TextLabel(TextLabel::Rank::Second, QStringLiteral("→"));
    row->addWidget(m_arrow);
    m_guest = addPart(QStringLiteral("placeOnDisk"));
    connect(m_resolver, &PlaceResolver::changed, this, &PlaceBar::refresh);
    refresh();
}

QToolButton* PlaceBar::addPart(const QString& objectName)
{
    auto* part = new QToolButton;
    part->setObjectName(objectName);
    part->setAutoRaise(true);
    part->setLayoutDirection(Qt::LeftToRight); // offsets read so in every language
    connect(part, &QToolButton::clicked, this, [part] {
        const QString copied = part->property("copied").toString();
        if (!copied.isEmpty())
            QGuiApplication::clipboard()->setText(copied);
    });
    layout()->addWidget(part);
    return part;
}

/// What lies there, which entry leads there, and what else the selection means.
QString PlaceBar::middleText() const
{
    const ResolvedPlace& place = m_resolver->place();
    const Selection& selection = m_document.selection();
    const auto image = m_document.image();
    QString what = place.nowhere.isEmpty() ? place.structure : place.nowhere;
    if (!place.entry.isEmpty() && place.entry != what)
        what = what.isEmpty() ? place.entry
                              : tr("%1 (%2)", "what, by which table entry").arg(what, place.entry);
    QStringList parts;
    if (!what.isEmpty())
        parts << what;
    if (image && selection.snapshot && *selection.snapshot < image->snapshots().size())
        parts << tr("snapshot “%1”").arg(shownText(image->snapshots()[*selection.snapshot].name));
    if (image && selection.bitmap && *selection.bitmap < image->bitmaps().size())
        parts << tr("bitmap “%1”").arg(shownText(image->bitmaps()[*selection.bitmap].name));
    return parts.join(QStringLiteral(" · "));
}

void PlaceBar::show(
    QToolButton& part, const QString& text, const QString& copied, const QString& what)
{
    part.setVisible(!text.isEmpty());
    part.setText(part.fontMetrics().elidedText(text, Qt::ElideRight, widestMiddle));
    part.setProperty("copied", copied);
    part.setAccessibleName(QStringLiteral("%1: %2").arg(what, text));
    part.setToolTip(copied.isEmpty() ? tr("Being looked for") : tr("Copy %1").arg(copied));
}

void PlaceBar::refresh()
{
    const ResolvedPlace& place = m_resolver->place();
    const bool wanted = place.host || place.guest;
    const QString open = wanted && m_resolver->isReading() ? dash : QString();
    show(*m_host, place.host ? shownOffset(place.host->value) : open,
        place.host ? plain(place.host->value) : QString(), tr("Place in the file"));
    const QString middle = middleText();
    show(*m_structure, middle.isEmpty() ? open : middle, middle, tr("What lies there"));
    show(*m_guest,
        place.guest          ? tr("guest %1").arg(shownOffset(place.guest->value))
            : open.isEmpty() ? QString()
                             : tr("guest %1").arg(dash),
        place.guest ? plain(place.guest->value) : QString(), tr("Place on the guest's disk"));
    m_dot->setVisible(!m_host->isHidden() && !m_structure->isHidden());
    m_arrow->setVisible(!m_guest->isHidden() && !(m_host->isHidden() && m_structure->isHidden()));
    setVisible(wanted || !middle.isEmpty());
}

} // namespace platter::app
