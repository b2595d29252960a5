// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/PageSpec.h"

#include <QCoreApplication>

#include <algorithm>

namespace platter::app {

namespace {

    QString text(const char* source)
    {
        return QCoreApplication::translate("PageSpec", source);
    }

} // namespace

QString PageSpec::title() const
{
    QString title = menuTitle;
    return title.remove(QLatin1Char('&'));
}

std::vector<PageSpec> pageSpecs()
{
    const auto key = [](Qt::Key digit) { return QKeySequence(Qt::CTRL | digit); };
    return {
        {PageId::Overview, "overview", "layout-dashboard", key(Qt::Key_1),
            text(QT_TRANSLATE_NOOP("PageSpec", "&Overview"))},
        {PageId::Header, "header", "list-tree", key(Qt::Key_2),
            text(QT_TRANSLATE_NOOP("PageSpec", "&Header"))},
        {PageId::Map, "map", "map", key(Qt::Key_3), text(QT_TRANSLATE_NOOP("PageSpec", "&Map"))},
        {PageId::Refcounts, "refcounts", "chart-column", key(Qt::Key_4),
            text(QT_TRANSLATE_NOOP("PageSpec", "&Refcounts"))},
        {PageId::Snapshots, "snapshots", "history", key(Qt::Key_5),
            text(QT_TRANSLATE_NOOP("PageSpec", "&Snapshots"))},
        {PageId::Chain, "chain", "link", key(Qt::Key_6),
            text(QT_TRANSLATE_NOOP("PageSpec", "&Chain"))},
        {PageId::Bitmaps, "bitmaps", "grid-2x2-check", key(Qt::Key_7),
            text(QT_TRANSLATE_NOOP("PageSpec", "&Bitmaps"))},
        {PageId::Check, "check", "shield-check", key(Qt::Key_8),
            text(QT_TRANSLATE_NOOP("PageSpec", "Chec&k"))},
        {PageId::Convert, "convert", "arrow-right-left", key(Qt::Key_9),
            text(QT_TRANSLATE_NOOP("PageSpec", "Con&vert"))},
        {PageId::Hex, "hex", "binary", key(Qt::Key_0), text(QT_TRANSLATE_NOOP("PageSpec", "He&x"))},
    };
}

QString whyAbsent(PageId page, const ImageDocument& document)
{
    const auto image = document.image();
    if (!image)
        return text(QT_TRANSLATE_NOOP("PageSpec", "Needs an open image"));
    const std::string format = image->formatId();
    switch (page) {
    case PageId::Overview:
    case PageId::Map:
    case PageId::Chain: // others may rest on it, whatever it is
    case PageId::Convert:
    case PageId::Hex: return {};
    case PageId::Header:
        return document.facts().structures.empty()
            ? text(QT_TRANSLATE_NOOP("PageSpec", "A raw image has no header"))
            : QString();
    case PageId::Refcounts:
        return format == "qcow2"
            ? QString()
            : text(QT_TRANSLATE_NOOP("PageSpec", "Only QCOW2 images count references"));
    case PageId::Snapshots:
        return format == "qcow2"
            ? QString()
            : text(QT_TRANSLATE_NOOP("PageSpec", "Only QCOW2 images hold internal snapshots"));
    case PageId::Bitmaps:
        return format == "qcow2"
            ? QString()
            : text(QT_TRANSLATE_NOOP("PageSpec", "Only QCOW2 images hold bitmaps"));
    case PageId::Check:
        return document.canCheck()
            ? QString()
            : text(QT_TRANSLATE_NOOP("PageSpec", "This format has nothing to check"));
    }
    return {};
}

bool hasPage(PageId page, const ImageDocument& document)
{
    const auto specs = pageSpecs();
    return std::any_of(specs.begin(), specs.end(), [page](const PageSpec& spec) {
        return spec.id == page;
    }) && whyAbsent(page, document).isEmpty();
}

} // namespace platter::app
