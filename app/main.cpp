// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/GuiWatchdog.h"
#include "app/session/DesktopTheme.h"
#include "app/shots/Shots.h"
#include "app/window/Look.h"
#include "app/window/WindowSet.h"
#include "widgets/theme/Theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QIcon>
#include <QSettings>
#include <QTemporaryDir>
#include <QTextStream>
#include <QTimer>
#include <QTranslator>
#include <QWidget>
#include <QWindow>

#include <optional>

namespace {

std::optional<QSize> sizeFrom(const QString& text)
{
    const QStringList parts = text.split(QLatin1Char('x'));
    if (parts.size() != 2)
        return std::nullopt;
    const QSize size(parts[0].toInt(), parts[1].toInt());
    if (size.width() < 100 || size.height() < 100 || size.width() > 8192 || size.height() > 8192)
        return std::nullopt;
    return size;
}

int refuse(const QString& why)
{
    QTextStream(stderr) << "platter: " << why << '\n';
    return 2;
}

/// Ends the program once its windows have been painted and events are waited for.
void endOnceUsable()
{
    auto* turn = new QTimer(QCoreApplication::instance());
    QObject::connect(turn, &QTimer::timeout, turn, [turn] {
        for (QWidget* window : QApplication::topLevelWidgets()) {
            if (!window->isVisible())
                continue;
            if (!window->windowHandle()->isExposed())
                return; // another turn
            window->repaint();
        }
        turn->stop();
        QTextStream(stdout) << "usable\n";
        QCoreApplication::quit();
    });
    turn->start(0);
}

} // namespace

