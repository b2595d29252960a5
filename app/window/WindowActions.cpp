// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/WindowActions.h"

#include "app/document/Hurdle.h"
#include "app/document/ImageRepair.h"
#include "app/document/ProblemWalk.h"
#include "app/pages/PageCommands.h"
#include "app/window/ActionSet.h"
#include "app/window/FileDrag.h"
#include "app/window/MainWindow.h"
#include "app/window/PageSpec.h"
#include "app/window/ReportSaver.h"
#include "app/window/SelectionCopier.h"
#include "app/window/WindowJobs.h"

#include <QApplication>
#include <QClipboard>
#include <QMenuBar>

namespace platter::app {

namespace {

    class Words {
        Q_DECLARE_TR_FUNCTIONS(WindowActions)
    };

    using Keys = QList<QKeySequence>;

    QString needsImage(const MainWindow& window)
    {
        return window.hasImage() ? QString() : Words::tr("Needs an open image");
    }

    /// `why` is asked only while there is an image.
    template <class Why>
    std::function<QString()> withImage(MainWindow& window, Why why)
    {
        return [&window, why] {
            const QString none = needsImage(window);
            return none.isEmpty() ? why() : none;
        };
    }

    void addFileActions(ActionSet& actions, MainWindow& window)
    {
        const ImageDocument& document = window.document();
        actions.add({QStringLiteral("file.open"), Words::tr("&Open…"),
            QKeySequence::keyBindings(QKeySequence::Open), [&window] { window.chooseFiles(); }});
        actions.add({QStringLiteral("file.folder"), Words::tr("Look through a &folder…"),
            Keys{Qt::CTRL | Qt::SHIFT | Qt::Key_O}, [&window] { window.chooseFolder(); }});
        actions.add({QStringLiteral("file.clearRecent"), Words::tr("&Clear recent images"), {},
            [&window] { window.recent().clear(); },
            [&window] {
                return window.recent().entries().empty() ? Words::tr("The list is empty")
                                                         : QString();
            }});
        actions.add({QStringLiteral("file.reload"), Words::tr("&Reload"), Keys{Qt::Key_F5},
            [&window] { window.document().reload(); },
            [&document] {
                return document.state() == ImageDocument::State::Empty
                    ? Words::tr("Needs an open image")
                    : QString();
            }});
        actions.add({QStringLiteral("file.saveReport"), Words::tr("Save r&eport…"),
            Keys{Qt::CTRL | Qt::SHIFT | Qt::Key_R},
            [&window] { window.reportSaver().chooseFile(); }, withImage(window, [&window] {
                return window.reportSaver().isRunning() ? Words::tr("A report is being made")
                                                        : QString();
            })});
        actions.add({QStringLiteral("file.close"), Words::tr("Close &window"),
            Keys{Qt::CTRL | Qt::Key_W}, [&window] { window.close(); }});
        actions.add({QStringLiteral("file.quit"), Words::tr("&Quit"), Keys{Qt::CTRL | Qt::Key_Q},
            [&window] { emit window.quitRequested(); }});
    }

