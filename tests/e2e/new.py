#!/usr/bin/env python3
"""Starts projects of modules: new.py SYNAPSED"""

import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SYNAPSED = ""

FILES = [".gitignore", "CMakeLists.txt", "README.md", "src/price-rules.cpp", "synapsed.toml",
         "tests/test.sh"]


class InTemporaryFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def new(self, *words: str, **options) -> subprocess.CompletedProcess:
        return subprocess.run([SYNAPSED, "new", *words], capture_output=True, text=True,
                              check=False, cwd=self.folder, timeout=60, **options)

    def files(self, folder: str) -> list[str]:
        root = self.folder / folder
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


class Project(InTemporaryFolder):
    def test_it_is_complete_and_says_how_to_go_on(self):
        result = self.new("price-rules")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("cd price-rules && cmake -B build", result.stdout)
        self.assertEqual(self.files("price-rules"), FILES)
        project = self.folder / "price-rules"
        self.assertTrue((project / "tests/test.sh").stat().st_mode & stat.S_IXUSR)
        for path in FILES:
            self.assertNotRegex((project / path).read_text(), "@[A-Z]+@", path)
        self.assertIn('name = "price-rules"', (project / "synapsed.toml").read_text())

    def test_another_folder_can_be_named(self):
        result = self.new("a", "--dir", "b", "--json")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        told = json.loads(result.stdout)
        self.assertEqual(list(told), ["error", "name", "folder", "sdk", "files"])
        self.assertEqual((told["error"], told["name"], told["folder"]), (None, "a", "b"))
        self.assertTrue(Path(told["sdk"], "include/synapsed/guest.hpp").is_file())
        self.assertEqual(sorted(told["files"]), self.files("b"))

    @unittest.skipUnless(shutil.which("clang++-19"), "clang++-19 is not installed")
    def test_it_builds_and_its_tests_pass(self):
        self.new("hello")
        for command in (["cmake", "-B", "build"], ["cmake", "--build", "build"],
                        ["ctest", "--test-dir", "build", "--output-on-failure"]):
            result = subprocess.run(command, cwd=self.folder / "hello", text=True, check=False,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100)
            self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("100% tests passed, 0 tests failed out of 1", result.stdout)

    @unittest.skipUnless(shutil.which("clang++-19"), "clang++-19 is not installed")
    def test_a_declaration_that_does_not_fit_does_not_compile(self):
        self.new("hello")
        source = self.folder / "hello/src/hello.cpp"
        for right, wrong, said in (
                ("name: string", "name: list<u8>", ["parameter 1, name", "list<u8>", "string"]),
                ("-> s32", "-> u32", ["result", "u32", "s32"]),
                ("left: s32, ", "", ["number of parameters", "1", "2"]),
                ("func(left", "function(left", ["does not begin with func("])):
            text = source.read_text()
            self.assertIn(right, text)
            source.write_text(text.replace(right, wrong, 1))
            sdk = json.loads(self.new("other", "--json").stdout)["sdk"]
            shutil.rmtree(self.folder / "other")
            result = subprocess.run(
                ["clang++-19", "--target=wasm32-wasi", "-std=c++23", "-fno-exceptions",
                 "-fsyntax-only", f"-I{sdk}/include", source],
                text=True, check=False, capture_output=True, timeout=60)
            source.write_text(text)
            with self.subTest(wrong=wrong):
                self.assertEqual(result.returncode, 1)
                self.assertIn("the declaration's text and the C++ disagree", result.stderr)
                for part in said:
                    self.assertIn(f'{{"{part}"}}', result.stderr)


class Refusals(InTemporaryFolder):
    def test_nothing_is_overwritten(self):
        for make in (Path.mkdir, Path.touch):
            make(self.folder / "hello")
            result = self.new("hello")
            self.assertEqual(result.returncode, 244)
            self.assertIn("[host.io]", result.stderr)
            self.assertEqual(self.files("hello"), [])
            path = self.folder / "hello"
            path.rmdir() if path.is_dir() else path.unlink()

    def test_bad_names_are_bad_usage(self):
        for name in ("", "Hello", "1st", "-x", "a/b", "..", "a b", "ä", "a" * 65, "test", "all"):
            with self.subTest(name=name):
                self.assertEqual(self.new("--", name).returncode, 240)
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_failure_leaves_nothing_behind(self):
        def no_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        result = self.new("hello", "--json", preexec_fn=no_room)
        self.assertEqual(result.returncode, 244)
        self.assertEqual(os.listdir(self.folder), [])

    def test_the_parent_folder_has_to_exist(self):
        result = self.new("hello", "--dir", "a/b", "--json")
        self.assertEqual(result.returncode, 244)
        self.assertEqual(json.loads(result.stdout)["error"]["where"], "a/b")

    def test_without_the_sdk_it_says_what_to_do(self):
        alone = self.folder / "bin/synapsed"
        alone.parent.mkdir()
        shutil.copy(SYNAPSED, alone)
        result = subprocess.run([alone, "new", "hello"], capture_output=True, text=True,
                                check=False, cwd=self.folder, timeout=60)
        self.assertEqual(result.returncode, 244, result.stderr)
        self.assertIn("the guest SDK is not beside the program", result.stderr)
        self.assertEqual(os.listdir(self.folder), ["bin"])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    SYNAPSED = os.path.abspath(sys.argv[1])
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
