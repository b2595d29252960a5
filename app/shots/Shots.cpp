// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shots/Shots.h"

#include "app/dialogs/LocateDialog.h"
#include "app/dialogs/QuitDialog.h"
#include "app/document/ImageRepair.h"
#include "app/document/Overview.h"
#include "app/jobs/ConversionJob.h"
#include "app/jobs/JobQueue.h"
#include "app/pages/ConvertPage.h"
#include "app/pages/MapExporter.h"
#include "app/palette/CommandPalette.h"
#include "app/window/DropOverlay.h"
#include "app/window/MainWindow.h"
#include "app/window/PageSpec.h"
#include "app/window/StartPage.h"
#include "app/window/WindowDrops.h"
#include "app/window/WindowJobs.h"

#include <QApplication>
#include <QDialog>
#include <QDir>
#include <QFileInfo>
#include <QLineEdit>
#include <QMimeData>
#include <QPainter>
#include <QPixmap>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTextStream>
#include <QTimer>
#include <QUrl>

#include <algorithm>
#include <deque>
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

    bool isQuiet(const ImageDocument& document)
    {
        return !document.isBusy() && document.state() != ImageDocument::State::Loading;
    }

    /// Calls `then` once nothing has run for a while and the window had time to draw it.
    class WhenQuiet final : public QObject {
    public:
        WhenQuiet(std::function<bool()> isQuiet, std::function<void()> then)
            : m_isQuiet(std::move(isQuiet))
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
            m_quiet = m_isQuiet() ? m_quiet + 1 : 0;
            if (m_quiet < quietLooks)
                return;
            m_quiet = 0;
            m_then();
        }

        std::function<bool()> m_isQuiet;
        std::function<void()> m_then;
        QTimer m_timer;
        int m_quiet = 0;
    };

    /// Walks one window through everything that is to be pictured.
    class Photographer final {
    public:
        explicit Photographer(const ShotOptions& options);
        int exitCode() const { return m_exitCode; }

    private:
        /// Prepares a picture and says its name; without a name it only prepares.
        using Step = std::function<QString()>;

        void next();
        void saveEarly();
        void planRecent();
        void planImage();
        void planLocate();
        void planConversion();
        void planDrops();
        void planDialogs();
        void planJobs();
        void save(const QString& name);

        ShotOptions m_options;
        RecentImages m_recent;
        JobQueue m_jobs;
        MainWindow m_window;
        std::unique_ptr<MainWindow> m_reader; ///< never shown
        std::unique_ptr<QTemporaryDir> m_targets; ///< of conversions
        std::deque<Step> m_steps;
        QString m_waiting; ///< the picture that is taken when all is quiet
        bool m_planned = false;
        bool m_changed = false;
        int m_exitCode = 0;
        std::unique_ptr<WhenQuiet> m_quiet;
    };

    Photographer::Photographer(const ShotOptions& options)
        : m_options(options)
        , m_window(m_recent, m_jobs)
    {
        m_window.setAttribute(Qt::WA_DeleteOnClose, false);
        m_window.resize(options.size);
        m_window.show();
        QObject::connect(&m_window.document(), &ImageDocument::newsChanged, &m_window,
            [this] { m_changed = m_window.document().isStale(); });
        if (options.early)
            QObject::connect(
                &m_window.document(), &ImageDocument::stateChanged, &m_window,
                [this](ImageDocument::State state) {
                    if (state == ImageDocument::State::Ready)
                        saveEarly();
                },
                Qt::QueuedConnection);
        if (!options.image.isEmpty())
            open(m_window.document(), options.image, options.format);
        else
            planRecent();
        if (options.early)
            return; // nothing is waited for
        m_quiet = std::make_unique<WhenQuiet>(
            [this] {
                return m_jobs.count(QueuedJob::State::Running) == 0 && isQuiet(m_window.document())
                    && (!m_reader || isQuiet(m_reader->document()));
            },
            [this] { next(); });
    }

    /// Pictures one page while it is read.
    void Photographer::saveEarly()
    {
        for (const PageSpec& page : pageSpecs()) {
            const QString word = QString::fromLatin1(page.word);
            if (m_options.page.compare(word, Qt::CaseInsensitive) != 0
                || !m_window.view().hasPage(page.id))
                continue;
            m_window.view().showPage(page.id);
            save(word);
        }
        QApplication::exit(m_exitCode);
    }

    void Photographer::planRecent()
    {
        m_planned = true;
        // Opened by a window of their own, which remembers them as any window does.
        m_reader = std::make_unique<MainWindow>(m_recent, m_jobs);
        m_reader->setAttribute(Qt::WA_DeleteOnClose, false);
        for (const QString& image : m_options.recent) {
            m_steps.emplace_back([this, image] {
                m_reader->openHere(image);
                return QString();
            });
            m_steps.emplace_back([this] {
                m_reader->document().startCheck();
                return QString();
            });
        }
        m_steps.emplace_back([this] {
            if (m_options.interrupted)
                m_window.startPage().offerReopen(m_options.recent);
            return QStringLiteral("start");
        });
    }

    void Photographer::planImage()
    {
        m_planned = true;
        ImageDocument& document = m_window.document();
        if (document.state() != ImageDocument::State::Ready) {
            m_steps.emplace_back([] { return QStringLiteral("state"); });
            return;
        }
        if (m_options.dialogs && document.chainNeedsConsent())
            m_steps.emplace_back([this] {
                m_window.reviewChain();
                return QStringLiteral("consent");
            });
        if (m_options.dialogs && document.isLocked())
            m_steps.emplace_back([this] {
                m_window.askPassphrase();
                return QStringLiteral("passphrase");
            });
        if (m_options.agreeToChain)
            m_steps.emplace_back([&document] {
                if (document.chainNeedsConsent())
                    document.agreeToChain(ImageDocument::Consent::AlsoNamedBesideThem);
                return QString();
            });
        for (const PageSpec& page : pageSpecs()) {
            const QString word = QString::fromLatin1(page.word);
            if (!m_options.page.isEmpty() && m_options.page.compare(word, Qt::CaseInsensitive) != 0)
                continue;
            if (!m_window.view().hasPage(page.id))
                continue;
            if (page.id == PageId::Check)
                m_steps.emplace_back([&document] {
                    document.startCheck();
                    return QString();
                });
            m_steps.emplace_back([this, id = page.id, word] {
                m_window.view().showPage(id);
                return word;
            });
            if (page.id == PageId::Check && m_window.document().image()->formatId() == "qcow2")
                m_steps.emplace_back([&document] {
                    const auto& report = document.checkReport();
                    if (!report || !(report->corruptions || report->leaks))
                        return QString();
                    document.repair().review();
                    return QStringLiteral("check-repair");
                });
            if (page.id == PageId::Convert && (m_options.dialogs || !m_options.more.isEmpty()))
                planConversion();
        }
        if (m_options.dialogs && m_options.page.isEmpty())
            planDrops();
        if (m_options.dialogs) {
            planDialogs();
            planJobs();
        }
    }

    /// The dialog that finds a missing file, with what lies beside the image as candidates.
    void Photographer::planLocate()
    {
        const auto& chain = m_window.document().chain();
        const auto missing = std::find_if(chain.begin(), chain.end(),
            [](const ChainLink& link) { return link.state == ChainLink::State::Missing; });
        if (missing == chain.end())
            return;
        const auto link = static_cast<std::size_t>(missing - chain.begin());
        m_steps.emplace_back([this, link] {
            auto* dialog = new LocateDialog(m_window.document(), link, &m_window);
            dialog->open();
            dialog->judgeFilesOf(QFileInfo(m_options.image).absolutePath());
            return QStringLiteral("locate");
        });
    }

    /// The page Convert with what a plain picture of it does not show.
    void Photographer::planConversion()
    {
        const auto add
            = [this](const QString& name, const std::function<void(ConvertPage&)>& change) {
                  m_steps.emplace_back([this, name, change] {
                      change(m_window.view().convertPage());
                      return name;
                  });
              };
        add(QStringLiteral("convert-losses"), [](ConvertPage& page) {
            ConversionChoice choice;
            choice.format = "vdi";
            page.list().choose(choice);
        });
        add(QStringLiteral("convert-samples"), [](ConvertPage& page) {
            ConversionChoice choice;
            choice.image.compress = true;
            page.list().choose(choice);
        });
        add(QStringLiteral("convert-options"), [](ConvertPage& page) { page.showOptions(true); });
        if (m_options.more.isEmpty())
            return;
        add(QStringLiteral("convert-several"), [this](ConvertPage& page) {
            page.showOptions(false);
            page.join(m_options.more);
        });
    }

    void Photographer::planDrops()
    {
        const auto add = [this](const QString& name, const QStringList& files) {
            m_steps.emplace_back([this, name, files] {
                QMimeData data;
                QList<QUrl> urls;
                for (const QString& file : files)
                    urls << QUrl::fromLocalFile(file);
                data.setUrls(urls);
                DropPlace place;
                place.hasWindow = m_window.hasImage();
                place.imageName = m_window.hasImage() ? m_window.document().name() : QString();
                DropOverlay& overlay = m_window.drops().overlay();
                overlay.showPlan(DropPlan::judge(data, place));
                overlay.pointAt(overlay.zoneRect(0).center());
                return name;
            });
        };
        add(QStringLiteral("drop"), {QStringLiteral("/vm/dev-box.qcow2")});
        add(QStringLiteral("drop-several"),
            {QStringLiteral("/vm/a.qcow2"), QStringLiteral("/vm/b.vdi"),
                QStringLiteral("/vm/c.raw")});
        add(QStringLiteral("drop-refused"), {});
        m_steps.emplace_back([this] {
            m_window.drops().overlay().hide();
            return QString();
        });
    }

    void Photographer::planDialogs()
    {
        planLocate();
        const auto add = [this](const QString& name, const std::function<void()>& show) {
            m_steps.emplace_back([name, show] {
                show();
                return name;
            });
        };
        m_steps.emplace_back([this] {
            m_window.view().showPage(PageId::Map);
            return QString();
        });
        add(QStringLiteral("map-table"),
            [this] { m_window.findChild<MapExporter*>()->showTable(); });
        add(QStringLiteral("keys"), [this] { m_window.showKeys(); });
        add(QStringLiteral("about"), [this] { m_window.showAbout(); });
        for (int tab = 0; tab < 4; ++tab)
            add(QStringLiteral("settings-%1").arg(tab + 1), [this, tab] {
                m_window.showSettings();
                m_window.findChild<QDialog*>()->findChild<QTabWidget*>()->setCurrentIndex(tab);
            });
        add(QStringLiteral("palette"), [this] { m_window.showPalette(); });
        add(QStringLiteral("palette-typed"),
            [this] { m_window.commandPalette().field().setText(QStringLiteral("co")); });
        add(QStringLiteral("goto"), [this] { m_window.showGoTo(); });
        add(QStringLiteral("goto-typed"),
            [this] { m_window.commandPalette().field().setText(QStringLiteral("guest 1M")); });
    }

    /// Jobs in every state that stands still, made by real conversions.
    void Photographer::planJobs()
    {
        m_steps.emplace_back([this] {
            m_targets = std::make_unique<QTemporaryDir>();
            m_window.commandPalette().hide();
            m_window.view().showPage(PageId::Overview);
            m_jobs.setMostAtOnce(1);
            const auto task = [this](const QString& target, const char* format) {
                ConversionOrder order;
                order.request.source = m_window.document().path();
                for (const ChainLink& link : m_window.document().chain())
                    order.agreed.insert(link.name.path);
                order.request.open.sharing = OpenOptions::Sharing::Look;
                order.request.decrypt = true;
                order.request.target = fromQtPath(target);
                order.request.options.format = format;
                return std::make_shared<const ConversionJob>(std::move(order));
            };
            const auto place = [this](const char* name) {
                return m_targets->filePath(QString::fromLatin1(name));
            };
            m_jobs.add(task(place("copy.vdi"), "vdi"));
            m_jobs.add(task(m_options.image, "raw")); // exists: it fails
            QueuedJob* held = m_jobs.add(task(place("copy.raw"), "raw"));
            m_jobs.add(task(place("copy.raw"), "raw")); // waits for the one before
            m_jobs.offer(task(place("small.qcow2"), "qcow2"));
            m_jobs.pause(*held);
            QObject::connect(held, &QueuedJob::stateChanged, &m_window, [this, held] {
                if (held->state() == QueuedJob::State::Running)
                    m_jobs.pause(*held);
            });
            return QString();
        });
        m_steps.emplace_back([this] {
            m_window.windowJobs().show();
            return QStringLiteral("jobs");
        });
        m_steps.emplace_back([this] {
            (new QuitDialog(m_jobs, &m_window))->open();
            return QStringLiteral("quit");
        });
    }

    void Photographer::next()
    {
        if (m_options.untilChanged && !m_changed)
            return;
        if (!m_planned)
            planImage();
        if (!m_waiting.isEmpty())
            save(m_waiting);
        m_waiting.clear();
        if (m_steps.empty()) {
            QApplication::exit(m_exitCode);
            return;
        }
        const Step step = std::move(m_steps.front());
        m_steps.pop_front();
        m_waiting = step();
    }

    void Photographer::save(const QString& name)
    {
        QPixmap picture = m_window.grab();
        if (auto* dialog = m_window.findChild<QDialog*>(); dialog && dialog->isVisible()) {
            // A window of its own: the picture shows it where a desktop would.
            const QPixmap over = dialog->grab();
            const QRect at(QPoint((m_window.width() - dialog->width()) / 2,
                               std::max(0, (m_window.height() - dialog->height()) / 2)),
                dialog->size());
            QPainter painter(&picture);
            painter.drawPixmap(at.topLeft(), over);
            painter.setPen(Theme::color(Token::ControlEdge));
            painter.drawRect(at.adjusted(-1, -1, 0, 0));
            painter.end();
            delete dialog;
        }
        const QString suffix
            = QStringLiteral("-%1%2-%3x%4.png")
                  .arg(Theme::shade() == Theme::Shade::Dark ? QStringLiteral("dark")
                                                            : QStringLiteral("light"),
                      Theme::contrast() == Theme::Contrast::More ? QStringLiteral("-contrast")
                                                                 : QString())
                  .arg(m_options.size.width())
                  .arg(m_options.size.height());
        const QString path = QDir(m_options.folder).filePath(m_options.prefix + name + suffix);
        if (picture.save(path)) {
            QTextStream(stdout) << path << '\n';
        } else {
            QTextStream(stderr) << "platter: cannot write " << path << '\n';
            m_exitCode = 1;
        }
    }

} // namespace

int takeShots(const ShotOptions& options)
{
    if (options.shade)
        Theme::show(*options.shade, options.contrast);
    if (!QDir().mkpath(options.folder)) {
        QTextStream(stderr) << "platter: cannot make the folder " << options.folder << '\n';
        return 1;
    }
    Photographer photographer(options);
    QApplication::exec();
    return photographer.exitCode();
}

int printSummary(const QString& image, const std::optional<std::string>& format)
{
    QTextStream out(stdout);
    QTextStream errors(stderr);
    ImageDocument document;
    open(document, image, format);
    int exitCode = 0;
    WhenQuiet wait([&] { return isQuiet(document); },
        [&] {
            if (document.state() == ImageDocument::State::Ready) {
                out << overviewText(describeOverview(document));
            } else {
                exitCode = 1;
                errors << "platter: "
                       << (document.state() == ImageDocument::State::Unknown
                                  ? document.name()
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
