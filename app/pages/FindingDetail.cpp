// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/FindingDetail.h"

#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"
#include "app/window/Look.h"
#include "app/window/PageSpec.h"

#include <QGridLayout>
#include <QLocale>
#include <QVBoxLayout>

namespace platter::app {

namespace {

    constexpr std::size_t mostPlaces = 5;

} // namespace

FindingDetail::FindingDetail(ImageDocument& document, QWidget* parent)
    : QScrollArea(parent)
    , m_document(document)
    , m_title(new TextLabel(TextLabel::Rank::Heading))
    , m_where(new TextLabel(TextLabel::Rank::Body))
    , m_meaning(new TextLabel(TextLabel::Rank::Body))
    , m_guest(new TextLabel(TextLabel::Rank::Body))
    , m_basis(new TextLabel(TextLabel::Rank::Body))
    , m_causes(new TextLabel(TextLabel::Rank::Body))
{
    m_content = new ScrolledContent(ScrolledContent::Height::Wanted);
    auto* column = new QVBoxLayout(m_content);
    column->setContentsMargins(0, gap, gap, 0);
    column->setSpacing(gap);
    m_title->setWordWrap(true);
    m_title->setTextInteractionFlags(Qt::TextSelectableByMouse);
    column->addWidget(m_title);
    auto* links = new QHBoxLayout;
    links->setSpacing(gap);
    column->addLayout(links);
    m_rows = new QGridLayout;
    m_rows->setHorizontalSpacing(wideGap);
    m_rows->setVerticalSpacing(smallGap);
    m_rows->setColumnStretch(1, 1);
    column->addLayout(m_rows);
    column->addStretch();
    addRow(tr("Where"), m_where);
    addRow(tr("It means"), m_meaning);
    addRow(tr("The guest sees"), m_guest);
    addRow(tr("How sure"), m_basis);
    addRow(tr("Likely cause"), m_causes);
    addLink(PageId::Hex, tr("Show the bytes"));
    addLink(PageId::Map, tr("Show on the map"));
    addLink(PageId::Refcounts, tr("Show its references"));
    for (const auto& [page, button] : m_links)
        links->addWidget(button);
    links->addStretch();
    setWidget(m_content);
    setWidgetResizable(true);
    setFrameShape(NoFrame);
    setFocusPolicy(Qt::NoFocus);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAccessibleName(tr("About the selected finding"));
    showFinding(nullptr, nullptr, nullptr);
}

void FindingDetail::addRow(const QString& caption, TextLabel* text)
{
    const int row = m_rows->rowCount();
    auto* label = new TextLabel(TextLabel::Rank::Second, caption);
    m_rows->addWidget(label, row, 0, Qt::AlignTop);
    m_rows->addWidget(text, row, 1);
    text->setWordWrap(true);
    text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    text->setAccessibleName(caption);
}

void FindingDetail::addLink(PageId page, const QString& text)
{
    auto* button = new ActionButton(text);
    connect(button, &ActionButton::clicked, this,
        [this, page] { m_document.reveal(page, m_selection); });
    m_links.emplace_back(page, button);
}

Selection FindingDetail::selectionOf(const Finding& finding)
{
    Selection selection;
    selection.host = finding.host;
    if (finding.guest) {
        selection.guest = finding.guest;
        selection.guestLength = finding.length;
    } else {
        selection.hostLength = finding.length;
    }
    selection.structure = severityText(finding.kind->severity);
    return selection;
}

void FindingDetail::showFinding(
    const CheckReport* report, const FindingsModel::Group* group, const Finding* finding)
{
    widget()->setVisible(group != nullptr);
    if (!group)
        return;
    const FindingKind& kind = *group->kind;
    const auto& findings = report->findings;
    QStringList places;
    if (finding) {
        m_title->setText(findingText(*finding));
        if (finding->host)
            places << tr("At %1 of the file.").arg(shownOffset(finding->host->value));
        if (finding->guest && finding->length.value)
            places << tr("It hits the guest's disk from %1 on, %2.")
                          .arg(shownOffset(finding->guest->value), shownSize(finding->length));
        else if (finding->guest)
            places << tr("It hits the guest's disk at %1.").arg(shownOffset(finding->guest->value));
    } else {
        m_title->setText(tr("Found %n time(s)", nullptr,
            static_cast<int>(std::min<std::uint64_t>(group->count, 1'000'000'000))));
        for (const std::size_t i : group->findings) {
            if (places.size() == static_cast<qsizetype>(mostPlaces))
                break;
            if (findings[i].host)
                places << shownOffset(findings[i].host->value);
        }
        QString text = places.join(QStringLiteral(", "));
        if (group->count > mostPlaces && !places.isEmpty())
            text += tr(" and further places");
        if (!text.isEmpty())
            text += QLatin1Char('.');
        places = {text};
        if (group->guestBytes.value)
            places
                << tr("In all it hits %1 of the guest's disk.").arg(shownSize(group->guestBytes));
        if (group->findings.size() < group->count)
            places << tr("The first %1 are listed with their place.")
                          .arg(QLocale().toString(static_cast<qulonglong>(group->findings.size())));
    }
    places.removeAll(QString());
    m_where->setText(
        places.isEmpty() ? tr("It concerns the image as a whole.") : places.join(QLatin1Char(' ')));
    m_meaning->setText(findingMeaning(kind));
    m_guest->setText(findingGuestSees(kind));
    m_basis->setText(findingBasis(kind));
    m_causes->setText(findingCauses(kind));
    const Finding* place = finding ? finding
        : group->findings.empty()  ? nullptr
                                   : &findings[group->findings.front()];
    m_selection = place ? selectionOf(*place) : Selection{};
    for (const auto& [page, button] : m_links)
        button->setVisible(hasPage(page, m_document)
            && (m_selection.host || (m_selection.guest && page == PageId::Map)));
    m_content->settle();
}

} // namespace platter::app