    void addEditActions(ActionSet& actions, MainWindow& window)
    {
        const auto copy
            = [&](const char* id, const QString& text, const Keys& keys, CopyForm form) {
                  actions.add(
                      {QString::fromLatin1(id), text, keys, [&window, form] { window.copy(form); },
                          [&window, form] { return window.copier().whyNot(form); }});
              };
        ImageRepair& repair = window.document().repair();
        actions.add({QStringLiteral("edit.undo"), Words::tr("&Undo last edit of the image"),
            QKeySequence::keyBindings(QKeySequence::Undo),
            [&window, &repair] {
                repair.takeBack();
                window.view().showPage(PageId::Check);
            },
            [&repair] { return repair.whyNotTakeBack(); }});
        copy("edit.copy", Words::tr("&Copy"), QKeySequence::keyBindings(QKeySequence::Copy),
            CopyForm::Text);
        copy("edit.copyHex", Words::tr("Copy as &hexadecimal bytes"), {}, CopyForm::Hex);
        copy("edit.copyC", Words::tr("Copy as &C array"), {}, CopyForm::C);
        copy("edit.copyJson", Words::tr("Copy as &JSON"), {}, CopyForm::Json);
        copy("edit.copyOffset", Words::tr("Copy &offset"), {}, CopyForm::Offset);
        actions.add({QStringLiteral("edit.copyAs"), Words::tr("Copy &as…"),
            Keys{Qt::CTRL | Qt::SHIFT | Qt::Key_C}, [&window] { window.showCopyMenu(); },
            [&window] { return needsImage(window); }});
        actions.add({QStringLiteral("edit.copyAddress"), Words::tr("Copy file &address"), {},
            [&window] {
                QApplication::clipboard()->setMimeData(
                    FileDrag::addressOf(window.document()).release());
            },
            [&window] { return needsImage(window); }});
        actions.add({QStringLiteral("edit.copyOverview"), Words::tr("Copy o&verview"), {},
            [&window] {
                QApplication::clipboard()->setText(
                    overviewText(describeOverview(window.document())));
            },
            [&window] { return needsImage(window); }});
        const auto cannotFind = withImage(window, [&window] {
            const PageCommands* page = window.pageCommands();
            return page && page->canFind() ? QString()
                                           : Words::tr("This page has nothing to search in");
        });
        actions.add({QStringLiteral("edit.find"), Words::tr("&Find…"),
            QKeySequence::keyBindings(QKeySequence::Find),
            [&window] { window.pageCommands()->startFind(); }, cannotFind});
        actions.add({QStringLiteral("edit.findNext"), Words::tr("Find &next"), Keys{Qt::Key_F3},
            [&window] { window.pageCommands()->findNext(1); }, cannotFind});
        actions.add({QStringLiteral("edit.findPrevious"), Words::tr("Find &previous"),
            Keys{Qt::SHIFT | Qt::Key_F3}, [&window] { window.pageCommands()->findNext(-1); },
            cannotFind});
    }

    void addImageActions(ActionSet& actions, MainWindow& window)
    {
        ImageDocument& document = window.document();
        actions.add({QStringLiteral("image.check"), Words::tr("&Check"),
            Keys{Qt::CTRL | Qt::SHIFT | Qt::Key_K},
            [&window, &document] {
                document.startCheck();
                window.view().showPage(PageId::Check);
            },
            withImage(window, [&document] {
                return document.checker()->isRunning() ? Words::tr("A check is running")
                    : !document.canCheck() ? Words::tr("This format has nothing to check")
                                           : QString();
            })});
        actions.add({QStringLiteral("image.stopCheck"), Words::tr("&Stop check"), {},
            [&document] { document.cancelCheck(); }, withImage(window, [&document] {
                return document.checker()->isRunning() ? QString()
                                                       : Words::tr("No check is running");
            })});
        const auto walk = [&](const char* id, const QString& text, const QKeySequence& key,
                              Direction direction) {
            actions.add({QString::fromLatin1(id), text, {key},
                [&window, direction] { window.goToProblem(direction); },
                withImage(window, [&document] {
                    const auto& report = document.checkReport();
                    return !report ? Words::tr("Nothing was checked yet")
                        : nextProblem(*report, {}, Direction::Forward)
                        ? QString()
                        : Words::tr("The check found no problem");
                })});
        };
        walk("image.nextProblem", Words::tr("&Next problem"), Qt::Key_F8, Direction::Forward);
        walk("image.previousProblem", Words::tr("&Previous problem"), Qt::SHIFT | Qt::Key_F8,
            Direction::Back);
        actions.add({QStringLiteral("image.findings"), Words::tr("Review &findings"), {},
            [&window] { window.view().showPage(PageId::Check); },
            withImage(window, [&document] { return whyAbsent(PageId::Check, document); })});
        actions.add({QStringLiteral("image.repair"), Words::tr("Review &repairs…"), {},
            [&window, &document] {
                window.view().showPage(PageId::Check);
                document.repair().review();
            },
            withImage(window, [&document] {
                const auto& report = document.checkReport();
                return !report ? Words::tr("Nothing was checked yet")
                    : document.repair().isWriting() || document.repair().isPlanning()
                    ? Words::tr("A repair is being worked out or done")
                    : report->corruptions || report->leaks || report->checkErrors
                    ? QString()
                    : Words::tr("The check found no problem");
            })});
        actions.add({QStringLiteral("image.convert"), Words::tr("Con&vert…"),
            Keys{Qt::CTRL | Qt::Key_E}, [&window] { window.view().showPage(PageId::Convert); },
            [&window] { return needsImage(window); }});
        actions.add({QStringLiteral("image.compare"), Words::tr("Compare &with…"), {},
            [&window] { window.chooseForComparison(); },
            withImage(window, [&document] { return hurdleText(document); })});
        actions.add({QStringLiteral("image.unlock"), Words::tr("&Unlock…"), {},
            [&window] { window.askPassphrase(); }, withImage(window, [&document] {
                return document.isLocked()           ? QString()
                    : document.image()->encryption() ? Words::tr("It is unlocked already")
                                                     : Words::tr("This image is not encrypted");
            })});
        actions.add({QStringLiteral("image.namedFiles"), Words::tr("Open named f&iles…"), {},
            [&window] { window.reviewChain(); }, withImage(window, [&document] {
                return document.chainNeedsConsent() ? QString()
                    : document.hasOtherFiles()      ? Words::tr("Nothing waits for your consent")
                                                    : Words::tr("This image names no other file");
            })});
    }

