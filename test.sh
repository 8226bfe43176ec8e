#!/usr/bin/env bash
# Builds everything and runs the tests.
set -euo pipefail

root=$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")
source "$root/tools/setup.sh"

usage="usage: ./test.sh [--quick]

Builds Synapsed WASM and runs its tests: all of them as users run it (release), then all but the
structure and the real programs under AddressSanitizer and UndefinedBehaviorSanitizer, then those
with threads under ThreadSanitizer. The last line counts the tests; the exit code is 0 when none failed.

  --quick   the release build only"

quick=
case ${1:-} in
  "") ;;
  --quick) quick=yes ;;
  -h | --help) echo "$usage"; exit ;;
  *) echo "$usage" >&2; exit 2 ;;
esac

reports=()
failed=

# check PRESET TARGET [CTEST-OPTION…]: builds and tests one preset.
check() {
  local preset=$1 target=$2 report="$root/build/$1/tests.xml"
  shift 2
  (lock_build; build "$preset" "$target") >&2
  say "testing build/$preset"
  rm -f "$report"
  (cd "$root" && ctest --preset "$preset" -j "$(nproc)" --no-tests=error \
                       --output-junit "$report" "$@") || failed=yes
  reports+=("$report")
}

# A test that could not start counts as failed; one that says why it cannot run here as skipped.
count() {
  python3 - "$@" <<'END'
import pathlib, sys, xml.etree.ElementTree as xml

failed = skipped = total = 0
for report in map(pathlib.Path, sys.argv[1:]):
    for case in xml.parse(report).iter("testcase") if report.exists() else []:
        status, note = case.get("status"), case.find("skipped")
        chosen = note is not None and note.get("message", "").startswith("SKIP_")
        total += 1
        skipped += chosen or status == "disabled"
        failed += status == "fail" or (status == "notrun" and not chosen)
print(f"{total - failed - skipped} passed, {failed} failed, {skipped} skipped")
END
}

prepare test >&2
check release all
if [[ ! $quick ]]; then
  check asan-ubsan all -L 'unit|integration|conformance|threads|e2e' -E 'e2e.program|GasOfPrograms'
  check tsan tests_threads -L threads
fi
count "${reports[@]}"
[[ ! $failed ]]
