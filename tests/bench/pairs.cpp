// SPDX-License-Identifier: GPL-3.0-or-later
// bench_pairs NAME RUNS REMOVE FIRST… -- SECOND…: runs two commands in turn and compares them.
//
// The machine's speed changes while it measures, so times are compared within a pair only: the
// figure is the median of the ratios first / second. One pair beforehand warms the page cache.
// REMOVE is a file that each command makes and that is removed before the next ("": none).
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// What one run of a command took.
struct Run {
    double seconds = 0;
    double mebibytes = 0; ///< the largest resident set
};

Run measure(std::vector<char*> command)
{
    command.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);

    const auto start = std::chrono::steady_clock::now();
    pid_t child = 0;
    const int failed = posix_spawnp(&child, command[0], &files, nullptr, command.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    if (failed != 0)
        throw std::runtime_error(std::string{command[0]} + " cannot be started");
    int status = 0;
    rusage usage{};
    wait4(child, &status, 0, &usage);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        throw std::runtime_error(std::string{command[0]} + " failed");
    return {time.count(), static_cast<double>(usage.ru_maxrss) / 1024};
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

} // namespace

int main(int argc, char** argv)
{
    std::vector<char*> commands[2];
    int which = 0;
    for (int i = 4; i < argc; ++i) {
        if (std::string_view{argv[i]} == "--")
            which = 1;
        else
            commands[which].push_back(argv[i]);
    }
    if (commands[0].empty() || commands[1].empty()) {
        std::fputs("usage: bench_pairs NAME RUNS REMOVE FIRST… -- SECOND…\n", stderr);
        return 2;
    }
    const std::string made = argv[3];
    const int runs = std::max(1, std::atoi(argv[2]));
    std::vector<double> seconds[2];
    std::vector<double> peaks[2];
    std::vector<double> ratios;
    try {
        for (int run = -1; run < runs; ++run) {
            Run pair[2];
            for (int i = 0; i < 2; ++i) {
                if (!made.empty()) {
                    unlink(made.c_str());
                    sync();
                }
                pair[i] = measure(commands[i]);
            }
            if (run < 0)
                continue;
            for (int i = 0; i < 2; ++i) {
                seconds[i].push_back(pair[i].seconds);
                peaks[i].push_back(pair[i].mebibytes);
            }
            ratios.push_back(pair[0].seconds / pair[1].seconds);
        }
    } catch (const std::exception& error) {
        std::printf("| %-36s | not measured: %s |\n", argv[1], error.what());
        return 1;
    }
    if (!made.empty())
        unlink(made.c_str());
    std::printf("| %-36s | %8.3f | %6.0f | %8.3f | %6.0f | %6.1f (%.1f-%.1f) |\n", argv[1],
        median(seconds[0]), *std::max_element(peaks[0].begin(), peaks[0].end()), median(seconds[1]),
        *std::max_element(peaks[1].begin(), peaks[1].end()), median(ratios),
        *std::min_element(ratios.begin(), ratios.end()),
        *std::max_element(ratios.begin(), ratios.end()));
    return 0;
}