    void addGoActions(ActionSet& actions, MainWindow& window)
    {
        ImageDocument& document = window.document();
        actions.add({QStringLiteral("go.palette"), Words::tr("Command &palette…"),
            Keys{Qt::CTRL | Qt::Key_K, Qt::CTRL | Qt::SHIFT | Qt::Key_P},
            [&window] { window.showPalette(); }});
        actions.add({QStringLiteral("go.place"), Words::tr("&Go to…"), Keys{Qt::CTRL | Qt::Key_G},
            [&window] { window.showGoTo(); }, [&window] { return needsImage(window); }});
        for (const PageSpec& page : pageSpecs()) {
            actions.add({QStringLiteral("page.") + QString::fromLatin1(page.word), page.menuTitle,
                {page.key}, [&window, id = page.id] { window.view().showPage(id); },
                withImage(window, [&document, id = page.id] { return whyAbsent(id, document); })});
        }
        actions.add({QStringLiteral("go.back"), Words::tr("&Back"), Keys{Qt::ALT | Qt::Key_Left},
            [&window] { window.goBack(); }, withImage(window, [&window] {
                return window.history().canGoBack() ? QString()
                                                    : Words::tr("There is no page to go back to");
            })});
        actions.add(
            {QStringLiteral("go.forward"), Words::tr("&Forward"), Keys{Qt::ALT | Qt::Key_Right},
                [&window] { window.goForward(); }, withImage(window, [&window] {
                    return window.history().canGoForward()
                        ? QString()
                        : Words::tr("There is no page to go forward to");
                })});
        actions.add({QStringLiteral("go.nextPane"), Words::tr("&Next pane"), Keys{Qt::Key_F6},
            [&window] { window.view().focusNextPane(1); },
            [&window] { return needsImage(window); }});
        actions.add({QStringLiteral("go.previousPane"), Words::tr("&Previous pane"),
            Keys{Qt::SHIFT | Qt::Key_F6}, [&window] { window.view().focusNextPane(-1); },
            [&window] { return needsImage(window); }});
    }

    void addViewActions(ActionSet& actions, MainWindow& window)
    {
        ImageDocument& document = window.document();
        const auto show = [&](const char* id, const QString& text, const Keys& keys, PageId page) {
            actions.add({QString::fromLatin1(id), text, keys,
                [&document, page] { document.reveal(page, document.selection()); },
                withImage(window, [&window, page] {
                    const Selection& selection = window.document().selection();
                    return !window.view().hasPage(page)     ? whyAbsent(page, window.document())
                        : selection.host || selection.guest ? QString()
                                                            : Words::tr("Nothing is selected");
                })});
        };
        show("view.selectionInHex", Words::tr("Selection in &Hex"), Keys{Qt::CTRL | Qt::Key_H},
            PageId::Hex);
        show("view.selectionOnMap", Words::tr("Selection on the &map"), {}, PageId::Map);
        const auto theme = [&](const char* id, const QString& text, Theme::Choice choice) {
            actions.add({QString::fromLatin1(id), text, {}, [choice] { Theme::choose(choice); }, {},
                [choice] { return Theme::choice() == choice; }});
        };
        theme("view.systemTheme", Words::tr("&System theme"), Theme::Choice::System);
        theme("view.lightTheme", Words::tr("&Light theme"), Theme::Choice::Light);
        theme("view.darkTheme", Words::tr("&Dark theme"), Theme::Choice::Dark);
        const auto isMore = [] { return Theme::contrast() == Theme::Contrast::More; };
        actions.add({QStringLiteral("view.moreContrast"), Words::tr("More &contrast"), {},
            [isMore] { Theme::choose(isMore() ? Theme::Contrast::Normal : Theme::Contrast::More); },
            {}, isMore});
    }

