#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bench.sh BUILD WORK open|check|map|compare|convert|window|all: compares Platter with qemu-img on images of its own making
# in WORK (about 1.6 GB on disk, kept for the next time). RUNS (5) pairs are measured after one that warms the page cache.
# window measures what the window draws, against its budgets.
set -euo pipefail
build=$(cd "$1" && pwd)
mkdir -p "$2"
work=$(cd "$2" && pwd)
what=${3:-all}
runs=${RUNS:-5}
cli=$build/app/cli/platter-cli
tools=$build/tests/bench
cd "$work"

case $what in
open | check | map | compare | convert | window | all) ;;
*) echo "bench: there is no '$what'; it takes open, check, map, compare, convert, window, all" >&2; exit 2 ;;
esac

# make FILE COMMAND…: FILE appears only when it is complete; in a command, NEW stands for it.
make() {
    local file=$1
    shift
    [ ! -e "$file" ] || return 0
    echo "making $file" >&2
    rm -f "new-$file"
    "${@//NEW/new-$file}" >&2
    mv "new-$file" "$file"
}
make frag1t.qcow2 "$tools/bench_images" fragmented NEW
make snapshots.qcow2 "$tools/bench_images" snapshots NEW
# What the window takes, against its budgets.
window() {
    local failed=0
    "$tools/bench_map"
    echo
    "$tools/bench_views" || failed=1
    "$tools/bench_window" "$build/app/platter" frag1t.qcow2 snapshots.qcow2 || failed=1
    return $failed
}
if [ "$what" = window ]; then
    window
    exit
fi
make meta4t.qcow2 qemu-img create -q -f qcow2 -o preallocation=metadata NEW 4T
make disk.raw "$tools/bench_images" disk NEW
make disk.qcow2 qemu-img convert -O qcow2 disk.raw NEW
make disk-zlib.qcow2 qemu-img convert -O qcow2 -c -m 16 -W disk.raw NEW
make disk-zstd.qcow2 qemu-img convert -O qcow2 -c -m 16 -W -o compression_type=zstd disk.raw NEW
make disk.vdi qemu-img convert -O vdi disk.raw NEW
sync

missed=0
pair() { "$tools/bench_pairs" "$1" "$runs" "${made:-}" "${@:2}" || missed=1; }
table() {
    echo
    echo "| $1 |  $2 s |    MiB |  $3 s |    MiB |      x (min-max) |"
    echo "|---|---|---|---|---|---|"
}
wants() { [ "$what" = all ] || [ "$what" = "$1" ]; }

if wants open; then
    table "info                        " qemu-img "Platter"
    for image in meta4t frag1t disk; do
        pair "info $image" qemu-img info $image.qcow2 -- "$cli" info $image.qcow2
    done
fi
if wants check; then
    table "check                       " qemu-img "Platter"
    for image in meta4t frag1t disk disk-zlib; do
        pair "check $image" qemu-img check -q $image.qcow2 -- "$cli" check $image.qcow2
    done
    # How far the check is from reading its tables and doing nothing: x below 1, 0.5 is the aim.
    table "reading against checking    " "  pread " "Platter"
    for image in meta4t frag1t; do
        pair "metadata of $image" "$tools/bench_readmetadata" $image.qcow2 -- "$cli" check $image.qcow2
    done
fi
if wants map; then
    table "map                         " qemu-img "Platter"
    for image in meta4t frag1t disk; do
        pair "map $image" qemu-img map --output=json $image.qcow2 -- "$cli" --output json map $image.qcow2
    done
fi
if wants compare; then
    table "compare                     " qemu-img "Platter"
    for image in disk.qcow2 disk-zlib.qcow2 disk-zstd.qcow2 disk.vdi; do
        pair "compare raw and $image" qemu-img compare -q disk.raw $image -- "$cli" compare disk.raw $image
    done
fi
if wants convert; then
    table "convert to raw              " qemu-img "Platter"
    made=$work/out.raw
    for image in disk.qcow2 disk-zlib.qcow2 disk-zstd.qcow2 disk.vdi; do
        pair "$image to raw" qemu-img convert -O raw $image "$made" -- "$cli" convert -O raw $image "$made"
    done
fi
echo
echo "Medians of $runs pairs; x = median of (first time / second time), above 1: Platter is faster."
[ "$what" != all ] || window || missed=1
exit $missed
