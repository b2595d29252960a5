// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/Qemu.h"

#include <QProcess>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>

namespace platter::tests {

Finished run(const QString& program, const QStringList& arguments, const QString& folder,
    const QByteArray& input)
{
    QProcess process;
    if (!folder.isEmpty())
        process.setWorkingDirectory(folder);
    process.start(program, arguments);
    process.write(input);
    process.closeWriteChannel();
    if (!process.waitForFinished(240'000))
        throw std::runtime_error(
            (program + " did not finish: " + process.errorString()).toStdString());
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
        process.readAllStandardOutput(), process.readAllStandardError()};
}

namespace {

    /// Qt Test ends a test program at an exception that nobody caught, without its words: they are
    /// printed here.
    [[noreturn]] void tellException()
    {
        try {
            if (const auto current = std::current_exception())
                std::rethrow_exception(current);
        } catch (const std::exception& error) {
            std::fprintf(stderr, "uncaught: %s\n", error.what());
        } catch (...) {
            std::fprintf(stderr, "uncaught exception of another type\n");
        }
        std::abort();
    }
    const auto formerTerminate = std::set_terminate(tellException);

    QByteArray mustSucceed(
        const QString& program, const QStringList& arguments, const QString& folder = {})
    {
        Finished finished = run(program, arguments, folder);
        // To choose its number of rounds, LUKS measures the processor. Where the system counts in
        // ticks, a short measurement often gives nothing, several times in a row.
        for (int tries = 1;
             tries < 50 && finished.errors.contains("Unable to get accurate CPU usage"); ++tries)
            finished = run(program, arguments, folder);
        if (finished.exitCode != 0) {
            throw std::runtime_error((program + ' ' + arguments.join(' ') + ": exit "
                + QString::number(finished.exitCode) + ": " + QString::fromUtf8(finished.errors))
                                         .toStdString());
        }
        return finished.output;
    }

} // namespace

QByteArray qemuImg(const QStringList& arguments, const QString& folder)
{
    return mustSucceed("qemu-img", arguments, folder);
}

QByteArray qemuIo(const QString& image, const QStringList& commands, const QStringList& options)
{
    QStringList arguments;
    for (const QString& command : commands)
        arguments << "-c" << command;
    return mustSucceed("qemu-io", arguments + options + QStringList{image});
}

QJsonDocument qemuJson(const QStringList& arguments)
{
    QStringList all = arguments;
    all.insert(1, "--output=json");
    const Finished finished = run("qemu-img", all);
    const bool understood = finished.exitCode == 0
        || (arguments.first() == "check" && (finished.exitCode == 2 || finished.exitCode == 3));
    if (!understood)
        throw std::runtime_error(
            ("qemu-img " + all.join(' ') + ": " + QString::fromUtf8(finished.errors))
                .toStdString());
    return QJsonDocument::fromJson(finished.output);
}

Finished platterCli(const QStringList& arguments, const QString& folder, const QByteArray& input)
{
    const QString program = qEnvironmentVariable("PLATTER_CLI");
    if (program.isEmpty())
        throw std::runtime_error("PLATTER_CLI is not set: run the tests through ctest.");
    return run(program, arguments, folder, input);
}

} // namespace platter::tests
