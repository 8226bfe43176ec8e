#!/usr/bin/env bash
# Builds Synapsed WASM and runs it.
#
#   ./run.sh             the quick start (examples/quickstart.cpp)
#   ./run.sh ARGUMENT…   the command line, as `synapsed ARGUMENT…`
#
# Installs what building needs after asking; a second start begins at once.
set -euo pipefail

root=$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")
source "$root/tools/setup.sh"

(
  prepare build
  lock_build
  build release bin/synapsed bin/quickstart
) >&2

trap - INT
if (($#)); then
  exec "$root/build/release/bin/synapsed" "$@"
else
  exec "$root/build/release/bin/quickstart"
fi
