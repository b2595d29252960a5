// SPDX-License-Identifier: GPL-3.0-or-later
// Runs a program and says how it ended and the most memory that it held: "EXIT KILOBYTES".
//
// The kernel counts what a process held before it became the program, so that a large one cannot
// measure a small one; this one is small.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <initializer_list>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char** arguments)
{
    unsigned seconds = 0;
    if (count < 3
        || std::from_chars(arguments[1], arguments[1] + std::strlen(arguments[1]), seconds).ec
            != std::errc{})
        return 2;
    const pid_t child = fork();
    if (child < 0)
        return 3;
    if (child == 0) {
        const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        for (const int standard : {0, 1, 2})
            dup2(nothing, standard);
        alarm(seconds);
        execvp(arguments[2], arguments + 2);
        _exit(127);
    }
    int status = 0;
    rusage usage{};
    if (wait4(child, &status, 0, &usage) != child)
        return 3;
    std::printf("%d %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1, usage.ru_maxrss);
    return 0;
}