    void list(QMenu& menu, const ActionSet& actions, const QStringList& ids)
    {
        for (const QString& id : ids) {
            if (id.isEmpty())
                menu.addSeparator();
            else
                menu.addAction(actions.find(id));
        }
    }

} // namespace

void addWindowActions(ActionSet& actions, MainWindow& window)
{
    addFileActions(actions, window);
    addEditActions(actions, window);
    addImageActions(actions, window);
    addViewActions(actions, window);
    addGoActions(actions, window);
    actions.add({QStringLiteral("edit.settings"), Words::tr("&Settings…"),
        Keys{Qt::CTRL | Qt::Key_Comma}, [&window] { window.showSettings(); }});
    actions.add({QStringLiteral("help.keys"), Words::tr("&Keys and help of this page"),
        Keys{Qt::Key_F1, Qt::CTRL | Qt::Key_Question}, [&window] { window.showKeys(); }});
    actions.add({QStringLiteral("help.about"), Words::tr("&About Platter"), {},
        [&window] { window.showAbout(); }});
}

void fillMenus(QMenuBar& bar, const ActionSet& actions, QMenu& recentMenu)
{
    const auto add = [&bar](const QString& title) -> QMenu& {
        QMenu* menu = bar.addMenu(title);
        menu->setToolTipsVisible(true);
        return *menu;
    };
    const auto word = [](const char* id) { return QString::fromLatin1(id); };
    QMenu& file = add(Words::tr("&File"));
    list(file, actions, {word("file.open"), word("file.folder")});
    file.addMenu(&recentMenu);
    list(file, actions,
        {word("file.reload"), word("file.saveReport"), {}, word("file.close"), word("file.quit")});

    QMenu& edit = add(Words::tr("&Edit"));
    list(edit, actions, {word("edit.undo"), {}, word("edit.copy")});
    list(*edit.addMenu(Words::tr("Copy &as")), actions,
        {word("edit.copyHex"), word("edit.copyC"), word("edit.copyJson"), word("edit.copyOffset"),
            {}, word("edit.copyAs")});
    list(edit, actions,
        {word("edit.copyOverview"), word("edit.copyAddress"), {}, word("edit.find"),
            word("edit.findNext"), word("edit.findPrevious"), {}, word("edit.settings")});

    list(add(Words::tr("&Image")), actions,
        {word("image.check"), word("image.stopCheck"), word("image.findings"), word("image.repair"),
            word("image.nextProblem"), word("image.previousProblem"), {}, word("image.convert"),
            word("image.compare"), {}, word("image.unlock"), word("image.namedFiles")});

    QMenu& view = add(Words::tr("&View"));
    list(view, actions, {word("view.selectionInHex"), word("view.selectionOnMap"), {}});
    list(*view.addMenu(Words::tr("&Theme")), actions,
        {word("view.systemTheme"), word("view.lightTheme"), word("view.darkTheme"), {},
            word("view.moreContrast")});

    QMenu& go = add(Words::tr("&Go"));
    list(go, actions, {word("go.palette"), word("go.place"), {}});
    for (const PageSpec& page : pageSpecs())
        go.addAction(actions.find(QStringLiteral("page.") + QString::fromLatin1(page.word)));
    list(go, actions,
        {{}, word("go.back"), word("go.forward"), word("go.nextPane"), word("go.previousPane")});

    list(add(Words::tr("&Jobs")), actions, WindowJobs::menuIds());
    list(add(Words::tr("&Help")), actions, {word("help.keys"), word("help.about")});
}

} // namespace platter::app
