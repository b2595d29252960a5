// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/HexCopier.h"

#include "app/text/ByteText.h"

#include <QClipboard>
#include <QFileDialog>
#include <QGuiApplication>
#include <QMenu>
#include <QSaveFile>

#include <algorithm>

namespace platter::app {

HexCopier::HexCopier(std::function<SelectedBytes()> selected, QWidget* parent)
    : QObject(parent)
    , m_selected(std::move(selected))
    , m_page(parent)
    , m_runner(tr("Copy"))
{
    connect(&m_runner, &JobRunner::failed, this,
        [this](const ErrorText& error) { emit failed(error.why); });
}

void HexCopier::fill(QMenu& menu)
{
    const SelectedBytes selected = m_selected();
    const bool some = selected.space && selected.length > 0;
    menu.setToolTipsVisible(true);
    const auto add = [&](const QString& text, auto act) {
        QAction* const action = menu.addAction(text, this, act);
        action->setEnabled(some);
        if (!some) {
            action->setToolTip(tr("Nothing is selected"));
            action->setStatusTip(tr("Nothing is selected"));
        }
    };
    add(tr("Copy as hexadecimal"), [this] { copy(Form::Hex); });
    add(tr("Copy as C array"), [this] { copy(Form::CArray); });
    add(tr("Copy as text"), [this] { copy(Form::Text); });
    add(tr("Copy as Base64"), [this] { copy(Form::Base64); });
    add(tr("Copy as JSON"), [this] { copy(Form::Json); });
    add(tr("Copy offset"), [start = selected.start] {
        QGuiApplication::clipboard()->setText(QStringLiteral("0x") + QString::number(start, 16));
    });
    menu.addSeparator();
    add(tr("Save selection..."), [this] { chooseFile(); });
}

void HexCopier::copy(Form form)
{
    const SelectedBytes selected = m_selected();
    const quint64 length = std::min(selected.length, mostCopied);
    if (!selected.space || length == 0)
        return;
    m_runner.start(
        [space = selected.space, start = selected.start, length](const JobControl&) {
            QByteArray bytes(static_cast<qsizetype>(length), '\0');
            space->read(start, std::as_writable_bytes(std::span{bytes.data(), length}));
            return bytes;
        },
        [form, start = selected.start, name = selected.name](const QByteArray& bytes) {
            QString text;
            switch (form) {
            case Form::Hex: text = QString::fromLatin1(bytes.toHex(' ')); break;
            case Form::CArray: text = asCArray(bytes); break;
            case Form::Text: text = asText(bytes); break;
            case Form::Base64: text = QString::fromLatin1(bytes.toBase64()); break;
            case Form::Json: text = asJson(bytes, start, name); break;
            }
            QGuiApplication::clipboard()->setText(text);
        });
}

void HexCopier::chooseFile()
{
    auto* dialog = new QFileDialog(m_page, tr("Save selection"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    connect(dialog, &QFileDialog::fileSelected, this, &HexCopier::save);
    dialog->open();
}

void HexCopier::save(const QString& path)
{
    const SelectedBytes selected = m_selected();
    if (!selected.space || selected.length == 0)
        return;
    m_runner.start(
        [space = selected.space, start = selected.start, length = selected.length, path](
            const JobControl& job) {
            QSaveFile file{path};
            const auto refuse = [&] {
                throw Error(
                    "The selection was not saved. " + file.errorString().toStdString() + ".");
            };
            if (!file.open(QIODevice::WriteOnly))
                refuse();
            QByteArray buffer(static_cast<qsizetype>(mostCopied), '\0');
            for (quint64 done = 0; done < length;) {
                job.step({done, length});
                const quint64 part = std::min(mostCopied, length - done);
                space->read(start + done, std::as_writable_bytes(std::span{buffer.data(), part}));
                if (file.write(buffer.constData(), static_cast<qint64>(part))
                    != static_cast<qint64>(part))
                    refuse();
                done += part;
            }
            if (!file.commit())
                refuse();
            return path;
        },
        [this](const QString& done) { emit saved(done); });
}

} // namespace platter::app
