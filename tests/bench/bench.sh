#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bench.sh BUILD WORK open|check|measure|map|compare|convert|window|all: compares Platter with qemu-img on images of its own making
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
open | check | measure | map | compare | convert | window | all) ;;
*) echo "bench: there is no '$what'; it takes open, check, measure, map, compare, convert, window, all" >&2; exit 2 ;;
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
    printf '| %-36s |  %s s |    MiB |  %s s |    MiB |      x (min-max) |\n' "$1" "$2" "$3"
    echo "|---|---|---|---|---|---|"
}
wants() { [ "$what" = all ] || [ "$what" = "$1" ]; }

if wants open; then
    table "info" qemu-img "Platter"
    for image in meta4t frag1t disk; do
        pair "info $image" qemu-img info $image.qcow2 -- "$cli" info $image.qcow2
    done
fi
if wants check; then
    table "check" qemu-img "Platter"
    for image in meta4t frag1t disk disk-zlib; do
        pair "check $image" qemu-img check -q $image.qcow2 -- "$cli" check $image.qcow2
    done
    # How far the check is from reading its tables and doing nothing: x below 1, 0.5 is the aim.
    table "reading against checking" "  pread " "Platter"
    for image in meta4t frag1t; do
        pair "metadata of $image" "$tools/bench_readmetadata" $image.qcow2 -- "$cli" check $image.qcow2
    done
fi
if wants measure; then
    table "measure                     " qemu-img "Platter"
    for image in meta4t frag1t disk; do
        pair "measure $image" qemu-img measure -O qcow2 $image.qcow2 -- "$cli" measure -O qcow2 $image.qcow2
    done
fi
if wants map; then
    table "map" qemu-img "Platter"
    for image in meta4t frag1t disk; do
        pair "map $image" qemu-img map --output=json $image.qcow2 -- "$cli" --output json map $image.qcow2
    done
fi
if wants compare; then
    table "compare" qemu-img "Platter"
    for image in disk.qcow2 disk-zlib.qcow2 disk-zstd.qcow2 disk.vdi; do
        pair "compare raw and $image" qemu-img compare -q disk.raw $image -- "$cli" compare disk.raw $image
    done
fi
# convertPair NAME OPTIONS-OF-BOTH -- OPTIONS-OF-PLATTER -- SOURCE: qemu-img with its best flags.
convertPair() {
    local name=$1 both=() own=() source
    shift
    while [ "$1" != -- ]; do both+=("$1"); shift; done
    shift
    while [ "$1" != -- ]; do own+=("$1"); shift; done
    source=$2
    set -- -- "$cli" convert "${both[@]}" "${own[@]}" "$source" "$made"
    pair "$name" qemu-img convert -m 16 -W "${both[@]}" "$source" "$made" "$@"
    pair "$name, both synced" sh -c '"$@" && sync "$0"' "$made" \
        qemu-img convert -m 16 -W "${both[@]}" "$source" "$made" "$@"
}
# sizes NAME BOTH… -- OWN… -- SOURCE: how large the new files are, Platter's as a share of qemu-img's.
sizes() {
    local name=$1 both=() own=() theirs ours
    shift
    while [ "$1" != -- ]; do both+=("$1"); shift; done
    shift
    while [ "$1" != -- ]; do own+=("$1"); shift; done
    rm -f out.theirs out.ours
    qemu-img convert -m 16 -W "${both[@]}" "$2" out.theirs
    "$cli" convert "${both[@]}" "${own[@]}" "$2" out.ours
    theirs=$(stat -c %s out.theirs)
    ours=$(stat -c %s out.ours)
    rm -f out.theirs out.ours
    awk -v name="$name" -v theirs="$theirs" -v ours="$ours" \
        'BEGIN { printf "| %-40s | %6.1f MiB | %6.1f MiB | %5.3f |\n", name, theirs / 1048576, ours / 1048576, ours / theirs }'
}
if wants convert; then
    echo
    echo "convert: Platter's new file is always on stable storage when it gets its name. qemu-img leaves that to the system;"
    echo "in rows with 'both synced' it is followed by sync, so that both do the same."
    table "convert" "qemu-img -m16 -W" "Platter"
    made=$work/out.new
    for image in disk.qcow2 disk-zlib.qcow2 disk-zstd.qcow2 disk.vdi; do
        convertPair "$image to raw" -O raw -- -- $image
    done
    convertPair "raw to qcow2" -f raw -O qcow2 -- -- disk.raw
    convertPair "raw to vdi" -f raw -O vdi -- -- disk.raw
    convertPair "qcow2 to vdi" -O vdi -- -- disk.qcow2
    convertPair "vdi to qcow2" -O qcow2 -- -- disk.vdi
    pair "cp against raw to qcow2, both synced" sh -c 'cp "$1" "$0" && sync "$0"' "$made" disk.qcow2 -- \
        "$cli" convert -f raw -O qcow2 disk.raw "$made"
    pair "cp against qcow2 to raw, both synced" sh -c 'cp "$1" "$0" && sync "$0"' "$made" disk.raw -- \
        "$cli" convert -O raw disk.qcow2 "$made"
    convertPair "zlib, fast" -f raw -O qcow2 -c -- -o compression_level=fast -- disk.raw
    convertPair "zlib, default" -f raw -O qcow2 -c -- -- disk.raw
    convertPair "zstd, default" -f raw -O qcow2 -c -o compression_type=zstd -- -- disk.raw
    echo
    echo "| size of the new file                     |   qemu-img |    Platter | share |"
    echo "|------------------------------------------|------------|------------|-------|"
    sizes "zlib, fast" -f raw -O qcow2 -c -- -o compression_level=fast -- disk.raw
    sizes "zlib, default" -f raw -O qcow2 -c -- -- disk.raw
    sizes "zlib, best" -f raw -O qcow2 -c -- -o compression_level=best -- disk.raw
    sizes "zstd, default" -f raw -O qcow2 -c -o compression_type=zstd -- -- disk.raw
fi
[ "$what" != all ] || window || missed=1
exit $missed
