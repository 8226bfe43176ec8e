#!/usr/bin/env python3
"""The runner of behaviour documents, tried on a program that only repeats its arguments."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import behaviour

# Prints its arguments, each on a line, and copies its input; ends with the code in $CODE.
PROGRAM = """#!/bin/sh
for word in "$@"; do echo "$word"; done
cat
[ -z "$COMPLAINT" ] || echo "$COMPLAINT" >&2
exit "${CODE:-0}"
"""


class Runner(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.program = Path(self.folder.name, "program")
        self.program.write_text(PROGRAM)
        self.program.chmod(0o755)

    def verdict(self, *lines: str) -> tuple[int, str]:
        document = Path(self.folder.name, "document.wat")
        document.write_text("".join(f";; {line}\n" for line in lines) + "(module)\n")
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            code = behaviour.main(str(self.program), document)
        return code, printed.getvalue()

    def assert_holds(self, *lines: str):
        code, printed = self.verdict(*lines)
        self.assertEqual(code, 0, printed)

    def assert_fails(self, message: str, *lines: str):
        code, printed = self.verdict(*lines)
        self.assertEqual(code, 1, printed)
        self.assertIn(message, printed)

    def test_a_run_that_is_as_documented_holds(self):
        self.assert_holds("command: a 'b c'", "stdin: d", "stdout: a", "stdout: b c", "stdout: d")

    def test_output_that_is_not_documented_fails(self):
        self.assert_fails("+a", "command: a")
        self.assert_fails("stderr", "command:", "env: COMPLAINT=oh")

    def test_output_that_does_not_come_fails(self):
        self.assert_fails("-b", "command: a", "stdout: a", "stdout: b")
        self.assert_fails("does not contain: b", "command: a", "stdout-contains: b")
        self.assert_fails("does not contain: b", "command: a", "stdout: a", "stderr-contains: b")

    def test_the_exit_code_counts(self):
        self.assert_fails("exit code 3, expected 0", "command:", "env: CODE=3")
        self.assert_holds("command:", "env: CODE=3", "exit: 3")

    def test_json_is_read_from_the_last_line(self):
        lines = ["command: noise", 'stdin: {"a": {"b": [1, null]}}', "stdout: noise"]
        self.assert_holds(*lines, "json: a.b[0] == 1", "json: a.b.length == 2", "json: a.b > []")
        self.assert_fails("but it is 1", *lines, "json: a.b[0] == 2")
        self.assert_fails("there is no a.c", *lines, "json: a.c == 2")
        self.assert_fails("does not end in JSON", "command: noise", "json: a == 1")
        self.assert_fails("but it is 1", "command:", "stdin: [1]", "json: [0] == true")

    def test_slow_runs_fail(self):
        self.assert_fails("took", "command:", "within: 0.001ms")

    def test_files_are_looked_at(self):
        self.assert_holds("command:", "with-file: x=y", "leaves-file: x=y", "leaves-no-file: z")
        self.assert_fails("should hold", "command:", "leaves-file: x=y")
        self.assert_fails("should not exist", "command:", "with-file: x=y", "leaves-no-file: x")

    def test_a_file_of_several_lines(self):
        document = [";; command:", ";; with-file: x=y", ";; with-file: x=w=v"]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "lines.wat")
            path.write_text("\n".join(document))
            behaviour.make_files(behaviour.read_document(path).runs[0], Path(folder))
            self.assertEqual(Path(folder, "x").read_text(), "y\nw=v")

    def test_each_run_counts(self):
        code, printed = self.verdict("command: a", "stdout: a", "command: b", "stdout: a")
        self.assertEqual(code, 1)
        self.assertIn("1 of 2 runs", printed)

    def test_what_is_not_known_is_not_ignored(self):
        for lines in (["command: a", "stdut: a"], ["stdout: a"], ["prose only"]):
            with self.assertRaises(behaviour.DocumentError):
                self.verdict(*lines)


if __name__ == "__main__":
    unittest.main()
