#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run-fuzzers.sh [SECONDS] [TARGET...]: builds the fuzz targets and runs each for SECONDS (60), on one processor, with
# the kept corpus as a start. Exits with 1 if there was a finding; its input then lies in build/fuzz/findings/TARGET.
# What a run learns is kept in build/fuzz/learned/TARGET.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
seconds=60
if [[ ${1-} =~ ^[0-9]+$ ]]; then
    seconds=$1
    shift
fi
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    for folder in tests/fuzz/corpus/*/; do targets+=("$(basename "$folder")"); done
fi

launcher=()
if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
cmake --preset fuzz "${launcher[@]}" >/dev/null
cmake --build --preset fuzz --target "${targets[@]/#/fuzz-}"

export UBSAN_OPTIONS=print_stacktrace=1
export ASAN_OPTIONS=quarantine_size_mb=32 # freed memory kept to catch its use counts into the limit below
processor=$(taskset -cp $$ | sed "s/.*: //; s/[,-].*//") # on one processor the core starts no threads: many times as fast
failed=()
for target in "${targets[@]}"; do
    learned=build/fuzz/learned/$target
    findings=build/fuzz/findings/$target
    mkdir -p "$learned" "$findings"
    echo "== $target, $seconds s"
    if ! taskset -c "$processor" "build/fuzz/tests/fuzz/fuzz-$target" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=512 -max_len=65536 \
        -print_final_stats=1 -artifact_prefix="$findings/" "$learned" "tests/fuzz/corpus/$target" \
        >"build/fuzz/$target.log" 2>&1; then
        failed+=("$target")
        grep -v -e "^#[0-9]" -e NEW_FUNC -e "^stat::" "build/fuzz/$target.log" | tail -n 50
    fi
    grep -E "stat::(number_of_executed_units|average_exec_per_sec|peak_rss_mb)" "build/fuzz/$target.log" || true
done

if [ ${#failed[@]} -gt 0 ]; then
    echo "Findings in: ${failed[*]}"
    exit 1
fi
echo "No findings."
