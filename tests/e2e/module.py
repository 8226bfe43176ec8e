#!/usr/bin/env python3
"""Modules in a registry, and what becomes of it when programs end in the middle: module.py SYNAPSED

SYNAPSED_KILLS says how many programs are killed.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

SYNAPSED = ""
COUNTER = """(module (memory 1) (global $n (mut i32) (i32.const {0}))
  (func (export "next") (result i32)
    (global.set $n (i32.add (global.get $n) (i32.const 1)))
    (i32.store (i32.const 64) (global.get $n)) (global.get $n)))"""


def manifest(name: str, version: str, **needs: str) -> str:
    lines = [f'name = "{name}"', f'version = "{version}"', 'tags = ["test"]', "[dependencies]"]
    return "\n".join(lines + [f'{need} = "{wanted}"' for need, wanted in needs.items()])


class Registry(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.environment = os.environ | {"SYNAPSED_REGISTRY": str(self.folder / "registry")}

    def start(self, *words) -> subprocess.Popen:
        return subprocess.Popen([SYNAPSED, *map(str, words)], env=self.environment, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def call(self, *words) -> tuple[int, dict]:
        """Any command, with --json."""
        program = self.start(*words, "--json")
        out, err = program.communicate(timeout=60)
        self.assertEqual(err, "", words)
        return program.returncode, json.loads(out)

    def do(self, *words) -> dict:
        code, answer = self.call(*words)
        self.assertEqual((code, answer["error"]), (0, None), words)
        return answer

    def text(self, *words) -> str:
        program = self.start(*words)
        out, err = program.communicate(timeout=60)
        self.assertEqual((program.returncode, err), (0, ""), words)
        return out

    def refused(self, *words) -> dict:
        code, answer = self.call(*words)
        self.assertEqual(code, 241, words)
        return answer["error"]

    def module(self, number: int = 0) -> Path:
        path = self.folder / f"counter-{number}.wat"
        path.write_text(COUNTER.format(number))
        return path

    def add(self, name: str, version: str, number: int = 0, **needs: str) -> dict:
        (self.folder / "it.toml").write_text(manifest(name, version, **needs))
        return self.do("module", "add", self.module(number), "--manifest", self.folder / "it.toml")


class Linked(Registry):
    def test_a_module_is_written_with_what_it_links(self):
        library = self.folder / "library.wat"
        library.write_text("""(module (memory (export "memory") 1) (data (i32.const 8) "\\05")
            (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))""")
        user = self.folder / "user.wat"
        user.write_text("""(module
            (import "lib" "twice" (func $twice (param i32) (result i32)))
            (import "lib" "memory" (memory 1))
            (func (export "go") (param i32) (result i32)
              (i32.add (call $twice (local.get 0)) (i32.load8_u (i32.const 8)))))""")
        self.do("module", "add", library, "--name", "lib")
        (self.folder / "it.toml").write_text(
            'name = "user"\nversion = "1.0.0"\n[dependencies]\n'
            'lib = { version = "*", linking = "linked" }')
        self.do("module", "add", user, "--manifest", self.folder / "it.toml")
        out = self.folder / "out.wasm"
        self.do("module", "get", "user", "--linked", "-o", out)
        self.assertEqual(self.text("run", out, "--invoke", "go", "21").strip(), "47")
        self.do("module", "upgrade", "user")
        self.do("module", "get", "user", "-o", out)
        _, err = self.start("run", out, "--invoke", "go", "21").communicate(timeout=60)
        self.assertIn("security.import_denied", err)


class Compiled(Registry):
    def setUp(self):
        super().setUp()
        self.environment["SYNAPSED_CODE_CACHE"] = str(self.folder / "code")

    def test_modules_are_compiled_ahead_with_what_they_need(self):
        self.add("shop/prices", "1.0.0", 1)
        self.add("shop/cart", "1.0.0", 2, **{'"shop/prices"': "^1"})
        self.add("other", "1.0.0", 3)
        first = self.do("module", "compile", "shop/cart")
        self.assertEqual((first["modules"], first["compiled"], first["kept_before"]), (2, 2, 0))
        every = self.do("module", "compile")
        self.assertEqual((every["modules"], every["compiled"], every["kept_before"]), (3, 1, 2))
        again = self.text("module", "compile")
        self.assertIn("3 modules: 0 compiled", again)
        self.assertEqual(self.do("module", "compile", "--profile", "blockchain", "other")["compiled"],
                         1, "its code is another")

    def test_one_that_cannot_be_compiled_is_told_and_the_others_go_on(self):
        self.add("a", "1.0.0", 1)
        (self.folder / "shared.wat").write_text("(module (memory 1 2 shared))")
        self.do("module", "add", self.folder / "shared.wat", "--name", "b")
        self.add("c", "1.0.0", 2)
        code, answer = self.call("module", "compile")
        self.assertNotEqual(code, 0)
        self.assertEqual((answer["modules"], answer["compiled"]), (3, 2))
        self.assertIn("1 of 3 modules", answer["error"]["message"])
        self.assertIn("b@0.1.0", answer["failures"][0]["where"])

    def test_what_is_kept_is_counted(self):
        empty = self.do("stats")
        self.assertEqual(empty["registry"]["versions"], 0)
        self.add("a", "1.0.0", 1)
        self.add("a", "1.1.0", 1)
        self.add("b", "1.0.0", 2)
        self.do("module", "upgrade", "a")
        self.do("module", "compile", "b")
        stats = self.do("stats")
        kept = stats["registry"]
        self.assertEqual((kept["modules"], kept["versions"], kept["serving"]), (2, 3, 1))
        self.assertEqual(kept["module_bytes"], sum(
            {each["sha256"]: each["bytes"] for each in self.do("module", "list")["modules"]}.values()))
        self.assertEqual(stats["code_cache"]["entries"], 1)
        self.assertRegex(self.text("stats"), r"modules +2, 1 of them serve")
        del self.environment["SYNAPSED_CODE_CACHE"]
        self.assertIsNone(self.do("stats")["code_cache"])

    def test_on_a_terminal_a_bar_shows_how_far_it_is(self):
        self.add("a", "1.0.0", 1)
        self.add("b", "1.0.0", 2)
        ours, theirs = os.openpty()
        program = subprocess.Popen([SYNAPSED, "module", "compile"], env=self.environment,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs)
        out, _ = program.communicate(timeout=60)
        os.close(theirs)
        shown = os.read(ours, 10000)
        os.close(ours)
        self.assertEqual(program.returncode, 0)
        self.assertIn(b"] 1/2 b@1.0.0", shown)
        self.assertTrue(shown.endswith(b"\r\x1b[K"), "it is gone in the end")
        self.assertIn(b"2 modules: 2 compiled", out)


class Modules(Registry):
    def test_a_module_is_added_found_and_written(self):
        added = self.add("shop/cart", "1.2.0")
        self.assertFalse(added["active"])
        self.assertEqual(self.add("shop/cart", "1.2.0"), added, "the same again is nothing new")
        self.assertIn("shop/cart@1.2.0", self.text("module", "list"))
        self.assertEqual(self.do("module", "list", "--tag", "none")["modules"], [])
        self.assertIn('name = "shop/cart"', self.text("module", "show", "shop/cart@^1"))
        self.do("module", "get", "sha256:" + added["sha256"][:12], "-o", self.folder / "out.wasm")
        self.assertEqual(self.text("run", self.folder / "out.wasm", "--invoke", "next"), "1\n")

    def test_without_a_manifest_the_file_and_the_options_name_it(self):
        self.assertEqual(self.do("module", "add", self.module())["name"], "counter-0")
        named = self.do("module", "add", self.module(), "--name", "a/b", "--version", "2.0.0-rc.1")
        self.assertEqual((named["name"], named["version"]), ("a/b", "2.0.0-rc.1"))
        (self.folder / "module.toml").write_text(manifest("beside", "3.0.0"))
        self.assertEqual(self.do("module", "add", self.module())["name"], "beside")

    def test_what_serves_changes_and_goes_back(self):
        for minor in range(3):
            self.add("a", f"1.{minor}.0", minor)
        self.assertEqual(self.do("module", "upgrade", "a@1.0.0")["version"], "1.0.0")
        self.assertEqual(self.do("module", "show", "a")["version"], "1.0.0")
        self.assertEqual(self.do("module", "upgrade", "a")["version"], "1.2.0")
        self.assertEqual(self.refused("module", "remove", "a@1.2.0")["code"], "registry.in_use")
        self.assertEqual(self.do("module", "rollback", "a")["version"], "1.0.0")
        self.do("module", "remove", "a@1.2.0")
        self.assertGreater(self.do("module", "gc")["files"], 0)
        self.assertEqual(self.do("module", "verify")["modules"], 2)

    def test_an_upgrade_to_what_cannot_be_had_leaves_what_serves(self):
        self.add("a", "1.0.0")
        self.do("module", "upgrade", "a")
        self.add("a", "2.0.0", 1, b="^1")
        self.assertEqual(self.refused("module", "upgrade", "a")["code"], "registry.not_found")
        self.assertEqual(self.do("module", "show", "a")["version"], "1.0.0")
        self.add("b", "1.0.0", 2, a="^2")
        error = self.refused("module", "deps", "a@2")
        self.assertEqual(error["code"], "registry.cycle")
        self.assertIn("a@2.0.0", error["message"])

    def test_dependencies_come_first(self):
        self.add("a", "1.0.0", 1, b="^1", c="^1")
        self.add("b", "1.3.0", 2, c="~1.1")
        for minor in range(3):
            self.add("c", f"1.{minor}.0", 3 + minor)
        self.assertEqual(self.text("module", "deps", "a"), "c@1.1.0\nb@1.3.0\na@1.0.0\n")

    def test_a_bad_manifest_is_shown_with_its_place(self):
        (self.folder / "bad.toml").write_text('name = "a"\nversion = "1"\nauthor = "me"\n')
        error = self.refused("module", "add", self.module(), "--manifest", self.folder / "bad.toml")
        self.assertEqual(error["code"], "manifest.invalid")
        self.assertIn("bad.toml:2:11: ", error["message"])
        self.assertIn("authors", error["message"])

    def test_states_are_kept_by_name(self):
        state, again = self.folder / "state", self.folder / "again"
        self.text("run", self.module(), "--save-snapshot", state, "--invoke", "next")
        self.do("snapshot", "save", "warm", state)
        self.assertEqual([each["name"] for each in self.do("snapshot", "list")["snapshots"]], ["warm"])
        self.do("snapshot", "load", "warm", again)
        self.assertEqual(
            self.text("run", self.module(), "--from-snapshot", again, "--invoke", "next"), "2\n")
        self.do("snapshot", "remove", "warm")
        self.assertEqual(self.refused("snapshot", "load", "warm", again)["code"],
                         "registry.not_found")

    def test_an_oci_layout_is_written_and_read(self):
        added = self.add("shop/cart", "1.2.0")
        self.do("module", "export", "shop/cart", "-o", self.folder / "layout")
        self.environment["SYNAPSED_REGISTRY"] = str(self.folder / "other")
        imported = self.do("module", "import", self.folder / "layout")["modules"]
        self.assertEqual([each["sha256"] for each in imported], [added["sha256"]])
        self.assertIn("shop/cart@1.2.0", self.text("module", "list"))
        self.assertEqual(self.refused("module", "import", self.folder)["code"], "load.unreadable")

    def test_damage_is_found_and_named(self):
        digest = self.add("a", "1.0.0")["sha256"]
        (self.folder / "registry/blobs/sha256" / digest).write_bytes(b"other")
        code, answer = self.call("module", "verify")
        self.assertEqual((code, answer["error"]["code"]), (241, "registry.corrupt"))
        self.assertEqual(answer["problems"][0]["where"], "a@1.0.0")
        self.assertEqual(self.refused("module", "get", "a", "-o", self.folder / "x")["code"],
                         "registry.corrupt")
        self.assertFalse((self.folder / "x").exists())
        self.add("a", "1.0.0")
        self.do("module", "verify")

    def test_an_index_of_a_newer_program_is_left_alone(self):
        self.add("a", "1.0.0")
        index = self.folder / "registry/index"
        newer = index.read_bytes()[:6] + bytes([9]) + index.read_bytes()[7:]
        index.write_bytes(newer)
        self.assertEqual(self.refused("module", "add", self.module(1))["code"], "registry.version")
        self.assertEqual(index.read_bytes(), newer)

    def test_several_programs_add_at_once(self):
        def add(writer: int):
            for each in range(5):
                self.do("module", "add", self.module(writer), "--name", f"w{writer}", "--version",
                        f"1.{each}.0")

        writers = [threading.Thread(target=add, args=[writer]) for writer in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        self.assertEqual(len(self.do("module", "list")["modules"]), 20)
        self.do("module", "verify")


class Killed(Registry):
    """What a program was told is there outlives any other that is killed in the middle."""

    def setUp(self):
        super().setUp()
        self.random = random.Random(8)
        self.versions = {}  # (name, version): digest, of those whose program said so
        self.serving = {}
        self.next = 0

    def command(self) -> tuple[list, tuple]:
        """A command, and the version it would add."""
        choice = self.random.choice(["add", "add", "add", "upgrade", "rollback", "gc", "save", "remove"])
        name = self.random.choice("abc")
        if choice == "add":
            self.next += 1
            version = f"1.{self.next}.0"
            return ["module", "add", self.module(self.next % 7), "--name", name, "--version",
                    version], (name, version)
        if choice == "save":
            return ["snapshot", "save", name, self.folder / "state"], ()
        if choice == "remove":
            removable = [key for key in self.versions if key[1] != self.serving.get(key[0])]
            if not removable:
                return ["module", "gc"], ()
            key = self.random.choice(removable)
            return ["module", "remove", "@".join(key)], key
        return ["module", choice] + ([] if choice == "gc" else [name]), ()

    def look(self, pending: tuple, command: list):
        """All that is there is whole; all that was said to be there is there, and nothing else."""
        report = self.do("module", "verify")
        self.assertEqual(report["problems"], [])
        listed = {(each["name"], each["version"]): each for each in self.do("module", "list")["modules"]}
        for key, digest in self.versions.items():
            if key == pending:  # removing it was under way
                continue
            self.assertEqual(listed.get(key, {}).get("sha256"), digest, (key, command))
        self.assertLessEqual(set(listed) - set(self.versions), {pending}, command)
        self.versions = {key: each["sha256"] for key, each in listed.items()}
        self.serving = {name: version for (name, version), each in listed.items() if each["active"]}

    def test_at_any_moment(self):
        self.text("run", self.module(), "--save-snapshot", self.folder / "state", "--invoke", "next")
        began = time.monotonic()
        self.add("a", "1.0.0")
        self.versions[("a", "1.0.0")] = self.do("module", "show", "a")["sha256"]
        usual = (time.monotonic() - began) / 2
        wanted = int(os.environ.get("SYNAPSED_KILLS", "25"))
        kills = started = 0
        while kills < wanted:
            self.assertLess(started, 20 * wanted, "programs end before they are killed")
            started += 1
            command, pending = self.command()
            program = self.start(*command)
            time.sleep(self.random.random() * 1.5 * usual)
            program.kill()
            program.communicate(timeout=60)
            kills += program.returncode < 0
            if pending and program.returncode == 0:
                if command[1] == "remove":
                    del self.versions[pending]
                else:
                    self.versions[pending] = self.do("module", "show", "@".join(pending))["sha256"]
                pending = ()
            self.look(pending, command)
        self.do("module", "gc")
        self.assertEqual(self.do("module", "verify")["unreferenced"], 0)
        print(f"{kills} of {started} programs killed, {len(self.versions)} versions", file=sys.stderr)


if __name__ == "__main__":
    SYNAPSED = sys.argv.pop(1)
    unittest.main()
