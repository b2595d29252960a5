#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes images in DIR for every state that ./dev shots pictures: shot-images.sh DIR
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: shot-images.sh DIR" >&2; exit 2; }
rm -rf "$1"
mkdir -p "$1"
cd "$1"

quietly() { "$@" >/dev/null; }
# number AT FILE: the big-endian number of eight bytes there, for arithmetic
number() { echo "0x$(od -An -tx1 -j "$1" -N 8 "$2" | tr -d ' \n')"; }
# overwrite AT HEX FILE
overwrite() { printf '%b' "$(sed 's/../\\x&/g' <<<"$2")" | dd of="$3" bs=1 seek="$1" conv=notrunc status=none; }

quietly qemu-img create -f qcow2 empty.qcow2 20G
quietly qemu-img create -f qcow2 plain.qcow2 256M
quietly qemu-io -c 'write -P 1 0 20M' -c 'write -P 2 100M 8M' plain.qcow2

# An L2 entry emptied leaves its cluster counted and unused; one that points at the header is damage.
l2Table() { echo $(($(number "$(($(number 40 "$1")))" "$1") & 0x00fffffffffffe00)); }
cp plain.qcow2 leaky.qcow2
overwrite "$(l2Table leaky.qcow2)" 0000000000000000 leaky.qcow2
cp plain.qcow2 damaged.qcow2
overwrite "$(l2Table damaged.qcow2)" 8000000000000000 damaged.qcow2
overwrite "$(($(l2Table damaged.qcow2) + 8))" 0000000000000000 damaged.qcow2
overwrite "$(($(l2Table damaged.qcow2) + 16))" 8000010000000200 damaged.qcow2
cp plain.qcow2 broken.qcow2
overwrite 20 000000ff broken.qcow2 # cluster_bits

quietly qemu-img create -f qcow2 many.qcow2 1G
for i in $(seq 1 24); do
    quietly qemu-io -c "write -P $i $((i % 7 * 40))M 4M" many.qcow2
    quietly qemu-img snapshot -c "nightly backup $i" many.qcow2
done
quietly qemu-img bitmap --add -g 1M many.qcow2 backup-monday
quietly qemu-img bitmap --add many.qcow2 backup-tuesday
quietly qemu-io -c 'write -P 9 500M 40M' many.qcow2

quietly qemu-img create -f qcow2 --object secret,id=key,data=horse \
    -o encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10 locked.qcow2 1G
quietly qemu-img create -f qcow2 -o preallocation=metadata huge.qcow2 1T
quietly qemu-img create -u -f qcow2 -b gone.qcow2 -F qcow2 orphan.qcow2 1G
quietly qemu-img convert -f qcow2 -O vdi plain.qcow2 plain.vdi
quietly qemu-img convert -f qcow2 -O raw plain.qcow2 plain.raw
