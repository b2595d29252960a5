// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/disk/VirtualDisk.h"

#include <QByteArray>
#include <QString>

#include <optional>

namespace platter::tests {

/// Opens the image at `path` with all that it rests on, as the command line does with
/// --trust-chain.
VirtualDisk openDisk(const QString& path, const std::optional<QString>& passphrase = {},
    std::optional<std::size_t> snapshot = {});

/// SHA-256 of a guest disk, read in pieces of odd length so that no alignment is taken for granted.
QByteArray guestHash(const VirtualDisk& disk);

/// SHA-256 of a file.
QByteArray fileHash(const QString& path);

/// SHA-256 of what `qemu-img convert -O raw` makes of an image; `source` are its arguments for the
/// source, for example
/// {"-l", "snapshot.id=1", file}. The raw file is made in `folder` and removed.
QByteArray qemuHash(const QStringList& source, const QString& folder);

/// How a qemu-img or qemu-io call names an encrypted image: {"--object", …, "--image-opts",
/// "driver=qcow2,…"}.
QStringList encryptedSource(const QString& path, const QString& format, const QString& passphrase);

} // namespace platter::tests
