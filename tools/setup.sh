#!/bin/sh
# Installs what building Einklang needs beyond Rust: a C compiler, for the
# compression libraries and the allocator. Does nothing where it is there.
set -eu
if command -v cc >/dev/null 2>&1; then exit 0; fi
if ! command -v apt-get >/dev/null 2>&1; then
  echo "einklang: no C compiler found; install one (gcc or clang) and try again" >&2
  exit 1
fi
as_root=""
if [ "$(id -u)" != 0 ]; then as_root="sudo"; fi
$as_root apt-get update -qq
$as_root apt-get install -y -qq --no-install-recommends gcc libc6-dev
