#!/usr/bin/env python3
"""Exchanges artefacts with RustCrypto: rustcrypto.py ARTEFACTS_PROGRAM CARGO SOURCE CACHE

Builds its side once per machine, below CACHE; ends with 77, which ctest counts as skipped, where that
cannot be done.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from exchange import SKIPPED, exchange


def key_of(source: Path) -> str:
    digest = hashlib.sha256()
    for file in ("Cargo.toml", "Cargo.lock", "src/main.rs"):
        digest.update((source / file).read_bytes())
    return digest.hexdigest()[:16]


def main(program: str, cargo: str, source: Path, cache: Path) -> int:
    target = cache / f"interop-rustcrypto-{key_of(source)}"
    other = target / "release/synapsed-interop-rustcrypto"
    if not other.is_file():
        built = subprocess.run(
            [cargo, "build", "--release", "--locked", "--manifest-path", str(source / "Cargo.toml")],
            env=os.environ | {"CARGO_TARGET_DIR": str(target), "CARGO_NET_RETRY": "1"},
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if built.returncode != 0:
            print(f"skipped: RustCrypto cannot be built here:\n{built.stdout}")
            return SKIPPED
    with tempfile.TemporaryDirectory() as work:
        return exchange(program, [str(other)], Path(work))


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]).resolve(), Path(sys.argv[4]).resolve()))
