#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes the valid images that fuzzing starts from: bases/*.qcow2, which fuzz-qcow2-patch changes, and one
# corpus/TARGET/seed-* for each kind of input. They are kept in the tree, so this is run only to renew them.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p "$here/bases"
rm -f "$here"/bases/*.qcow2 "$here"/corpus/*/seed-*
for target in qcow2 qcow2-patch qcow1 vdi raw luks deflate zstd text journal part-journal repair; do mkdir -p "$here/corpus/$target"; done

make() { qemu-img create -q "$@"; }
io() { local image=$1; shift; for command in "$@"; do qemu-io -c "$command" "$image" >/dev/null; done; }

make -f qcow2 -o cluster_size=512 plain-512.qcow2 256k
io plain-512.qcow2 "write -P 1 0 2k" "write -z 4k 1k" "write -P 2 100k 1k" "discard 100k 512"
make -f qcow2 -o cluster_size=4096,compat=0.10 version2-4096.qcow2 3M
io version2-4096.qcow2 "write -P 1 0 8k" "write -P 2 2M 4k"
for codec in zlib zstd; do
    make -f qcow2 -o cluster_size=4096,compression_type=$codec compressed-$codec-4096.qcow2 1M
    io compressed-$codec-4096.qcow2 "write -c -P 1 0 4k" "write -c -P 2 64k 8k" "write -P 3 32k 4k"
done
make -f qcow2 -o cluster_size=512 snapshots-512.qcow2 64k
for i in 1 2 3; do
    io snapshots-512.qcow2 "write -P $i ${i}k 1k"
    qemu-img snapshot -c "state $i" snapshots-512.qcow2
done
make -f qcow2 -o cluster_size=4096 bitmaps-4096.qcow2 1M
qemu-img bitmap --add -g 4096 bitmaps-4096.qcow2 first
qemu-img bitmap --add --disable bitmaps-4096.qcow2 second
io bitmaps-4096.qcow2 "write -P 1 0 4k" "write -P 2 512k 4k"
make -f qcow2 -o cluster_size=16384,extended_l2=on extended-16384.qcow2 1M
io extended-16384.qcow2 "write -P 1 2k 2k" "write -z 512k 512"
make -f qcow2 -o cluster_size=512,refcount_bits=1 refcount1-512.qcow2 64k
io refcount1-512.qcow2 "write -P 1 0 1k"
make -f qcow2 -o cluster_size=512,refcount_bits=64,lazy_refcounts=on refcount64-512.qcow2 64k
io refcount64-512.qcow2 "write -P 1 0 1k"
make -f raw below.raw 32k
make -f qcow2 -o cluster_size=1024 -b below.raw -F raw backing-1024.qcow2 64k
io backing-1024.qcow2 "write -P 1 0 1k"
make -f qcow2 -o cluster_size=4096,data_file=outside.raw,data_file_raw=on datafile-4096.qcow2 256k
io datafile-4096.qcow2 "write -P 1 0 4k"
secret=(--object secret,id=s,data=abc)
make -f qcow2 "${secret[@]}" -o cluster_size=512,encrypt.format=aes,encrypt.key-secret=s aes-512.qcow2 64k
qemu-io "${secret[@]}" --image-opts -c "write -P 1 0 1k" \
    driver=qcow2,encrypt.format=aes,encrypt.key-secret=s,file.filename=aes-512.qcow2 >/dev/null
make -f qcow2 "${secret[@]}" -o cluster_size=4096,encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=100 \
    luks-4096.qcow2 256k
truncate -s 20480 luks-4096.qcow2 # without key material
cp -- *.qcow2 "$here/bases/"
for image in *.qcow2; do cp "$image" "$here/corpus/qcow2/seed-${image%.qcow2}"; done
rm "$here/corpus/qcow2/seed-extended-16384" # large, and a base already