int main(int argc, char** argv)
{
    using namespace platter;
    using namespace platter::app;

    QApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("Platter"));
    QCoreApplication::setOrganizationName(QStringLiteral("Platter"));
    QCoreApplication::setApplicationVersion(QStringLiteral(PLATTER_VERSION));
    QGuiApplication::setDesktopFileName(QStringLiteral("io.github.platter.Platter"));
    loadResources();
    QTranslator plurals;
    if (plurals.load(QStringLiteral(":/translations/platter_en.qm")))
        QCoreApplication::installTranslator(&plurals);
    QApplication::setWindowIcon(QIcon(QStringLiteral(":/platter.svg")));

    QCommandLineParser parser;
    parser.setApplicationDescription(QCoreApplication::translate(
        "main", "Opens virtual disk images and shows what is inside them."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(QStringLiteral("FILE"),
        QCoreApplication::translate("main", "Images to open, one window each."),
        QStringLiteral("[FILE…]"));
    const QCommandLineOption format(QStringLiteral("format"),
        QCoreApplication::translate("main", "Open as this format instead of by signature."),
        QStringLiteral("FORMAT"));
    const QCommandLineOption summary(QStringLiteral("summary"),
        QCoreApplication::translate("main", "Print what the overview says and exit."));
    const QCommandLineOption shots(QStringLiteral("shots"),
        QCoreApplication::translate("main", "Save a picture of every page into DIR and exit."),
        QStringLiteral("DIR"));
    const QCommandLineOption theme(QStringLiteral("theme"),
        QCoreApplication::translate("main", "Use the light or dark theme this time."),
        QStringLiteral("light|dark"));
    const QCommandLineOption size(QStringLiteral("size"),
        QCoreApplication::translate("main", "Size of the pictures."), QStringLiteral("WxH"),
        QStringLiteral("1280x800"));
    const QCommandLineOption page(QStringLiteral("page"),
        QCoreApplication::translate("main", "Only the picture of this page."),
        QStringLiteral("NAME"));
    const QCommandLineOption contrast(QStringLiteral("contrast"),
        QCoreApplication::translate("main", "For pictures: more contrast."));
    const QCommandLineOption prefix(QStringLiteral("prefix"),
        QCoreApplication::translate("main", "For pictures: how their names begin."),
        QStringLiteral("WORDS"));
    const QCommandLineOption dialogs(QStringLiteral("dialogs"),
        QCoreApplication::translate("main", "For pictures: also of each dialog."));
    const QCommandLineOption recent(QStringLiteral("recent"),
        QCoreApplication::translate(
            "main", "For pictures: the start page after the files were opened."));
    const QCommandLineOption interrupted(QStringLiteral("interrupted"),
        QCoreApplication::translate(
            "main", "For pictures: the start page after a crash with the files."));
    const QCommandLineOption untilChanged(QStringLiteral("until-changed"),
        QCoreApplication::translate(
            "main", "For pictures: wait until another program has changed the file."));
    const QCommandLineOption early(QStringLiteral("early"),
        QCoreApplication::translate("main", "For pictures: of the page while it is read."));
    const QCommandLineOption agree(QStringLiteral("agree"),
        QCoreApplication::translate("main", "For pictures: open the files that the image names."));
    const QCommandLineOption measureStart(QStringLiteral("measure-start"),
        QCoreApplication::translate("main", "For measuring: end once the start page is usable."));
    parser.addOptions({measureStart, format, summary, shots, theme, size, page, agree, contrast,
        prefix, dialogs, recent, interrupted, untilChanged, early});
    parser.process(application);

    std::optional<QTemporaryDir> ownSettings;
    if (parser.isSet(shots)) {
        // Pictures neither show what a user did nor leave anything behind.
        ownSettings.emplace();
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, ownSettings->path());
    }
    Theme::apply();
    if (!parser.isSet(shots)) // taking a picture holds the window
        startLoggingWatchdog();
    std::optional<Theme::Shade> shade;
    if (parser.isSet(theme)) {
        const QString wanted = parser.value(theme);
        if (wanted != QLatin1String("light") && wanted != QLatin1String("dark"))
            return refuse(QStringLiteral("--theme takes light or dark"));
        shade = wanted == QLatin1String("dark") ? Theme::Shade::Dark : Theme::Shade::Light;
        Theme::show(*shade);
    }
    const QStringList files = parser.positionalArguments();
    const auto statedFormat
        = parser.isSet(format) ? std::optional{parser.value(format).toStdString()} : std::nullopt;
    if (parser.isSet(summary)) {
        if (files.size() != 1)
            return refuse(QStringLiteral("--summary takes one FILE"));
        return printSummary(files.front(), statedFormat);
    }
    if (parser.isSet(shots)) {
        const bool startPage = parser.isSet(recent) || parser.isSet(interrupted);
        const auto wantedSize = sizeFrom(parser.value(size));
        const bool several = parser.value(page) == QLatin1String("convert");
        if (!wantedSize || (files.size() > 1 && !startPage && !several))
            return refuse(QStringLiteral("--shots takes one FILE and a --size like 1280x800"));
        ShotOptions options;
        options.folder = parser.value(shots);
        options.image = startPage ? QString() : files.value(0);
        options.size = *wantedSize;
        options.shade = shade;
        options.contrast = parser.isSet(contrast) ? Theme::Contrast::More : Theme::Contrast::Normal;
        options.format = statedFormat;
        options.page = parser.value(page);
        options.agreeToChain = parser.isSet(agree);
        options.prefix = parser.value(prefix);
        options.dialogs = parser.isSet(dialogs);
        options.untilChanged = parser.isSet(untilChanged);
        options.more = startPage ? QStringList() : files.mid(1);
        options.recent = startPage ? files : QStringList();
        options.interrupted = parser.isSet(interrupted);
        options.early = parser.isSet(early);
        return takeShots(options);
    }
    const DesktopTheme desktopTheme;
    const OpenImages::LastTime lastTime = OpenImages::begin();
    WindowSet windows;
    windows.offerUnfinished();
    if (statedFormat && files.size() == 1) {
        MainWindow* window = windows.createWindow();
        window->openHereAs(files.front(), *statedFormat);
        window->show();
    } else if (files.isEmpty()) {
        windows.start(lastTime);
    } else {
        windows.open(files);
    }
    if (parser.isSet(measureStart))
        endOnceUsable();
    const int exitCode = QApplication::exec();
    OpenImages::end();
    return exitCode;
}
