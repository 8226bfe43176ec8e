#!/usr/bin/env python3
"""Looks into storage and keeps it safe: storage.py SYNAPSED

Ends with 77, which ctest counts as skipped, where the program was built without the capability storage.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

SYNAPSED = ""
HAS_CRYPTO = True
SKIPPED = 77

PICTURE = bytes(range(256)) * 8192  # 2 MiB, which is a blob


class InTemporaryFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("SYNAPSED_")}
        self.environment["SYNAPSED_STORAGE"] = "sqlite:notes.db"

    def run_storage(self, *words: str, **options) -> subprocess.CompletedProcess:
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run([SYNAPSED, "storage", *words], capture_output=True, check=False,
                              cwd=self.folder, timeout=60, env=self.environment, **options)

    def storage(self, *words: str, code: int = 0, **options) -> bytes:
        """Standard output; of a failure, standard error."""
        result = self.run_storage(*words, **options)
        self.assertEqual(result.returncode, code, result.stderr.decode())
        return result.stderr if code else result.stdout

    def json(self, *words: str, code: int = 0) -> dict:
        result = self.run_storage(*words, "--json")
        self.assertEqual((result.returncode, result.stderr), (code, b""))
        return json.loads(result.stdout)

    def write(self, name: str, content: bytes) -> str:
        (self.folder / name).write_bytes(content)
        return name


class Values(InTemporaryFolder):
    def test_a_value_from_its_setting_to_its_end(self):
        self.storage("set", "title", "Storage", "--tenant", "alice", "--module", "notes")
        space = ["--tenant", "alice", "--module", "notes"]
        self.assertEqual(self.storage("get", "title", *space), b"Storage")
        self.assertEqual(self.json("get", "title", *space),
                         {"error": None, "key": "title", "value": "Storage"})
        self.assertIn(b"[storage.not_found]", self.storage("get", "title", code=241))
        self.storage("remove", "title", *space)
        self.assertIn(b"tenant \"alice\"", self.storage("remove", "title", *space, code=241))

    def test_bytes_of_any_kind_and_length(self):
        self.storage("set", "picture", "--file", self.write("picture", PICTURE))
        self.assertEqual(self.storage("get", "picture"), PICTURE)
        self.storage("get", "picture", "-o", "copy")
        self.assertEqual((self.folder / "copy").read_bytes(), PICTURE)
        self.storage("set", "00ff", "--hex", "--file", "-", input=b"\x01\xfe", stdin=None)
        self.assertEqual(self.json("get", "00ff", "--hex"),
                         {"error": None, "key_hex": "00ff", "value_hex": "01fe"})
        self.assertIn(b"hexadecimal", self.storage("get", "0", "--hex", code=241))
        self.assertIn(b"no value", self.storage("set", "key", code=241))
        self.assertIn(b"[storage.invalid_argument]", self.storage("set", "", "value", code=241))
        self.assertIn(b"[storage.too_large]", self.storage("set", "k" * 1025, "value", code=241))

    def test_lists_are_in_order(self):
        for number in (2, 10, 1):
            self.storage("set", f"note/{number}", f"text {number}")
        self.storage("set", "title", "x\x1b[2J")
        self.assertEqual(self.storage("list"), b"note/1\nnote/10\nnote/2\ntitle\n")
        self.assertEqual(self.storage("list", "--prefix", "note/", "--reverse", "--limit", "1", "--values"),
                         b"note/2\ttext 2\n")
        told = self.json("list", "--values")["keys"]
        self.assertEqual(told[0], {"key": "note/1", "bytes": 6, "value": "text 1"})
        self.assertNotIn(b"\x1b", self.storage("list", "--values"))
        self.assertEqual(self.json("spaces")["spaces"],
                         [{"tenant": "", "module": "", "keys": 4, "bytes": told and 55}])

    def test_what_is_not_there_is_not_made_by_looking(self):
        for command in (["list"], ["get", "key"], ["spaces"], ["verify"], ["remove", "key"],
                        ["export"], ["backup", "b"]):
            with self.subTest(command=command):
                self.storage(*command, code=244)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_storage_must_be_named(self):
        del self.environment["SYNAPSED_STORAGE"]
        self.assertIn(b"--storage URL", self.storage("list", code=241))
        self.assertIn(b"no storage is known", self.storage("list", "--storage", "redis://x", code=241))

    def test_a_path_is_a_file(self):
        self.storage("set", "key", "value", "--storage", "other.db")
        self.assertEqual(self.storage("get", "key", "--storage", "sqlite:other.db"), b"value")

    def test_what_is_no_storage_is_left_alone(self):
        self.write("notes.db", b"something else entirely, longer than a header of SQLite is: " * 20)
        before = (self.folder / "notes.db").read_bytes()
        self.assertIn(b"[storage.corrupt]", self.storage("set", "key", "value", code=241))
        self.assertEqual((self.folder / "notes.db").read_bytes(), before)


class Copies(InTemporaryFolder):
    def setUp(self):
        super().setUp()
        self.storage("set", "title", "Storage", "--tenant", "alice", "--module", "notes")
        self.storage("set", "picture", "--file", self.write("picture", PICTURE))
        self.storage("set", "key", "value")

    def test_an_export_is_imported(self):
        self.storage("export", "--all", "-o", "all.jsonl")
        lines = [json.loads(line) for line in (self.folder / "all.jsonl").read_text().splitlines()]
        self.assertEqual([line["key"] for line in lines], ["key", "picture", "title"])
        self.assertEqual(self.storage("export", "--tenant", "alice", "--module", "notes"),
                         b'{"tenant":"alice","module":"notes","key":"title","value":"Storage"}\n')
        self.assertEqual(self.storage("import", "all.jsonl", "--storage", "other.db"), b"3 keys set\n")
        self.assertEqual(self.storage("get", "picture", "--storage", "other.db"), PICTURE)
        self.storage("export", "--all", "-o", "again.jsonl", "--storage", "other.db")
        self.assertEqual((self.folder / "again.jsonl").read_bytes(),
                         (self.folder / "all.jsonl").read_bytes())

    def test_a_bad_line_sets_nothing(self):
        good = b'{"key": "new", "value": "1"}\n'
        for bad in (b"{", b"[]", b'{"key": "a"}', b'{"value": "a"}', b'{"key": "", "value": "a"}',
                    b'{"key_hex": "0", "value": "a"}', b'{"key": 1, "value": "a"}'):
            with self.subTest(bad=bad):
                self.write("bad.jsonl", good + bad + b"\n")
                self.assertIn(b"line 2", self.storage("import", "bad.jsonl", code=241))
        self.storage("get", "new", code=241)

    def test_a_backup_is_restored(self):
        told = self.json("backup", "notes.backup")
        self.assertEqual((told["keys"], told["spaces"], told["version"]), (3, 2, 3))
        self.assertEqual((self.folder / "notes.backup").stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.json("verify", "--backup", "notes.backup"), told)
        self.assertEqual(self.json("restore", "notes.backup", "--storage", "new.db"), told)
        self.assertEqual(self.json("verify", "--storage", "new.db"), told)
        self.assertEqual(self.storage("get", "picture", "--storage", "new.db"), PICTURE)
        self.assertIn(b"not empty", self.storage("restore", "notes.backup", code=241))

    def test_a_damaged_backup_is_refused(self):
        self.storage("backup", "notes.backup")
        content = bytearray((self.folder / "notes.backup").read_bytes())
        content[1000] ^= 1
        self.write("bad.backup", bytes(content))
        self.assertIn(b"[storage.corrupt]", self.storage("verify", "--backup", "bad.backup", code=241))
        self.storage("restore", "bad.backup", "--storage", "new.db", code=241)
        self.assertEqual(self.json("spaces", "--storage", "new.db")["spaces"], [])


class Watching(InTemporaryFolder):
    def test_changes_of_others_are_told_until_it_is_interrupted(self):
        self.storage("set", "note/0", "before")
        with subprocess.Popen([SYNAPSED, "storage", "watch", "--prefix", "note/"], cwd=self.folder,
                              env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as watch:
            killer = threading.Timer(60, watch.kill)
            killer.start()
            # It may not look yet: what it is to tell is done until it tells.
            told, stop = [], threading.Event()
            def change():
                while not stop.wait(0.1):
                    self.storage("set", "note/1", "text")
            changer = threading.Thread(target=change)
            changer.start()
            told.append(watch.stdout.readline())
            stop.set()
            changer.join()
            self.storage("set", "other", "text")
            self.storage("remove", "note/1")
            while "removed" not in told[-1]:
                told.append(watch.stdout.readline())
            watch.send_signal(signal.SIGINT)
            self.assertEqual(watch.wait(), 130, watch.stderr.read())
            killer.cancel()
        self.assertRegex(told[0], r"^\d+ set note/1\n$")
        self.assertRegex(told[-1], r"^\d+ removed note/1\n$")
        self.assertFalse(any("other" in line for line in told))


class Sealed(InTemporaryFolder):
    def setUp(self):
        super().setUp()
        if not HAS_CRYPTO:
            self.skipTest("the program was built without the capability crypto")
        master = self.folder / "master"
        master.touch(0o600)
        master.write_text("5a" * 32)
        self.keys = ["--keys", "data.keys", "--master-file", "master"]
        subprocess.run([SYNAPSED, "keys", "init", *self.keys], cwd=self.folder, check=True,
                       env=self.environment, capture_output=True)

    def test_nobody_reads_the_files(self):
        secret = "nobody may read this in a file"
        self.storage("set", "key", secret, "--tenant", "alice", *self.keys)
        self.assertEqual(self.storage("get", "key", "--tenant", "alice", *self.keys), secret.encode())
        self.assertIn(b"[storage.sealed]", self.storage("get", "key", "--tenant", "alice", code=241))
        self.assertEqual(self.storage("rotate", "--tenant", "alice", *self.keys),
                         b"1 keys in 1 spaces are sealed under a new data key\n")
        self.assertEqual(self.storage("get", "key", "--tenant", "alice", *self.keys), secret.encode())
        self.storage("backup", "notes.backup")
        for path in self.folder.iterdir():
            self.assertNotIn(secret[:16].encode(), path.read_bytes(), path)
        self.assertIn(b"--keys FILE", self.storage("rotate", code=240))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    SYNAPSED = os.path.abspath(sys.argv[1])
    version = subprocess.run([SYNAPSED, "version", "--json"], capture_output=True, check=True)
    capabilities = json.loads(version.stdout)["capabilities"]
    if "storage" not in capabilities:
        sys.exit(SKIPPED)
    HAS_CRYPTO = "crypto" in capabilities
    unittest.main(argv=sys.argv[:1])
