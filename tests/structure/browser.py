#!/usr/bin/env python3
"""Checks that the portable sources compile for wasm32-wasi: no exceptions, RTTI, threads or files.

usage: browser.py WORK-DIRECTORY SOURCE-LIST FMT-INCLUDE-DIRECTORY JSON-INCLUDE-DIRECTORY
                  INCLUDE-DIRECTORY…

SOURCE-LIST names one source file a line. WORK-DIRECTORY receives the objects and a system root
that holds only libc, libc++, fmt and nlohmann's JSON, so that no header of the host is found by
accident.
Exits with 77 when the compiler or its C++ library is not installed.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from compiling import compile_all

COMPILER = "clang++-19"
TARGET = "wasm32-wasi"
# A designated initialiser leaves out the fields that keep their defaults, as in the other builds.
FLAGS = [f"--target={TARGET}", "-std=c++23", "-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra",
         "-Wno-missing-field-initializers", "-Werror", "-DFMT_HEADER_ONLY"]
ADVICE = ("does not compile for the browser; move what it needs behind a face of the room base, "
          "or list the file under NATIVE")
SKIPPED = 77


def make_system_root(work, libraries):
    """A system root with the target's own headers and `libraries`, a list of (name, parent)."""
    include = Path(work) / "sysroot/include"
    include.mkdir(parents=True, exist_ok=True)
    for name, parent in [(TARGET, "/usr/include"), *libraries]:
        (include / name).unlink(missing_ok=True)
        (include / name).symlink_to(Path(parent) / name)
    return include.parent


def missing(command):
    """What has to be installed before `command` can compile; None when nothing."""
    if shutil.which(COMPILER) is None:
        return COMPILER
    probe = subprocess.run([*command, "-fsyntax-only", "-x", "c++", "-"], text=True,
                           input="#include <expected>\n", capture_output=True)
    return None if probe.returncode == 0 else "wasi-libc and libc++-19-dev-wasm32"


def base_command(work, libraries):
    return [COMPILER, *FLAGS, f"--sysroot={make_system_root(work, libraries)}"]


def failures(command, work, sources, directories):
    objects = Path(work) / "objects"
    objects.mkdir(exist_ok=True)
    launcher = [tool for tool in [shutil.which("ccache")] if tool]
    includes = [f"-I{directory}" for directory in directories]
    return compile_all([
        (source,
         [*launcher, *command, *includes, "-c", source, "-o", str(objects / f"{number}.o")], "")
        for number, source in enumerate(sources)
    ], ADVICE)


def main():
    if len(sys.argv) < 6:
        sys.exit(__doc__)
    work, source_list, fmt, json, *directories = sys.argv[1:]
    command = base_command(work, [("fmt", fmt), ("nlohmann", json)])
    if needed := missing(command):
        print(f"skipped: {needed} not installed")
        sys.exit(SKIPPED)
    sources = Path(source_list).read_text(encoding="utf-8").split("\n")
    sources = [source for source in sources if source]
    if not sources:
        sys.exit(f"{source_list}: names no source file; which rooms are for the browser?")
    sys.exit(1 if failures(command, work, sources, directories) else 0)


if __name__ == "__main__":
    main()
