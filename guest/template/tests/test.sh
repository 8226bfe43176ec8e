#!/bin/sh
# Calls the module's functions and compares what they return: test.sh SYNAPSED MODULE
set -u
synapsed=$1
module=$2
failed=0

# expect RESULT FUNCTION ARGUMENT…
expect() {
  wanted=$1
  shift
  got=$("$synapsed" run "$module" --invoke "$@") || failed=1
  [ "$got" = "$wanted" ] && return
  echo "$*: expected \"$wanted\", got \"$got\""
  failed=1
}

expect "Hello, World!" greet World
expect 5 add 2 3
expect -1 add 2 -3

exit $failed
