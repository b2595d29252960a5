// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/ImageView.h"

#include "app/pages/BitmapsPage.h"
#include "app/pages/ChainPage.h"
#include "app/pages/CheckPage.h"
#include "app/pages/ConvertPage.h"
#include "app/pages/HeaderPage.h"
#include "app/pages/HexPage.h"
#include "app/pages/MapPage.h"
#include "app/pages/OverviewPage.h"
#include "app/pages/RefcountsPage.h"
#include "app/pages/SnapshotsPage.h"
#include "app/text/CoreText.h"
#include "app/text/NewsText.h"
#include "app/window/FileDrag.h"
#include "app/window/PageSpec.h"

#include <QHBoxLayout>
#include <QLocale>
#include <QResizeEvent>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace platter::app {

namespace {

    constexpr int narrowWindow = 1000;
    constexpr int mostHeadActions = 3;

} // namespace

ImageView::ImageView(
    ImageDocument& document, const ImageActions& actions, JobQueue& jobs, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_actions(actions)
    , m_list(new PageListModel(this))
    , m_sidebar(new PageList(*m_list))
    , m_name(new TextLabel(TextLabel::Rank::Title))
    , m_facts(new TextLabel(TextLabel::Rank::Second))
    , m_notices(new NoticeBar)
    , m_stack(new QStackedWidget)
    , m_checkPage(new CheckPage(document, *actions.check))
    , m_convertPage(new ConvertPage(document, jobs))
{
    auto* overview = new OverviewPage(document);
    connect(overview, &OverviewPage::pageRequested, this, &ImageView::showPage);
    connect(overview, &OverviewPage::actRequested, this, [this](Overview::Remark::Act act) {
        switch (act) {
        case Overview::Remark::Act::Show: break;
        case Overview::Remark::Act::Check: m_actions.check->trigger(); break;
        case Overview::Remark::Act::Unlock: m_actions.unlock->trigger(); break;
        case Overview::Remark::Act::ReviewChain: m_actions.reviewChain->trigger(); break;
        }
    });
    auto* const hexPage = new HexPage(document);
    m_pages = {
        {PageId::Overview, overview},
        {PageId::Header, new HeaderPage(document)},
        {PageId::Map, new MapPage(document)},
        {PageId::Refcounts, new RefcountsPage(document, *actions.check)},
        {PageId::Snapshots, new SnapshotsPage(document)},
        {PageId::Chain, new ChainPage(document, *actions.reviewChain)},
        {PageId::Bitmaps, new BitmapsPage(document)},
        {PageId::Check, m_checkPage},
        {PageId::Convert, m_convertPage},
        {PageId::Hex, hexPage},
    };
    connect(hexPage, &HexPage::commandsChanged, this, &ImageView::commandsChanged);
    for (const auto& [id, page] : m_pages)
        m_stack->addWidget(page);

    m_name->setTextInteractionFlags(Qt::NoTextInteraction);
    m_name->setElide(Qt::ElideMiddle);
    m_facts->setElide(Qt::ElideRight);
    new FileDrag(*m_name, document); // belongs to the label
    auto* words = new QVBoxLayout;
    words->setSpacing(2);
    words->addWidget(m_name);
    words->addWidget(m_facts);
    auto* headRow = new QHBoxLayout;
    headRow->setSpacing(gap);
    headRow->addLayout(words, 1);
    headRow->addSpacing(wideGap);
    for (int i = 0; i < mostHeadActions; ++i) {
        m_buttons.push_back(new ActionButton);
        headRow->addWidget(m_buttons.back(), 0, Qt::AlignVCenter);
    }
    auto* head = new QVBoxLayout;
    head->setContentsMargins(hugeGap, wideGap, hugeGap, 12);
    head->setSpacing(12);
    head->addLayout(headRow);
    head->addWidget(m_notices);

    auto* divider = new GroundFrame(Token::Divider, GroundFrame::Edge::None);
    divider->setFixedHeight(1);
    auto* right = new QVBoxLayout;
    right->setSpacing(0);
    right->addLayout(head);
    right->addWidget(divider);
    right->addWidget(m_stack, 1);
    auto* upright = new GroundFrame(Token::Divider, GroundFrame::Edge::None);
    upright->setFixedWidth(1);
    auto* sidebarColumn = new QVBoxLayout;
    sidebarColumn->setContentsMargins(0, gap, 0, 0);
    sidebarColumn->addWidget(m_sidebar);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addLayout(sidebarColumn);
    row->addWidget(upright);
    row->addLayout(right, 1);

    connect(m_sidebar->selectionModel(), &QItemSelectionModel::currentChanged, this,
        [this](const QModelIndex& current) {
            if (current.isValid())
                showPage(static_cast<PageId>(current.data(PageListModel::PageRole).toInt()));
        });
    connect(&document, &ImageDocument::pageRequested, this, &ImageView::showPage);
    connect(&document, &ImageDocument::imageChanged, this, &ImageView::refreshPages);
    const auto refreshAll = [this] {
        refreshMarks();
        refreshHead();
        refreshNotices();
    };
    for (const auto signal : {&ImageDocument::imageChanged, &ImageDocument::chainChanged,
             &ImageDocument::checkChanged, &ImageDocument::useChanged, &ImageDocument::newsChanged,
             &ImageDocument::hostTotalsChanged})
        connect(&document, signal, this, refreshAll);
    refreshPages();
    refreshAll();
}

void ImageView::refreshPages()
{
    if (!m_document.image())
        return;
    std::vector<PageListModel::Entry> entries;
    for (const PageSpec& spec : pageSpecs()) {
        if (m_pages.contains(spec.id) && whyAbsent(spec.id, m_document).isEmpty())
            entries.push_back({spec.id, spec.title(), QString::fromLatin1(spec.icon), spec.key, {},
                Token::TextSecond, {}});
    }
    const PageId wanted = m_current;
    m_list->setEntries(std::move(entries));
    showPage(hasPage(wanted) ? wanted : PageId::Overview);
}

void ImageView::refreshMarks()
{
    const auto image = m_document.image();
    if (!image)
        return;
    const auto count = image->snapshots().size();
    m_list->setMark(PageId::Snapshots,
        count == 0 ? QString() : QLocale().toString(static_cast<qulonglong>(count)),
        Token::TextSecond,
        count == 0 ? QString() : tr("%n snapshot(s)", nullptr, static_cast<int>(count)));

    const auto& chain = m_document.chain();
    const bool lost = std::any_of(chain.begin(), chain.end(), [](const ChainLink& link) {
        return link.state == ChainLink::State::Missing || link.state == ChainLink::State::Broken;
    });
    const auto links = static_cast<int>(chain.size());
    m_list->setMark(PageId::Chain,
        links == 0 ? QString()
                   : QLocale().toString(links) + (lost ? QStringLiteral("!") : QString()),
        lost ? Token::ProblemText : Token::TextSecond,
        links == 0 ? QString()
            : lost ? tr("%n other file(s), not all can be used", nullptr, links)
                   : tr("%n other file(s)", nullptr, links));

    QString mark;
    QString meaning;
    Token token = Token::TextSecond;
    if (const auto& report = m_document.checkReport()) {
        const std::uint64_t bad = report->corruptions + report->checkErrors;
        if (bad > 0) {
            mark = QLocale().toString(static_cast<qulonglong>(bad)) + QLatin1Char('!');
            meaning = tr("problems were found");
            token = Token::ProblemText;
        } else if (report->leaks > 0) {
            mark = QLocale().toString(static_cast<qulonglong>(report->leaks));
            meaning = tr("leaked clusters were found");
            token = Token::WarningText;
        }
    }
    m_list->setMark(PageId::Check, mark, token, meaning);
}

void ImageView::refreshHead()
{
    if (!m_document.image())
        return;
    const Overview overview = describeOverview(m_document);
    m_name->setText(overview.name);
    m_name->setToolTip(shownPath(m_document.path()));
    m_facts->setText(overview.facts);
    m_facts->setToolTip(overview.facts);

    // The first one is the primary: what this state of the image asks for.
    std::vector<QAction*> actions;
    const bool damaged
        = overview.health == Health::Damaged || overview.health == Health::NotExamined;
    if (damaged && m_document.checkReport())
        actions.push_back(m_document.image()->formatId() == "qcow2" ? m_actions.reviewRepairs
                                                                    : m_actions.showFindings);
    if (m_document.isLocked())
        actions.push_back(m_actions.unlock);
    // Once nothing is wrong, something else is the next thing to do.
    const bool well = overview.health == Health::Clean || overview.health == Health::Leaks;
    if (well)
        actions.push_back(m_actions.convert);
    if (m_document.canCheck())
        actions.push_back(m_actions.check);
    if (!well)
        actions.push_back(m_actions.convert);
    actions.resize(mostHeadActions, nullptr);
    for (std::size_t i = 0; i < m_buttons.size(); ++i) {
        // The primary one stands at the right end, where the eye ends.
        ActionButton& button = *m_buttons[m_buttons.size() - 1 - i];
        button.setAction(actions[i]);
        button.setLook(i == 0 ? ActionButton::Look::Primary : ActionButton::Look::Plain);
    }
}

void ImageView::refreshNotices()
{
    using Weight = NoticeBar::Notice::Weight;
    std::vector<NoticeBar::Notice> notices;
    if (m_document.image()) {
        const FileUse& use = m_document.opened().use;
        const QString who = holdersText(use.holders);
        if (use.mayBeWritten)
            notices.push_back({Weight::Warning,
                who.isEmpty() ? tr("Another program is using it. It may change while you look.")
                              : tr("%1 is using it. It may change while you look.").arg(who),
                m_actions.reload, tr("Retry")});
        else if (use.readingForbidden || use.writingForbidden)
            notices.push_back({Weight::Note,
                who.isEmpty() ? tr("Another program reads it and wants it unchanged.")
                              : tr("%1 reads it and wants it unchanged.").arg(who),
                nullptr});
        const auto addUse = [&](const FileUse& used, const QString& name) {
            if (!used.mayBeWritten)
                return;
            const QString by = holdersText(used.holders);
            notices.push_back({Weight::Warning,
                by.isEmpty()
                    ? tr(
                        "Another program is using “%1”, which it rests on. It may change while you "
                        "look.")
                          .arg(name)
                    : tr("%1 is using “%2”, which it rests on. It may change while you look.")
                          .arg(by, name),
                m_actions.reload, tr("Retry")});
        };
        if (const auto dataFile = m_document.image()->externalDataFile())
            addUse(m_document.dataFileUse(), shownText(dataFile->name));
        for (const ChainLink& link : m_document.chain()) {
            if (link.opened)
                addUse(link.opened->use, shownPath(link.opened->path.filename()));
        }
        if (m_document.facts().mixed)
            notices.push_back({Weight::Warning,
                tr("It was written each time while it was read: what you see may be of two "
                   "states."),
                m_actions.reload, tr("Read again")});
        for (const FileNews& news : m_document.news()) {
            const FileFate fate = news.look.fate;
            const bool lost = fate == FileFate::Gone || fate == FileFate::Unreachable;
            notices.push_back(
                {lost || fate == FileFate::Shorter ? Weight::Problem : Weight::Warning,
                    newsText(news, m_document.readAt()), lost ? nullptr : m_actions.reload, {}});
        }
        if (!m_document.reloadProblem().isEmpty())
            notices.push_back({Weight::Problem,
                tr("It could not be read again. %1").arg(m_document.reloadProblem()),
                m_actions.reload, tr("Try again")});
        if (m_document.isKeyLost())
            notices.push_back({Weight::Warning,
                tr("Another program changed its encryption: the key given before does not open it "
                   "any more."),
                m_actions.unlock});
        else if (m_document.isLocked())
            notices.push_back({Weight::Note,
                tr("Encrypted and locked. Its structure can be seen, its data cannot."),
                m_actions.unlock});
        for (const ChainLink& link : m_document.chain()) {
            const QString name = shownText(link.name.named.name);
            if (link.state == ChainLink::State::Missing)
                notices.push_back({Weight::Problem,
                    tr("“%1”, which it rests on, is missing.").arg(name), m_actions.showChain});
            else if (link.state == ChainLink::State::Broken)
                notices.push_back({Weight::Problem,
                    tr("“%1”, which it rests on, cannot be used.").arg(name), m_actions.showChain});
            else if (link.state == ChainLink::State::Refused)
                notices.push_back(
                    {Weight::Warning, tr("It names “%1”, which Platter does not follow.").arg(name),
                        m_actions.showChain});
        }
        // On its own page the question stands beside the list.
        if (m_document.chainNeedsConsent() && m_current != PageId::Chain)
            notices.push_back({Weight::Note,
                tr("It rests on another file, which was not opened yet."), m_actions.reviewChain});
        if (m_document.image()->isDirty())
            notices.push_back({Weight::Warning,
                tr("It was not closed cleanly: its reference counts may be stale."),
                m_actions.check});
    }
    // Somebody waits for these: they come before what is as grave.
    notices.insert(notices.begin(), m_news.begin(), m_news.end());
    m_notices->setNotices(std::move(notices));
}

void ImageView::setNews(std::vector<NoticeBar::Notice> news)
{
    m_news = std::move(news);
    refreshNotices();
}

void ImageView::showPage(PageId page)
{
    const int row = m_list->rowOf(page);
    if (row < 0)
        return;
    const bool changed = m_current != page;
    m_current = page;
    m_stack->setCurrentWidget(m_pages.at(page));
    const QModelIndex index = m_list->index(row);
    if (m_sidebar->currentIndex() != index)
        m_sidebar->setCurrentIndex(index);
    if (!changed)
        return;
    refreshNotices();
    emit currentPageChanged(page);
}

void ImageView::focusNextPane(int direction)
{
    // Three panes: sidebar, head, page. A pane that takes no focus is stepped over.
    const auto firstFocus = [](QWidget* pane) -> QWidget* {
        if (pane->focusPolicy() != Qt::NoFocus && !qobject_cast<QAbstractScrollArea*>(pane))
            return pane;
        const auto children = pane->findChildren<QWidget*>();
        for (QWidget* child : children) {
            if ((child->focusPolicy() & Qt::TabFocus) != 0 && child->isVisible()
                && child->isEnabled())
                return child;
        }
        return pane->focusPolicy() == Qt::NoFocus ? nullptr : pane;
    };
    std::vector<QWidget*> panes{m_sidebar};
    for (ActionButton* button : m_buttons) {
        if (button->isVisible() && button->isEnabled()) {
            panes.push_back(button);
            break;
        }
    }
    if (QWidget* inPage = firstFocus(m_stack->currentWidget()))
        panes.push_back(inPage);
    std::size_t now = 0;
    if (m_stack->isAncestorOf(focusWidget()))
        now = panes.size() - 1;
    else if (qobject_cast<ActionButton*>(focusWidget()))
        now = 1;
    const std::size_t next
        = (now + panes.size() + static_cast<std::size_t>(direction > 0 ? 1 : panes.size() - 1))
        % panes.size();
    panes[next]->setFocus(Qt::TabFocusReason);
}

void ImageView::resizeEvent(QResizeEvent* event)
{
    m_sidebar->setWidth(
        event->size().width() < narrowWindow ? PageList::Width::IconsOnly : PageList::Width::Full);
    QWidget::resizeEvent(event);
}

} // namespace platter::app
