#!/usr/bin/env python3
"""Does what a guide says: guide.py SYNAPSED GUIDE

The blocks fenced with ```sh are run in order, in one shell and an empty folder, with the program in
the path. A block fenced with ```text shows what the block before it prints, each line of which must
come, in this order; a line `…` stands for any others. A block fenced with ```cpp and a path
(```cpp src/hello.cpp) is a file to write. Ends with 77 where a module cannot be built.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

SKIPPED = 77
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    language: str
    path: str
    text: str
    line: int


def blocks(guide: Path) -> list[Block]:
    text = guide.read_text(encoding="utf-8")
    return [Block(match[1], match[2] or "", match[3], text.count("\n", 0, match.start()) + 1)
            for match in BLOCK.finditer(text)]


class Shell:
    """Runs each block, with the folder and the variables that the one before it left."""

    def __init__(self, folder: Path, program: Path):
        self.folder, self.state = folder, folder / ".state"
        self.environment = os.environ | {"PATH": f"{program.parent}:{os.environ['PATH']}"}
        self.state.write_text(f"cd '{folder}'\n")

    def run(self, script: str) -> subprocess.CompletedProcess:
        # Errors of the guide's commands count, also in the middle.
        whole = (f"set -e\n. '{self.state}'\n{script}\n"
                 f"printf \"cd '%s'\\n\" \"$PWD\" > '{self.state}'\n")
        return subprocess.run(["bash", "-c", whole], env=self.environment, text=True, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=100)

    def here(self) -> Path:
        return Path(self.state.read_text().removeprefix("cd '").removesuffix("'\n"))


def missing_line(expected: str, printed: str) -> str | None:
    """The first expected line that does not come in its place."""
    lines = iter(printed.splitlines())
    may_skip = False
    for wanted in expected.splitlines():
        if wanted == "…":
            may_skip = True
            continue
        found = next(lines, None)
        while may_skip and found is not None and found != wanted:
            found = next(lines, None)
        if found != wanted:
            return wanted
        may_skip = False
    return None if may_skip or next(lines, None) is None else "the end"


def follow(guide: Path, program: Path, folder: Path) -> list[str]:
    shell = Shell(folder, program)
    printed, faults, ran = "", [], 0
    for block in blocks(guide):
        place = f"{guide.name}:{block.line}"
        if block.language == "sh":
            result = shell.run(block.text)
            printed, ran = result.stdout, ran + 1
            if result.returncode != 0:
                return [*faults, f"{place}: ended with {result.returncode}:\n{printed}"]
        elif block.language == "text":
            wanted = missing_line(block.text, printed)
            if wanted is not None:
                faults.append(f"{place}: expected \"{wanted}\"; what was printed:\n{printed}")
        elif block.path:
            (shell.here() / block.path).write_text(block.text)
    return faults if ran else [f"{guide}: holds no command"]


def main(program: Path, guide: Path) -> int:
    if shutil.which("clang++-19") is None:
        print("skipped: clang++-19 is not installed")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        faults = follow(guide, program, Path(folder))
    print("\n".join(faults) if faults else f"{guide.name}: every command does what it says")
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2])))
