// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/WindowMemory.h"

#include "app/pages/PageCommands.h"
#include "app/session/Preferences.h"
#include "app/window/PageSpec.h"

namespace platter::app {

WindowMemory::WindowMemory(ImageDocument& document, ImageView& view, QObject* parent)
    : QObject(parent)
    , m_document(document)
    , m_view(view)
{
    connect(&document, &ImageDocument::stateChanged, this, [this](ImageDocument::State state) {
        if (state == ImageDocument::State::Ready)
            recall();
    });
    connect(&document, &ImageDocument::checkChanged, this, &WindowMemory::keepCheck);
    connect(&view, &ImageView::currentPageChanged, this, &WindowMemory::keep);
}

void WindowMemory::recall()
{
    const QString key = ImageMemory::keyOf(m_document);
    const bool reloaded = key == m_key; // what is in view stays in view
    m_key.clear(); // nothing is kept while it is brought back
    if (!reloaded) {
        m_entry = Preferences::remembersImages()
            ? ImageMemory::recall(key).value_or(ImageMemory::Entry{})
            : ImageMemory::Entry{};
        for (const PageSpec& page : pageSpecs()) {
            const QString word = QString::fromLatin1(page.word);
            if (!m_view.hasPage(page.id))
                continue;
            auto* commands = dynamic_cast<PageCommands*>(m_view.pageWidget(page.id));
            if (commands && m_entry.views.contains(word))
                commands->restoreView(m_entry.views[word].toMap());
            if (m_entry.page == word)
                m_view.showPage(page.id);
        }
    }
    m_key = key;
    if (const auto& check = m_entry.check)
        m_document.setPastCheck(
            PastCheck{check->at, check->corruptions, check->leaks, check->errors,
                check->fileChanged != m_document.fileChangedAt()
                    || check->fileLength != m_document.facts().fileLength.value});
}

void WindowMemory::keep()
{
    if (m_key.isEmpty() || !Preferences::remembersImages()
        || m_document.state() != ImageDocument::State::Ready)
        return;
    for (const PageSpec& page : pageSpecs()) {
        if (!m_view.hasPage(page.id))
            continue;
        const QString word = QString::fromLatin1(page.word);
        if (page.id == m_view.currentPage())
            m_entry.page = word;
        if (const auto* commands = dynamic_cast<PageCommands*>(m_view.pageWidget(page.id))) {
            const QVariantMap view = commands->savedView();
            if (!view.isEmpty())
                m_entry.views[word] = view;
        }
    }
    ImageMemory::keep(m_key, m_entry);
}

void WindowMemory::keepCheck()
{
    const auto& report = m_document.checkReport();
    if (!report || m_key.isEmpty())
        return;
    m_entry.check = ImageMemory::Check{m_document.checkedAt(), report->corruptions, report->leaks,
        report->checkErrors, m_document.fileChangedAt(), m_document.facts().fileLength.value};
    keep();
}

} // namespace platter::app