make -f qcow plain.qcow 1M
io plain.qcow "write -P 1 0 4k" "write -c -P 2 64k 4k"
make -f qcow "${secret[@]}" -o encrypt.format=aes,encrypt.key-secret=s aes.qcow 1M
make -f qcow -b below.raw -F raw backing.qcow 64k
for image in *.qcow; do cp "$image" "$here/corpus/qcow1/seed-${image%.qcow}"; done

make -f vdi dynamic.vdi 4M
make -f vdi -o static=on fixed.vdi 1M
for image in *.vdi; do head -c 4096 "$image" >"$here/corpus/vdi/seed-${image%.vdi}"; done
head -c 1024 plain-512.qcow2 >"$here/corpus/raw/seed-signature"
printf 'just bytes' >"$here/corpus/raw/seed-bytes"

for recipe in cipher-alg=aes-256,cipher-mode=xts cipher-alg=aes-128,cipher-mode=cbc,ivgen-alg=essiv,ivgen-hash-alg=md5 \
    cipher-alg=cast5-128,cipher-mode=cbc,ivgen-alg=plain,hash-alg=ripemd160 cipher-alg=twofish-256,cipher-mode=ctr \
    cipher-alg=serpent-256,cipher-mode=ecb,hash-alg=sha512; do
    rm -f volume
    make -f luks "${secret[@]}" -o "key-secret=s,iter-time=100,$recipe" volume 64k
    head -c 592 volume >"$here/corpus/luks/seed-${recipe//[=,]/-}"
done

# A compressed cluster is the first thing behind the tables of these images; QEMU's zstd frames begin with 28b52ffd.
for codec in zlib zstd; do
    make -f qcow2 -o cluster_size=4096,compression_type=$codec one-$codec.qcow2 64k
    io one-$codec.qcow2 "write -c -P 7 0 4k"
    target=$([ $codec = zlib ] && echo deflate || echo zstd)
    tail -c +$((5 * 4096 + 1)) one-$codec.qcow2 >"$here/corpus/$target/seed-cluster"
done
printf '\x03\x00' >"$here/corpus/deflate/seed-empty"
printf 'Zwei Sn\xc3\xa4pshots \x1b[31m\\x1b\xe2\x80\xaetxt\xff%%1' >"$here/corpus/text/seed-mixed"

# Undo journals of one and of two epochs, made by this build's command line.
cli=${PLATTER_CLI:-$here/../../build/dev/app/cli/platter-cli}
make -f qcow2 journal-1.qcow2 1M
make -f qcow2 -o compat=0.10 -b "$(printf './%.0s' {1..480})below.raw" -F raw journal-2.qcow2 1M
for number in 1 2; do
    "$cli" amend -o compat=1.1,lazy_refcounts=on journal-$number.qcow2
    cp .journal-$number.qcow2.platter-undo-1 "$here/corpus/journal/seed-$number"
done

# Journals of part files, whose checksums the target makes right: of a head alone, and of one checkpoint of 5 pieces with
# a witness of 512 bytes and two runs of outcomes.
page() { printf "$1"; head -c $((4096 - $2)) /dev/zero; }
zeros() { printf '\\x00%.0s' $(seq "$1"); }
page 'PLTRPART\0\0\0\2' 12 >"$here/corpus/part-journal/seed-1"
{
    page 'PLTRPART\0\0\0\2' 12
    page "PLCP\0\0\0\1$(zeros 15)\5$(zeros 13)\x10\0\0$(zeros 15)\x0b$(zeros 96)$(zeros 6)\2\0$(zeros 24)\x50\1\1\0\2\3\1\0\x80\1\5" 195
} >"$here/corpus/part-journal/seed-2"

# One record for the first table bytes of each base.
for ((base = 0; base < 13; ++base)); do
    printf "\\x$(printf %02x $base)\\x18\\x00\\x03\\x00\\x00\\x00\\x01\\x00\\x00\\x00\\x00" \
        >"$here/corpus/qcow2-patch/seed-$base"
    printf '\x00' | cat - "$here/corpus/qcow2-patch/seed-$base" >"$here/corpus/repair/seed-$base"
done
du -sh "$here/bases" "$here/corpus"
