#!/usr/bin/env python3
"""States that one process leaves and another starts from: snapshot.py SYNAPSED"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SYNAPSED = ""
COUNTER = """(module (memory 1) (global $n (mut i32) (i32.const 0))
  (func (export "next") (result i32)
    (global.set $n (i32.add (global.get $n) (i32.const 1)))
    (i32.store (i32.const 64) (global.get $n)) (global.get $n))
  (func (export "stored") (result i32) (i32.load (i32.const 64)))
  (func (export "build") (param i32) (i32.store (i32.const 128) (local.get 0)))
  (func (export "built") (result i32) (i32.load (i32.const 128)))
  (func (export "trap") unreachable))"""


def synapsed(*words) -> subprocess.CompletedProcess:
    return subprocess.run([SYNAPSED, *map(str, words)], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=60)


class Snapshots(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.module = self.folder / "counter.wat"
        self.module.write_text(COUNTER)

    def run_well(self, *words) -> str:
        result = synapsed(*words)
        self.assertEqual((result.returncode, result.stderr), (0, ""), words)
        return result.stdout

    def step(self, before: str | None, after: str | None, function: str = "next") -> str:
        words = ["run"]
        words += ["--from-snapshot", self.folder / before] if before else []
        words += ["--save-snapshot", self.folder / after] if after else []
        return self.run_well(*words, self.module, "--invoke", function).strip()

    def test_a_state_goes_from_one_process_to_the_next(self):
        self.assertEqual(self.step(None, "one"), "1")
        self.assertEqual(self.step("one", "two"), "2")
        self.assertEqual(self.step("two", "two"), "3")
        self.assertEqual(self.step("two", None, "stored"), "3")
        self.assertEqual(self.step("one", None), "2")

    def test_states_are_shown_and_compared(self):
        self.step(None, "one")
        self.step("one", "two")
        shown = json.loads(self.run_well("snapshot", "show", self.folder / "one", "--json"))
        self.assertEqual(shown["memories"], [{"index": 0, "bytes": 65536, "changed_pages": 1}])
        self.assertIn(shown["digest"], self.run_well("snapshot", "show", self.folder / "one"))
        different = json.loads(self.run_well(
            "snapshot", "diff", self.folder / "one", self.folder / "two", "--json"))
        self.assertEqual(different["globals"], [{"index": 0, "before": "1", "after": "2"}])
        self.assertEqual(different["ranges"], [{"memory": 0, "offset": 64, "bytes": 1}])
        self.assertEqual(self.run_well("snapshot", "diff", self.folder / "one", self.folder / "one"),
                         "the same state\n")

    def test_a_call_that_fails_leaves_the_file_as_it_was(self):
        self.step(None, "one")
        before = (self.folder / "one").read_bytes()
        result = synapsed("run", "--from-snapshot", self.folder / "one", "--save-snapshot",
                          self.folder / "one", self.module, "--invoke", "trap")
        self.assertEqual(result.returncode, 242)
        self.assertEqual((self.folder / "one").read_bytes(), before)

    def test_what_is_no_state_of_the_module_is_refused(self):
        self.step(None, "one")
        (self.folder / "cut").write_bytes((self.folder / "one").read_bytes()[:-1])
        other = self.folder / "other.wat"
        other.write_text('(module (func (export "f")))')
        for module, snapshot, code in [(self.module, "cut", "snapshot.corrupt"),
                                       (self.module, "absent", "load.unreadable"),
                                       (other, "one", "snapshot.other_module")]:
            result = synapsed("run", "--from-snapshot", self.folder / snapshot, module,
                              "--invoke", "f" if module == other else "next")
            self.assertEqual(result.returncode, 241)
            self.assertIn(f"[{code}]", result.stderr)

    def test_a_module_is_made_that_starts_where_a_function_returned(self):
        made = self.folder / "made.wasm"
        words = ("preinit", self.module, "--invoke", "build", "-o", made)
        result = synapsed(*words, "77")
        self.assertEqual(result.returncode, 0, result.stderr)
        first = made.read_bytes()
        self.assertEqual(self.run_well("run", made, "--invoke", "built").strip(), "77")
        self.assertEqual(synapsed("run", made, "--invoke", "build", "1").returncode, 241)
        synapsed(*words, "77")
        self.assertEqual(made.read_bytes(), first)
        self.assertIn("call.unknown_export", synapsed("preinit", self.module, "-o", made).stderr)


if __name__ == "__main__":
    SYNAPSED = sys.argv.pop(1)
    unittest.main()
