#!/bin/sh
# Installs what building Einklang needs beyond Rust: a C and C++ compiler, for
# RocksDB, the compression libraries and the allocator, and libclang, with
# which RocksDB's bindings are generated. Does nothing where they are there.
set -eu
missing=""
command -v cc >/dev/null 2>&1 || missing="$missing gcc libc6-dev"
command -v c++ >/dev/null 2>&1 || missing="$missing g++"
if [ -z "${LIBCLANG_PATH:-}" ] &&
  ! ls /usr/lib/llvm-*/lib/libclang.so* /usr/lib/*/libclang*.so* /usr/lib/libclang*.so* /usr/lib64/libclang*.so* >/dev/null 2>&1; then
  missing="$missing libclang-dev"
fi
if [ -z "$missing" ]; then exit 0; fi
if ! command -v apt-get >/dev/null 2>&1; then
  echo "einklang: missing:$missing" >&2
  echo "hint: install a C and a C++ compiler and libclang with your system's package manager" >&2
  exit 1
fi
as_root=""
if [ "$(id -u)" != 0 ]; then as_root="sudo"; fi
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends $missing
