// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shots/Shots.h"

#include "app/document/Overview.h"
#include "app/window/MainWindow.h"
#include "app/window/PageSpec.h"

#include <QApplication>
#include <QDir>
#include <QPixmap>
#include <QTextStream>
#include <QTimer>

#include <functional>

namespace platter::app {

namespace {

    void open(
        ImageDocument& document, const QString& image, const std::optional<std::string>& format)
    {
        if (format)
            document.openAs(fromQtPath(image), *format);
        else
            document.open(fromQtPath(image));
    }

    /// Calls `then` once nothing has run for a while and the window had time to draw it.
    class WhenQuiet final : public QObject {
    public:
        WhenQuiet(ImageDocument& document, std::function<void()> then)
            : m_document(document)
            , m_then(std::move(then))
        {
            m_timer.setInterval(50);
            connect(&m_timer, &QTimer::timeout, this, &WhenQuiet::look);
            m_timer.start();
        }

    private:
        void look()
        {
            constexpr int quietLooks = 4;
            const bool quiet
                = !m_document.isBusy() && m_document.state() != ImageDocument::State::Loading;
            m_quiet = quiet ? m_quiet + 1 : 0;
            if (m_quiet < quietLooks)
                return;
            m_quiet = 0;
            m_then();
        }

        ImageDocument& m_document;
        std::function<void()> m_then;
        QTimer m_timer;
        int m_quiet = 0;
    };

} // namespace

int takeShots(const ShotOptions& options)
{
    if (options.shade)
        Theme::show(*options.shade);
    QTextStream out(stdout);
    QTextStream errors(stderr);
    if (!QDir().mkpath(options.folder)) {
        errors << "platter: cannot make the folder " << options.folder << '\n';
        return 1;
    }
    RecentImages recent;
    MainWindow window(recent);
    window.setAttribute(Qt::WA_DeleteOnClose, false);
    window.resize(options.size);
    window.show();
    if (!options.image.isEmpty())
        open(window.document(), options.image, options.format);

    const QString suffix = QStringLiteral("-%1-%2x%3.png")
                               .arg(Theme::shade() == Theme::Shade::Dark ? QStringLiteral("dark")
                                                                         : QStringLiteral("light"))
                               .arg(options.size.width())
                               .arg(options.size.height());
    int exitCode = 0;
    const auto save = [&](const QString& name) {
        const QString path = QDir(options.folder).filePath(name + suffix);
        if (window.grab().save(path)) {
            out << path << '\n';
        } else {
            errors << "platter: cannot write " << path << '\n';
            exitCode = 1;
        }
    };
    std::vector<std::pair<PageId, QString>> waiting;
    for (const PageSpec& page : pageSpecs()) {
        const QString word = QString::fromLatin1(page.word);
        if (options.page.isEmpty() || options.page.compare(word, Qt::CaseInsensitive) == 0)
            waiting.emplace_back(page.id, word);
    }
    bool agreed = !options.agreeToChain;
    bool checked = false;
    std::optional<QString> shown;
    WhenQuiet walk(window.document(), [&] {
        ImageDocument& document = window.document();
        if (document.state() != ImageDocument::State::Ready) {
            save(document.state() == ImageDocument::State::Empty ? QStringLiteral("start")
                                                                 : QStringLiteral("state"));
            QApplication::exit(exitCode);
            return;
        }
        if (!agreed) {
            agreed = true;
            if (document.chainNeedsConsent()) {
                document.agreeToChain(ImageDocument::Consent::AlsoNamedBesideThem);
                return;
            }
        }
        if (shown)
            save(*shown);
        shown.reset();
        while (!waiting.empty() && !window.view().hasPage(waiting.front().first))
            waiting.erase(waiting.begin());
        if (waiting.empty()) {
            QApplication::exit(exitCode);
            return;
        }
        const auto [page, name] = waiting.front();
        window.view().showPage(page);
        if (page == PageId::Check && !checked) {
            checked = true;
            document.startCheck();
            return;
        }
        waiting.erase(waiting.begin());
        shown = name;
    });
    QApplication::exec();
    return exitCode;
}

int printSummary(const QString& image, const std::optional<std::string>& format)
{
    QTextStream out(stdout);
    QTextStream errors(stderr);
    ImageDocument document;
    open(document, image, format);
    int exitCode = 0;
    WhenQuiet wait(document, [&] {
        if (document.state() == ImageDocument::State::Ready) {
            out << overviewText(describeOverview(document));
        } else {
            exitCode = 1;
            errors << "platter: "
                   << (document.state() == ImageDocument::State::Unknown ? document.name()
                                  + QStringLiteral(": no known signature; use --format raw")
                                                                         : document.error().details)
                   << '\n';
        }
        QApplication::exit(exitCode);
    });
    QApplication::exec();
    return exitCode;
}

} // namespace platter::app
