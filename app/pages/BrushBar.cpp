// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/BrushBar.h"

#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"

#include <QHBoxLayout>
#include <QLocale>

namespace platter::app {

BrushBar::BrushBar(ImageDocument& document, QWidget* parent)
    : GroundFrame(Token::NoteGround, Edge::None, parent)
    , m_document(document)
    , m_text(new TextLabel(TextLabel::Rank::Body))
{
    auto* reset = new ActionButton(tr("Reset"));
    reset->setLook(ActionButton::Look::Link);
    reset->setAccessibleName(tr("Show all clusters again"));
    connect(reset, &ActionButton::clicked, &document, &ImageDocument::clearBrush);
    m_text->setWordWrap(true);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, smallGap, gap, smallGap);
    row->setSpacing(gap);
    row->addWidget(m_text, 1);
    row->addWidget(reset, 0, Qt::AlignTop);
    connect(&document, &ImageDocument::brushChanged, this, &BrushBar::refresh);
    refresh();
}

void BrushBar::setRemark(const QString& remark)
{
    m_remark = remark;
    refresh();
}

void BrushBar::refresh()
{
    const HostBrush& brush = m_document.brush();
    setVisible(!brush.isEmpty());
    if (brush.isEmpty())
        return;
    QStringList words{brushText(brush)};
    if (brush.clusters->clustersInRuns < brush.clusters->clusters)
        words << tr("Only the first %1 clusters of them are known one by one.")
                     .arg(QLocale().toString(
                         static_cast<qulonglong>(brush.clusters->clustersInRuns)));
    if (!m_remark.isEmpty())
        words << m_remark;
    m_text->setText(words.join(QLatin1Char(' ')));
}

QString brushText(const HostBrush& brush)
{
    const auto number
        = [](std::uint64_t value) { return QLocale().toString(static_cast<qulonglong>(value)); };
    const RefcountFilter& filter = brush.filter;
    if (filter.counts && filter.counts->least == filter.counts->most)
        return BrushBar::tr("Only clusters with reference count %1, as selected on the page "
                            "Refcounts.")
            .arg(number(filter.counts->least));
    if (filter.counts)
        return BrushBar::tr("Only clusters with reference counts %1 to %2, as selected on the page "
                            "Refcounts.")
            .arg(number(filter.counts->least), number(filter.counts->most));
    if (filter.place)
        return BrushBar::tr("Only %1 to %2 of the file, as selected on the page Refcounts.")
            .arg(shownOffset(filter.place->start.value),
                shownOffset((filter.place->start + filter.place->length).value - 1));
    return {};
}

} // namespace platter::app
