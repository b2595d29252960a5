// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/CompareDialog.h"

#include "app/dialogs/OvercomeHurdle.h"
#include "app/document/Hurdle.h"
#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"
#include "app/window/Look.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QProgressBar>
#include <QVBoxLayout>

namespace platter::app {

CompareDialog::CompareDialog(
    ImageDocument& document, const std::filesystem::path& other, QWidget* parent)
    : QDialog(parent)
    , m_document(document)
    , m_comparison(document, other)
    , m_message(new TextLabel(TextLabel::Rank::Body))
    , m_bar(new QProgressBar)
    , m_act(new ActionButton)
    , m_stop(new ActionButton(tr("Stop")))
    , m_again(new ActionButton(tr("Compare again")))
    , m_show(new ActionButton(tr("Show the place")))
    , m_copy(new ActionButton(tr("Copy")))
{
    setWindowTitle(tr("Compare images"));
    auto* heading = new TextLabel(TextLabel::Rank::Heading,
        tr("%1 and %2").arg(document.name(), shownPath(other.filename())));
    heading->setWordWrap(true);
    auto* place = new TextLabel(TextLabel::Rank::Second, shownPath(other));
    place->setWordWrap(true);
    m_message->setWordWrap(true);
    m_message->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_message->setAccessibleName(tr("Result"));
    m_bar->setRange(0, 1000);
    m_bar->setTextVisible(false);
    m_bar->setFixedHeight(gap);
    m_bar->setAccessibleName(tr("Progress of the comparison"));
    m_act->setLook(ActionButton::Look::Primary);
    auto* close = new ActionButton(tr("Close"));

    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(gap);
    for (ActionButton* button : {m_copy, m_show, m_again, m_act})
        buttons->addWidget(button);
    buttons->addStretch();
    buttons->addWidget(m_stop);
    buttons->addWidget(close);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(hugeGap, wideGap, hugeGap, wideGap);
    column->setSpacing(gap);
    column->addWidget(heading);
    column->addWidget(place);
    column->addSpacing(gap);
    column->addWidget(m_message);
    column->addWidget(m_bar);
    column->addStretch();
    column->addLayout(buttons);
    setMinimumWidth(520);

    connect(close, &ActionButton::clicked, this, &QDialog::reject);
    connect(m_stop, &ActionButton::clicked, &m_comparison, &DiskComparison::stop);
    connect(m_again, &ActionButton::clicked, &m_comparison, &DiskComparison::compareAgain);
    connect(m_act, &ActionButton::clicked, this,
        [this] { overcomeHurdle(m_comparison.second(), *this); });
    connect(m_show, &ActionButton::clicked, this, &CompareDialog::showPlace);
    connect(m_copy, &ActionButton::clicked, this,
        [this] { QApplication::clipboard()->setText(m_message->text()); });
    connect(&m_comparison, &DiskComparison::changed, this, &CompareDialog::refresh);
    connect(&document, &ImageDocument::imageChanged, this, &QDialog::reject);
    refresh();
}

void CompareDialog::refresh()
{
    const Hurdle hurdle = hurdleOf(m_comparison.second());
    const bool running = m_comparison.isRunning();
    const QString words = m_comparison.words();
    const auto& result = m_comparison.result();
    m_message->setText(!words.isEmpty() ? words
            : running                   ? tr("What the guests read is compared.")
                                        : hurdleText(m_comparison.second()));
    m_bar->setVisible(running);
    m_bar->setRange(0, m_comparison.permille() == 0 ? 0 : 1000);
    m_bar->setValue(m_comparison.permille());
    m_stop->setVisible(running);
    m_again->setVisible(!running && !words.isEmpty() && (!result || m_comparison.isMixed()));
    m_show->setVisible(result && m_document.image()
        && result->outcome == CompareResult::Outcome::ContentDiffers
        && result->at.value < m_document.image()->virtualSize().value);
    m_copy->setVisible(result.has_value());
    const QString act = hurdleAct(hurdle);
    m_act->setVisible(!act.isEmpty());
    m_act->setText(act);
    m_act->setAccessibleName(act);
    fitToText(*this);
}

void CompareDialog::showPlace()
{
    Selection place;
    place.guest = m_comparison.result()->at;
    place.guestLength = Bytes{1};
    m_document.reveal(PageId::Map, place);
    accept();
}

} // namespace platter::app
