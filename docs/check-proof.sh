#!/bin/sh
# Check a .tlog-proof with OpenSSL and standard tools alone; nothing of Amana runs here. Read it before you run it.
#
#     sh check-proof.sh EVENT.tlog-proof log.vkey        exit 0: it holds; 1: it does not
#
# The file is a C2SP tlog-proof: the entry, its index, the hashes from the entry to the root, and a signed checkpoint.
# The tree is that of RFC 6962: a leaf is SHA-256(00 || entry), a node SHA-256(01 || left || right).
set -eu
proof=$1 vkey=$(cat "$2") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "DOES NOT HOLD: $1" >&2; exit 1; }
sha() { openssl dgst -sha256 -binary; }

index=$(sed -n 's/^index //p' "$proof" | head -n 1)
sed -n 's/^extra //p' "$proof" | head -n 1 | base64 -d > "$dir/entry"
path=$(sed -n '4,/^$/p' "$proof" | sed '/^$/d')
sed '1,/^$/d' "$proof" > "$dir/note"      # the signed checkpoint: a text, an empty line, signatures
sed '/^$/,$d' "$dir/note" > "$dir/text"   # the text: the log's name, the size of the tree, its root
size=$(sed -n 2p "$dir/text")
sed -n 3p "$dir/text" | base64 -d > "$dir/root"

# 1. The log's key signed this checkpoint: Ed25519, over the text. A vkey is name+hash+base64(01 || public key).
name=${vkey%%+*}
[ "$(sed -n 1p "$dir/text")" = "$name" ] || fail "the checkpoint is of another log"
(printf '\060\052\060\005\006\003\053\145\160\003\041\000'; printf %s "${vkey#*+*+}" | base64 -d | tail -c 32) > "$dir/key"
for line in $(sed -n "s|^— $name ||p" "$dir/note"); do
  printf %s "$line" | base64 -d | tail -c 64 > "$dir/signature"
  if openssl pkeyutl -verify -pubin -keyform DER -inkey "$dir/key" -rawin -in "$dir/text" -sigfile "$dir/signature" \
    > "$dir/said" 2>&1; then touch "$dir/signed"; fi
done
[ -e "$dir/signed" ] || fail "the log's key did not sign the checkpoint"

# 2. The entry leads to the checkpoint's root (RFC 9162, section 2.1.3.2).
[ "$index" -lt "$size" ] || fail "the entry lies behind the checkpoint"
at=$index last=$((size - 1))
(printf '\000'; cat "$dir/entry") | sha > "$dir/hash"
for line in $path; do
  [ "$last" -gt 0 ] || fail "the path is too long"
  printf %s "$line" | base64 -d > "$dir/beside"
  if [ $((at % 2)) -eq 1 ] || [ "$at" -eq "$last" ]; then
    (printf '\001'; cat "$dir/beside" "$dir/hash") | sha > "$dir/above"
    while [ $((at % 2)) -eq 0 ] && [ "$at" -ne 0 ]; do at=$((at / 2)) last=$((last / 2)); done
  else
    (printf '\001'; cat "$dir/hash" "$dir/beside") | sha > "$dir/above"
  fi
  mv "$dir/above" "$dir/hash"
  at=$((at / 2)) last=$((last / 2))
done
[ "$last" -eq 0 ] && cmp -s "$dir/hash" "$dir/root" || fail "the entry does not lead to the signed root"

echo "HOLDS: entry $index of $size in the log $name"
cat "$dir/entry"
echo
