#!/usr/bin/env python3
"""Checks that the runner of the test suite can fail: run.py WAST_SCRIPTS SUITE-RUNNER FOLDER

Every command of wrong.wast after its first module is wrong; the runner must report the line of each,
and name an exception that does not occur. Ends with 77 where the tools are missing.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SKIPPED = 77


def main(tool: str, runner: str, folder: str) -> int:
    if not Path(tool).exists():
        print(f"skipped: there is no {tool}")
        return SKIPPED
    with tempfile.TemporaryDirectory() as place:
        suite, exceptions = Path(place, "suite"), Path(place, "exceptions.json")
        subprocess.run([tool, suite, Path(folder, "wrong.wast")], check=True)
        exceptions.write_text('{"plain": {"wrong:1": "never"}, "instrumented": {}}')
        result = subprocess.run([runner, suite, exceptions], capture_output=True, text=True)
        commands = json.loads(Path(suite, "wrong", "script.json").read_text())["commands"][1:]
    wanted = {command["line"] for command in commands}
    seen = {int(line) for line in re.findall(r"^wrong:(\d+): ", result.stdout, re.MULTILINE)}
    for line in sorted(wanted ^ seen):
        print(f"wrong.wast:{line} is {'not reported' if line in wanted else 'reported'}")
    stale = "wrong:1 is an exception that did not occur" in result.stdout
    if not stale:
        print("the exception that does not occur is not reported")
    return 0 if result.returncode == 1 and wanted == seen and stale else 1


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
