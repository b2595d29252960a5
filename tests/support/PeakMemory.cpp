// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/PeakMemory.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace platter::tests {

MeasuredRun runMeasured(const QString& program, const QStringList& arguments, unsigned seconds)
{
    std::vector<QByteArray> words{program.toUtf8()};
    for (const QString& argument : arguments)
        words.push_back(argument.toUtf8());
    std::vector<char*> pointers;
    for (QByteArray& word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);

    // What this process holds counts too, until the child has become the program.
    ::malloc_trim(0);
    const pid_t child = fork();
    if (child < 0)
        throw std::runtime_error("cannot start " + program.toStdString());
    if (child == 0) {
        const int nothing = ::open("/dev/null", O_RDWR);
        dup2(nothing, 0);
        dup2(nothing, 1);
        dup2(nothing, 2);
        alarm(seconds);
        execvp(pointers[0], pointers.data());
        _exit(127);
    }
    int status = 0;
    rusage usage{};
    if (wait4(child, &status, 0, &usage) != child)
        throw std::runtime_error("cannot wait for " + program.toStdString());
    MeasuredRun result;
    result.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    result.peakMemory = Bytes{static_cast<std::uint64_t>(usage.ru_maxrss)} * 1024;
    return result;
}

} // namespace platter::tests
