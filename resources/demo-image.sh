#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# demo-image.sh FOLDER: makes FOLDER/demo.qcow2, an image that has something to show: a backing file, three snapshots of
# different content, compressed and zero clusters, a bitmap and a few leaked clusters. Does nothing if it is there.
set -euo pipefail
folder=$1
demo=$folder/demo.qcow2
[ ! -e "$demo" ] || exit 0
mkdir -p "$folder"
work=$(mktemp -d "$folder/making.XXXXXX")
trap 'rm -rf "$work"' EXIT

io() { # file, then commands of qemu-io
    local file=$1 command commands=()
    shift
    for command in "$@"; do commands+=(-c "$command"); done
    (cd "$work" && qemu-io -f qcow2 "${commands[@]}" "$file" >/dev/null)
}

# Content that compresses, as files of a disk do: a text that never repeats exactly, 2 MiB.
seq -f 'line %010.0f of a text that stands for the files of a disk' 1 40000 >"$work/text"
truncate -s 2M "$work/text"
# Content that does not: the bytes of a program that is here for sure.
head -c 1M "$(command -v qemu-img)" >"$work/program"

img() { (cd "$work" && qemu-img "$@" >/dev/null); }

# The base: a small system, half of it written.
img create -f qcow2 demo-base.qcow2 256M
for at in 0 2 4 8 9 16 24 32 33 34 48 64 96 128 160 192; do
    io demo-base.qcow2 "write -s text ${at}M 2M"
done
io demo-base.qcow2 "write -s program 40M 1M" "write -s program 130M 1M" "write -P 0xb5 200M 6M"

img create -f qcow2 -b demo-base.qcow2 -F qcow2 demo.qcow2 512M
# fresh: what an installer leaves
io demo.qcow2 "write -s program 1M 1M" "write -P 0x11 12M 3M" "write -P 0x12 64M 8M" "write -P 0x13 300M 4M"
img snapshot -c "fresh install" demo.qcow2
# updated: some of it again, some discarded, some compressed
io demo.qcow2 "write -P 0x21 13M 1M" "write -s program 66M 1M" "write -z 64M 1M" "discard 300M 2M"
for ((at = 320; at < 336; at++)); do
    io demo.qcow2 "write -c -s text ${at}M 64k" "write -c -P $((at % 200 + 1)) $((at * 1024 + 64))k 64k" \
        "write -c -s program $((at * 1024 + 128))k 64k"
done
img snapshot -c "after updates" demo.qcow2
# before an experiment: scattered writes
for ((at = 0; at < 40; at++)); do
    io demo.qcow2 "write -P $((at + 100)) $((at * at * 160 + 70000))k 64k"
done
img snapshot -c "before the experiment" demo.qcow2
# now: tracked by a bitmap, zeros that stay allocated, more growth
img bitmap --add -g 64k demo.qcow2 backup-monday
io demo.qcow2 "write -P 0x41 12M 2M" "write -z 66M 2M" "write -z -u 72M 4M" "write -P 0x42 400M 6M" "write -P 0x43 421M 192k"
img bitmap --add -g 128k demo.qcow2 backup-tuesday
io demo.qcow2 "write -P 0x44 430M 1M"

# Leaked clusters: six behind the end get a count of 1 although nothing uses them. The header's refcount_table_offset
# leads to the table, its first entry to the block that counts the first 32768 clusters, 16 bits each.
bigEndian() { # offset of 8 bytes
    od -An -v -tu1 -j "$1" -N 8 "$work/demo.qcow2" | awk '{ for (i = 1; i <= 8; i++) n = n * 256 + $i; printf "%.0f", n }'
}
table=$(bigEndian 48)
block=$(bigEndian "$table")
size=$(stat -c %s "$work/demo.qcow2")
end=$(((size + 65535) / 65536))
for ((cluster = end; cluster < end + 6; cluster++)); do
    printf '\0\1' | dd of="$work/demo.qcow2" bs=1 seek=$((block + cluster * 2)) conv=notrunc status=none
    dd if="$work/text" of="$work/demo.qcow2" bs=64k count=1 seek="$cluster" conv=notrunc status=none
done

mv "$work/demo-base.qcow2" "$folder/demo-base.qcow2"
mv "$work/demo.qcow2" "$demo"
