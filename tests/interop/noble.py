#!/usr/bin/env python3
"""Exchanges artefacts with the noble libraries: noble.py ARTEFACTS_PROGRAM SOURCE WORK

Installs them with npm below WORK; ends with 77, which ctest counts as skipped, where that cannot be done.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from exchange import SKIPPED, exchange


def installed(source: Path, work: Path) -> bool:
    """Whether what package-lock.json names is there."""
    mark = work / "installed"
    lock = (source / "package-lock.json").read_text()
    if mark.is_file() and mark.read_text() == lock:
        return True
    if shutil.which("npm") is None:
        print("skipped: npm is not installed")
        return False
    shutil.copytree(source, work, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("node_modules"))
    result = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=work,
                            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100,
                            check=False)
    if result.returncode != 0:
        print(f"skipped: npm cannot install the libraries here:\n{result.stdout}")
        return False
    mark.write_text(lock)
    return True


def main(program: str, source: Path, work: Path) -> int:
    work.mkdir(parents=True, exist_ok=True)
    if not installed(source, work):
        return SKIPPED
    shutil.copy(source / "exchange.js", work)
    return exchange(program, ["node", "exchange.js"], work)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve()))
