// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/FieldPanel.h"

#include "app/text/CoreText.h"

#include <QLocale>
#include <QPushButton>
#include <QVBoxLayout>

namespace platter::app {

namespace {

    constexpr int mostFindings = 3; ///< more of them belong on the Check page

    QString number(std::uint64_t value)
    {
        return QLocale().toString(static_cast<qulonglong>(value));
    }

} // namespace

FieldPanel::FieldPanel(const ImageDocument& document, const StructureModel& model, QWidget* parent)
    : GroundFrame(Token::Window, Edge::None, parent)
    , m_document(document)
    , m_model(model)
    , m_title(new TextLabel(TextLabel::Rank::Heading))
    , m_place(new TextLabel(TextLabel::Rank::Second))
    , m_meaning(new TextLabel(TextLabel::Rank::Body))
    , m_verdict(new TextLabel(TextLabel::Rank::Body))
    , m_follow(new QPushButton)
{
    m_title->setElide(Qt::ElideMiddle);
    m_verdict->setToken(Token::ProblemText);
    for (TextLabel* label : {m_place, m_meaning, m_verdict})
        label->setWordWrap(true);
    auto* titleRow = new QHBoxLayout;
    titleRow->addWidget(m_title, 1);
    titleRow->addWidget(m_follow);
    auto* lines = new QVBoxLayout(this);
    lines->setContentsMargins(wideGap, gap, wideGap, gap);
    lines->setSpacing(smallGap);
    lines->addLayout(titleRow);
    lines->addWidget(m_place);
    lines->addWidget(m_meaning);
    lines->addWidget(m_verdict);
    lines->addStretch(1);
    setMinimumHeight(120);
    connect(m_follow, &QPushButton::clicked, this, &FieldPanel::followed);
    describe({});
}

void FieldPanel::entitle(const QString& title)
{
    m_title->setText(title);
    m_title->setToolTip(title);
}

/// What a check of the image as it is now found at these bytes.
QStringList FieldPanel::findingsIn(const StructureModel::Range& range) const
{
    QStringList texts;
    const auto& report = m_document.checkReport();
    if (!report || m_document.changedSinceCheck())
        return texts;
    for (const Finding& finding : report->findings) {
        if (!finding.host || *finding.host < range.at
            || finding.host->value - range.at.value >= range.length.value)
            continue;
        texts << findingText(finding);
        if (texts.size() == mostFindings)
            break;
    }
    return texts;
}

void FieldPanel::describe(const QModelIndex& index)
{
    const StructureMark* const structure = m_model.structureOf(index);
    const FieldMark* const field = m_model.fieldOf(index);
    m_follow->setVisible(field && !m_model.bitOf(index) && pointerOf(*field));
    m_verdict->hide();
    if (!structure) {
        for (TextLabel* label : {m_title, m_place, m_meaning})
            label->setText({});
        return;
    }
    if (field) {
        describeField(index);
        return;
    }
    const auto range = *m_model.rangeOf(index);
    const QString name = index.siblingAtColumn(StructureModel::NameColumn).data().toString();
    const QString whole = shownText(structure->name);
    entitle(name == whole ? whole : tr("%1, %2", "a table, a range of it").arg(whole, name));
    QString place = tr("%1 at %2").arg(exactSize(range.length), shownOffset(range.at.value));
    if (m_model.isTable(index))
        place += QStringLiteral(" · ")
            + index.siblingAtColumn(StructureModel::ValueColumn).data().toString();
    m_place->setText(place);
    m_meaning->setText(fieldText(structure->note));
    const QString problem = index.siblingAtColumn(StructureModel::VerdictColumn).data().toString();
    m_verdict->setText(problem);
    m_verdict->setVisible(!problem.isEmpty());
}

void FieldPanel::describeField(const QModelIndex& index)
{
    const FieldMark& field = *m_model.fieldOf(index);
    const FieldMark::Bit* const bit = m_model.bitOf(index);
    const EntryTable* const table = m_model.tableOf(index);
    const auto entry = table && !table->hasRecords() ? m_model.entryOf(index) : std::nullopt;
    const QString name = entry
        ? tr("%1, %2", "a table, an entry of it").arg(shownText(table->name), shownText(field.name))
        : shownText(field.name);
    entitle(
        name + QStringLiteral(" = ") + (field.value.empty() ? tr("none") : shownText(field.value)));
    QString place = tr("%1 at %2").arg(exactSize(field.length), shownOffset(field.at.value));
    if (field.number && field.length.value > 1)
        place += QStringLiteral(", ")
            + (m_document.image()->formatId() == "vdi" ? tr("little endian") : tr("big endian"));
    if (entry)
        place += QStringLiteral(" · ")
            + tr("number %1 of %2, counted from 0").arg(number(*entry), number(table->entries));
    if (field.guest && table && table->coverage.value)
        place += QStringLiteral(" · ")
            + tr("guest %1, %2", "a place on the disk, a length")
                  .arg(shownOffset(field.guest->value), shownSize(table->coverage));
    m_place->setText(place);
    if (bit) {
        entitle(tr("%1, bit %2: %3").arg(name).arg(bit->bit).arg(shownText(bit->name)));
        m_meaning->setText(fieldText(bit->meaning) + QLatin1Char(' ')
            + (bit->set ? tr("It is set.") : tr("It is clear.")));
    } else {
        m_meaning->setText(fieldText(field.meaning));
    }
    QStringList wrong = findingsIn({field.at, field.length});
    if (!field.verdict.empty())
        wrong.prepend(fieldText(field.verdict));
    m_verdict->setText(wrong.join(QLatin1Char('\n')));
    m_verdict->setVisible(!wrong.isEmpty());
    if (const auto target = pointerOf(field)) {
        m_follow->setText(tr("Show %1").arg(shownOffset(target->value)));
        m_follow->setToolTip(tr("Go where it points (Return)"));
    }
}

} // namespace platter::app
