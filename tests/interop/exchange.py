"""Artefacts both ways: ours checked by another implementation, and theirs by us."""

import subprocess
from pathlib import Path

SKIPPED = 77  # as ctest counts it


def exchange(program: str, other: list[str], work: Path) -> int:
    """`other` takes the file of ours and the name of the file for theirs."""
    ours, theirs = work / "ours.json", work / "theirs.json"
    made = subprocess.run([program, "make"], check=True, text=True, stdout=subprocess.PIPE)
    ours.write_text(made.stdout)
    print("ours, checked by them:", flush=True)
    their_verdict = subprocess.run([*other, str(ours), str(theirs)], cwd=work, check=False)
    print("theirs, checked by us:", flush=True)
    our_verdict = subprocess.run([program, "check", str(theirs)], check=False)
    return 1 if their_verdict.returncode or our_verdict.returncode else 0
