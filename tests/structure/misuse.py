#!/usr/bin/env python3
"""Checks that misusing the library does not compile, and that the compiler says why.

usage: misuse.py COMPILER INCLUDE-DIRECTORY…

Each case is a function body; the first one is right and must compile, so that the others fail for
their own reason.
"""

import concurrent.futures
import subprocess
import sys

PRELUDE = """#include <optional>
#include <string>
#include <synapsed/synapsed.hpp>
using namespace synapsed;
void use(HostFunctions& host) {
"""

RIGHT = """
  host.define("env", "f", [](CallContext&, std::int32_t, GuestString, GuestBuffer out) {
    return out.write({});
  });
"""

# name, body, what the compiler's message must hold
WRONG = [
    ("a parameter no guest can pass",
     'host.define("env", "f", [](std::string) {});', "a host function's parameter is"),
    ("a context that does not come first",
     'host.define("env", "f", [](std::int32_t, CallContext&) {});',
     "a host function's parameter is"),
    ("a view by reference",
     'host.define("env", "f", [](const GuestBytes&) {});', "a host function's parameter is"),
    ("a result no guest can take",
     'host.define("env", "f", [] { return std::string(); });', "a host function returns"),
    ("a tuple that holds text",
     'host.define("env", "f", [] { return std::tuple(1, std::string()); });',
     "a host function's tuple holds"),
    ("a view that is kept",
     "static std::optional<GuestBytes> kept;"
     'host.define("env", "f", [](GuestBytes bytes) { kept = bytes; });', "GuestBytes"),
    ("a context that is kept",
     "static std::optional<CallContext> kept;"
     'host.define("env", "f", [](CallContext& call) { kept = call; });', "CallContext"),
    ("a result that is ignored",
     "WasmRuntime::create();", "nodiscard"),
    ("a value read as another type",
     "WasmValue value(1); const float* number = value.get_if<std::int32_t>();", "cannot convert"),
]


def compile_body(compiler, includes, body):
    command = [compiler, "-std=c++23", "-fsyntax-only", "-Wall", "-Werror", "-x", "c++",
               *(f"-I{include}" for include in includes), "-"]
    return subprocess.run(command, input=f"{PRELUDE}{body}\n}}\n", text=True,
                          capture_output=True, check=False)


def fault(compiler, includes, name, body, phrase):
    result = compile_body(compiler, includes, body)
    if result.returncode == 0:
        return f"{name}: compiles"
    if phrase not in result.stderr:
        return f"{name}: the compiler does not say \"{phrase}\":\n{result.stderr[:2000]}"
    return None


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    compiler, *includes = sys.argv[1:]
    right = compile_body(compiler, includes, RIGHT)
    if right.returncode != 0:
        sys.exit(f"what is right does not compile:\n{right.stderr[:4000]}")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        faults = list(filter(None, pool.map(lambda case: fault(compiler, includes, *case), WRONG)))
    print("\n".join(faults) if faults else f"{len(WRONG)} misuses do not compile")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
