#!/usr/bin/env python3
"""Runs modules that were built from source: guests.py SYNAPSED GUESTS SOURCE_FOLDER

GUESTS is the folder where CMake built them. Ends with 77, which ctest counts as skipped, where it is
missing. The AssemblyScript guest is built here, with npm.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SYNAPSED = ""
GUESTS = Path()
SOURCE = Path()
SKIPPED = 77

# function, arguments as words, what is printed: as it is, or, when not a string, as JSON
TEXT = [
    ("upper_case", ["straße, naïve"], "STRAßE, NAïVE"),
    ("upper_case", [""], ""),
    ("reverse", ["añ€😀b"], "b😀€ña"),
    ("words", ["  two\twords "], ["two", "words"]),
    ("words", [" "], []),
    ("word_count", ["one two  three"], "3"),
]
COUNTER = [
    ("value", [], "0"),
    ("increment", [], "1"),
    ("add", ["41"], {"ok": "41"}),
    ("add", ["18446744073709551615"], {"ok": "18446744073709551615"}),
]
MATH = [
    ("gcd", ["48", "36"], "12"),
    ("fibonacci", ["93"], {"ok": "12200160415121876738"}),
    ("fibonacci", ["94"], {"err": "n is larger than 93"}),
    ("mean", ["[1, 2, 6]"], 3.0),
    ("mean", ["[]"], None),
    ("distance", ['{"x": 0, "y": 0}', '{"x": 3, "y": 4}'], "5"),
    ("centroid", ['[{"x": 1, "y": 2}, {"x": 3, "y": 6}]'], {"x": 2.0, "y": 4.0}),
    ("centroid", ["[]"], None),
]
GREET = [
    ("greet", ["Wörld"], "Hello, Wörld!"),
    ("greet", [""], "Hello, !"),
    ("greet", ["x" * 100_000], f"Hello, {'x' * 100_000}!"),
    ("add", ["2", "-3"], "-1"),
]

ITEM = '{"kind": 255, "name": "ä", "price": "-1", "codes": [0, 65535]}'
BARE = '{"kind": 0, "name": "", "price": null, "codes": []}'
# function, what goes in and comes out again
ECHO = [
    ("bool", "true"), ("bool", "false"), ("s8", "-128"), ("u8", "255"), ("s16", "-32768"),
    ("u16", "65535"), ("s32", "-2147483648"), ("u32", "4294967295"),
    ("s64", "-9223372036854775808"), ("u64", "18446744073709551615"), ("f32", "-0.5"),
    ("f64", "1e+300"), ("f64", "inf"), ("string", "a\nb"), ("view", "€"), ("view", ""),
    ("bytes", "0x00ff10"), ("bytes", "0x"),
]
ECHO_JSON = [
    ("list", "[]"), ("list", "[1, -2147483648]"), ("flags", "[true, false, true]"),
    ("strings", '["", "a", "long enough for a block of its own"]'),
    ("nested", '["0x", "0x0102"]'), ("option", "null"), ("option", '""'), ("option", '"a"'),
    ("option_f32", "null"), ("option_f32", "1.5"), ("result", '{"ok": "a"}'),
    ("result", '{"err": -7}'), ("mixed", '{"ok": 1.5}'), ("mixed", '{"err": "-1"}'),
    ("failure", '{"ok": null}'), ("failure", '{"err": 2.5}'), ("success", '{"ok": 4294967295}'),
    ("success", '{"err": null}'), ("bare", '{"ok": null}'), ("bare", '{"err": null}'),
    ("point", '{"x": -1, "y": 0.5}'), ("wrapper", '{"value": -32768}'),
    ("line", '{"from": {"x": 1, "y": 2.5}, "to": {"x": 3, "y": 4.5}}'), ("item", ITEM),
    ("item", BARE), ("items", f"[{ITEM}, {BARE}]"), ("items", "[]"),
    ("optional_point", "null"), ("optional_point", '{"x": 1, "y": 1.5}'),
]
TYPES = [
    ("constructor", [], "xxxconstructed"),
    ("length", ['[{"x": 2, "y": 1.5}, {"x": 1, "y": 0.5}]'], "3.5"),
    ("many", ["7", "-8", "c", "d", "1", "[1, 2]", "null", "true", '{"err": "no"}'],
     "7,-8,c,d,1,2,-1,yes,no"),
    ("many", ["7", "-8", "c", "d", "1", "[]", "5", "false", '{"ok": "9"}'], "7,-8,c,d,1,0,5,no,9"),
    ("sixteen", ["a", "bb", "", "", "", "", "", "3", "-4"], "-9"),
    ("name_of", [ITEM], "ä"),
    ("total_size", ['["a", "", "bc"]', "def"], "6"),
]


def synapsed(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run([SYNAPSED, *words], capture_output=True, text=True, check=False,
                          timeout=60)


class Guests(unittest.TestCase):
    def call(self, module: Path, function: str, words: list[str]) -> str:
        result = synapsed("run", str(module), "--invoke", function, *words)
        self.assertEqual((result.returncode, result.stderr), (0, ""), f"{function} {words}")
        return result.stdout.removesuffix("\n")

    def check(self, module: Path, cases: list) -> None:
        for function, words, expected in cases:
            with self.subTest(function=function, words=[word[:40] for word in words]):
                printed = self.call(module, function, words)
                if not isinstance(expected, str):
                    printed = json.loads(printed)
                self.assertEqual(printed, expected)

    def check_echo(self, module: Path, cases: list) -> None:
        for name, text in cases:
            with self.subTest(name=name, text=text):
                printed = self.call(module, f"echo_{name}", [text])
                self.assertEqual(json.loads(printed), json.loads(text))

    def test_text(self):
        self.check(GUESTS / "modules/text.wasm", TEXT)

    def test_counter(self):
        module = GUESTS / "modules/counter.wasm"
        self.check(module, COUNTER)
        result = synapsed("run", str(module), "--invoke", "reset")
        self.assertEqual((result.returncode, result.stdout, result.stderr),
                         (0, "", "info: the counter was reset\n"))

    def test_math(self):
        self.check(GUESTS / "modules/math.wasm", MATH)

    def test_every_type_goes_in_and_comes_out(self):
        types = GUESTS / "tests/types.wasm"
        self.check(types, [(f"echo_{name}", [text], text) for name, text in ECHO])
        self.check_echo(types, ECHO_JSON)
        self.check(types, TYPES)

    def test_the_interface_is_shown(self):
        shown = synapsed("inspect", str(GUESTS / "modules/math.wasm")).stdout
        for line in ("record point { x: f64, y: f64 }", "gcd: func(left: u64, right: u64) -> u64;",
                     "centroid: func(points: list<point>) -> option<point>;"):
            self.assertIn(line, shown)

    def test_memory_that_the_module_has_used_up_is_a_panic(self):
        result = synapsed("run", str(GUESTS / "tests/types.wasm"), "--invoke", "exhaust")
        self.assertEqual(result.returncode, 242, result.stderr)
        self.assertIn("the guest panicked: out of memory   [trap.panic]", result.stderr)

    def test_what_would_throw_is_a_panic(self):
        result = synapsed("run", str(GUESTS / "tests/types.wasm"), "--invoke", "out_of_range", "7")
        self.assertEqual(result.returncode, 242, result.stderr)
        self.assertRegex(result.stderr, r"the guest panicked: .*   \[trap\.panic\]")

    def test_modules_are_small(self):
        for name, kib_most in (("text", 24), ("counter", 20), ("math", 24)):
            self.assertLess((GUESTS / f"modules/{name}.wasm").stat().st_size, kib_most << 10, name)

    def test_plain_c(self):
        self.check(GUESTS / "greet.wasm", GREET)

    def test_a_finished_module_can_be_given_an_interface(self):
        page = (SOURCE / "docs/guide/other-languages.md").read_text()
        names = {}
        exec(re.search(r"```python\n(.*?)```", page, re.DOTALL)[1], names)
        with tempfile.TemporaryDirectory() as folder:
            wat, wasm = Path(folder, "half.wat"), Path(folder, "half.wasm")
            wat.write_text('(module (func (export "half") (param i32) (result i32) '
                           "(i32.shr_u (local.get 0) (i32.const 1))))")
            self.assertEqual(synapsed("wat", str(wat), "-o", str(wasm)).returncode, 0)
            comment = "// " + "x" * 200  # lengths of two bytes
            wasm.write_bytes(names["with_interface"](
                wasm.read_bytes(), f"{comment}\nhalf: func(a: u32) -> u32;"))
            self.check(wasm, [("half", ["4294967295"], "2147483647")])
            self.assertEqual(synapsed("run", str(wasm), "--invoke", "half", "-1").returncode, 241)

    def test_assemblyscript(self):
        self.check(self.build_assemblyscript(), GREET)

    def build_assemblyscript(self) -> Path:
        if shutil.which("npm") is None:
            self.skipTest("npm is not installed")
        work = GUESTS / "assemblyscript"
        shutil.copytree(SOURCE / "tests/guests/assemblyscript", work, dirs_exist_ok=True)
        if not self.is_installed(work):
            shown = subprocess.run(
                ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=work, text=True,
                check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100)
            if shown.returncode != 0:
                self.skipTest(f"npm cannot install AssemblyScript here:\n{shown.stdout}")
        subprocess.run(["npm", "run", "--silent", "build"], cwd=work, check=True, timeout=60)
        return work / "greet.wasm"

    @staticmethod
    def is_installed(work: Path) -> bool:
        wanted = json.loads((work / "package-lock.json").read_text())["packages"]
        found = work / "node_modules/assemblyscript/package.json"
        return (found.is_file() and json.loads(found.read_text())["version"] ==
                wanted["node_modules/assemblyscript"]["version"])


def main() -> None:
    if not (GUESTS / "modules/text.wasm").is_file():
        print(f"skipped: {GUESTS} holds no guests; they need clang-19, lld-19, wasi-libc, "
              "libc++-19-dev-wasm32 and libclang-rt-19-dev-wasm32")
        sys.exit(SKIPPED)
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    SYNAPSED = os.path.abspath(sys.argv[1])
    GUESTS = Path(sys.argv[2]).resolve()
    SOURCE = Path(sys.argv[3]).resolve()
    main()
