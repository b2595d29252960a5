// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QJsonDocument>
#include <QString>
#include <QStringList>

namespace platter::tests {

/// What a finished program left.
struct Finished {
    int exitCode = -1;
    QByteArray output;
    QByteArray errors;
};

/// Runs a program in `folder` (empty: the current one) and waits for its end.
Finished run(const QString& program, const QStringList& arguments, const QString& folder = {},
    const QByteArray& input = {});

/// Runs qemu-img and throws std::runtime_error with its words unless it exits with 0. @returns
/// standard output
QByteArray qemuImg(const QStringList& arguments, const QString& folder = {});

/// Runs qemu-io on an image with one -c for each command, for example "write -P 7 0 64k"; throws
/// like qemuImg(). `options` come before the file, for example {"--image-opts"}.
QByteArray qemuIo(
    const QString& image, const QStringList& commands, const QStringList& options = {});

/// qemu-img's JSON for "info", "check", "map" of a file; check may exit with 0, 2 or 3.
QJsonDocument qemuJson(const QStringList& arguments);

/// Runs platter-cli of this build (the tests' environment names it).
Finished platterCli(
    const QStringList& arguments, const QString& folder = {}, const QByteArray& input = {});

} // namespace platter::tests
