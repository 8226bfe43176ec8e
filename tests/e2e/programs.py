#!/usr/bin/env python3
"""Runs one real program and compares its output: programs.py SYNAPSED PROGRAMS NAME

PROGRAMS is the folder with manifest.json; the environment variable SYNAPSED_PROGRAMS overrides it.
Ends with 77, which ctest counts as skipped, where the folder is missing.
"""

import difflib
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

SKIPPED = 77
OPTIONS = ["--unknown-imports", "zero", "--dir", "."]


def find_program(folder: Path, name: str) -> dict:
    for program in json.loads((folder / "manifest.json").read_text()):
        if program["name"] == name:
            return program
    sys.exit(f"{folder}/manifest.json names no program {name}")


def check_digest(wasm: Path, program: dict) -> None:
    if hashlib.sha256(wasm.read_bytes()).hexdigest() != program["sha256"]:
        sys.exit(f"{wasm} is not the program of the manifest: its SHA-256 differs")


def differences(wasm: Path, program: dict, seen: dict[str, bytes]) -> list[str]:
    """One diff for each stream that has an expectation and does not meet it."""
    diffs = []
    for name in program["files"]:
        stream = next((s for s in seen if name.endswith(f".{s}.expected")), None)
        if stream is None:
            continue
        expected = (wasm.parent / name).read_bytes()
        if seen[stream] != expected:
            diff = difflib.unified_diff(
                expected.decode(errors="replace").splitlines(),
                seen[stream].decode(errors="replace").splitlines(), name, "seen", lineterm="")
            diffs.append("\n".join(diff) or f"{stream} differs in its line ends")
    return diffs


def main(synapsed: str, default_folder: str, name: str) -> int:
    folder = Path(os.environ.get("SYNAPSED_PROGRAMS") or default_folder).resolve()
    if not (folder / "manifest.json").is_file():
        print(f"skipped: there is no folder of programs at {folder}")
        return SKIPPED
    program = find_program(folder, name)
    wasm = folder / program["wasm"]
    check_digest(wasm, program)
    result = subprocess.run([os.path.abspath(synapsed), "run", *OPTIONS, wasm.name],
                            cwd=wasm.parent, capture_output=True, check=False)
    wrong = differences(wasm, program, {"stdout": result.stdout, "stderr": result.stderr})
    if result.returncode != 0:
        wrong.append(f"exit code {result.returncode}\n{result.stderr.decode(errors='replace')}")
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
