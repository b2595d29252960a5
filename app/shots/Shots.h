// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/theme/Theme.h"

#include <QSize>
#include <QString>
#include <QStringList>

#include <optional>
#include <string>

namespace platter::app {

/// Pictures of the window, for a machine without a display and for looking at the design.
struct ShotOptions {
    QString folder;
    QString image; ///< empty: the start page
    QSize size{1280, 800};
    std::optional<Theme::Shade> shade;
    Theme::Contrast contrast = Theme::Contrast::Normal;
    std::optional<std::string> format; ///< open as this format, whatever the signature says
    QString page; ///< only this page, by its English name; empty: all
    bool agreeToChain = false;
    QString prefix; ///< of the names of the pictures: "damaged-"
    bool dialogs = false; ///< of each dialog that the image has, too
    bool untilChanged = false; ///< wait until another program has changed the file
    QStringList more; ///< images that join `image` on the page Convert
    QStringList recent; ///< images to be opened before, so that the start page lists them
    bool interrupted = false; ///< the start page after a crash
    bool early = false; ///< of `page` as soon as there are facts, while everything else is read
};

/// Opens the image in a real window, waits until everything is read, saves a picture of each page
/// as FOLDER/<prefix><page>-<theme>-<size>.png and prints the names. @returns the exit code
int takeShots(const ShotOptions& options);

/// Prints what the overview of the image says, once everything is read. @returns the exit code
int printSummary(const QString& image, const std::optional<std::string>& format);

} // namespace platter::app
