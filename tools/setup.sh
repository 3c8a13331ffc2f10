#!/bin/sh
# Installs what building and testing Einklang need beyond Rust: a C and C++
# compiler, for RocksDB and the compression libraries; libclang, with which
# RocksDB's bindings are generated; Perl and make, with which the Kafka client
# and its TLS are built; curl and Python, with which the tests run
# the service's examples and its client; Node, with which the workbench is
# built. With `browser` also Chromium, for the workbench's end-to-end tests,
# with `valgrind` also that, for counting instructions.
# Does nothing where they are there.
set -eu
missing=""
command -v cc >/dev/null 2>&1 || missing="$missing gcc libc6-dev"
command -v c++ >/dev/null 2>&1 || missing="$missing g++"
command -v make >/dev/null 2>&1 || missing="$missing make"
# The system's smallest Perl lacks what OpenSSL's build asks for.
perl -MFindBin -MIPC::Cmd -e 1 >/dev/null 2>&1 || missing="$missing perl"
if [ -z "${LIBCLANG_PATH:-}" ] &&
  ! ls /usr/lib/llvm-*/lib/libclang.so* /usr/lib/*/libclang*.so* /usr/lib/libclang*.so* /usr/lib64/libclang*.so* >/dev/null 2>&1; then
  missing="$missing libclang-dev"
fi
command -v curl >/dev/null 2>&1 || missing="$missing curl ca-certificates"
command -v python3 >/dev/null 2>&1 || missing="$missing python3"
command -v node >/dev/null 2>&1 || missing="$missing nodejs"
command -v npm >/dev/null 2>&1 || missing="$missing npm"
if [ "${1:-}" = browser ] && [ ! -x "${CHROMIUM:-/usr/bin/chromium}" ]; then
  missing="$missing chromium"
fi
if [ "${1:-}" = valgrind ] && ! command -v valgrind >/dev/null 2>&1; then
  missing="$missing valgrind"
fi
if [ -z "$missing" ]; then exit 0; fi
if ! command -v apt-get >/dev/null 2>&1; then
  echo "einklang: missing:$missing" >&2
  echo "hint: install a C and a C++ compiler, libclang, Perl, make, curl, Python 3 and Node 18 with your system's package manager" >&2
  exit 1
fi
as_root=""
if [ "$(id -u)" != 0 ]; then as_root="sudo"; fi
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends $missing
