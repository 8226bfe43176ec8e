#!/usr/bin/env python3
"""Checks that every public header compiles alone, twice in one file, without a warning.

usage: headers.py COMPILER INCLUDE-DIRECTORY…
"""

import sys
from pathlib import Path

from compiling import compile_all

FLAGS = ["-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-x", "c++", "-"]
ADVICE = "does not compile alone; include in it what it uses"


def failures(compiler, directories):
    command = [compiler, *FLAGS, *(f"-I{directory}" for directory in directories)]
    headers = sorted(path.relative_to(directory).as_posix()
                     for directory in directories
                     for path in Path(directory).glob("synapsed/*.hpp"))
    return compile_all([(name, command, f"#include <{name}>\n" * 2) for name in headers], ADVICE)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(1 if failures(sys.argv[1], sys.argv[2:]) else 0)
