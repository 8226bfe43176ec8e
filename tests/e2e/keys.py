#!/usr/bin/env python3
"""Manages keys: keys.py SYNAPSED

Ends with 77, which ctest counts as skipped, where the program was built without the capability crypto.
"""

import hashlib
import json
import os
import pty
import re
import select
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

SYNAPSED = ""
SKIPPED = 77

MASTER = "5a" * 32
SEED = bytes(range(32))
PKCS8 = bytes.fromhex("302e020100300506032b657004220420") + SEED  # RFC 8410: Ed25519


class InTemporaryFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.private("master", MASTER)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("SYNAPSED_")}
        self.environment["SYNAPSED_KEYS"] = "a.keys"

    def private(self, name: str, content: str | bytes) -> str:
        path = self.folder / name
        path.touch(0o600)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    def run_keys(self, *words: str, env: dict | None = None, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run([SYNAPSED, "keys", *words], capture_output=True, check=False,
                              cwd=self.folder, timeout=60, env=self.environment | (env or {}),
                              start_new_session=True, **options)

    def keys(self, *words: str, code: int = 0, master: str = "master", **options) -> bytes:
        """Standard output; of a failure, standard error."""
        result = self.run_keys(*words, "--master-file", master, **options)
        self.assertEqual(result.returncode, code, result.stderr.decode())
        return result.stderr if code else result.stdout

    def json(self, *words: str, code: int = 0) -> dict:
        result = self.run_keys(*words, "--json", "--master-file", "master")
        self.assertEqual((result.returncode, result.stderr), (code, b""))
        return json.loads(result.stdout)

    def mode(self, name: str) -> int:
        return stat.S_IMODE((self.folder / name).stat().st_mode)


class InStore(InTemporaryFolder):
    def setUp(self):
        super().setUp()
        self.keys("init")


class Life(InStore):
    def test_a_key_from_its_making_to_its_end(self):
        told = self.json("generate", "signing", "--algorithm", "ed25519", "--use", "sign,verify",
                         "--module", "notary", "--module", "audit", "--tenant", "alice")
        self.assertEqual(list(told), ["error", "name", "tenant", "algorithm", "version", "uses",
                                      "modules", "created_at", "public_key"])
        self.assertEqual((told["name"], told["tenant"], told["version"]), ("signing", "alice", 1))
        self.assertEqual((told["uses"], told["modules"]), (["sign", "verify"], ["notary", "audit"]))
        self.assertRegex(told["created_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        named = ("signing", "--tenant", "alice")
        self.assertEqual(self.json("rotate", *named)["version"], 2)
        self.keys("policy", *named, "--use", "verify")
        shown = self.json("show", *named)
        self.assertEqual((shown["uses"], shown["modules"]), (["verify"], ["notary", "audit"]))
        self.assertEqual([row["version"] for row in shown["versions"]], [2, 1])
        self.assertEqual(shown["versions"][1]["public_key"], told["public_key"])
        self.keys("policy", *named, "--no-modules")
        self.assertEqual(self.json("show", *named)["modules"], [])
        self.assertEqual(self.json("verify"), {"error": None, "keys": 2})
        self.keys("remove", *named, code=240)
        self.keys("remove", *named, "--yes")
        self.assertEqual(self.json("list"), {"error": None, "keys": []})

    def test_keys_are_listed_with_their_policies(self):
        self.keys("generate", "b", "--algorithm", "aes-256-gcm", "--use", "encrypt,decrypt")
        self.keys("generate", "a", "--algorithm", "ml-kem-768", "--use", "decrypt", "--module", "*",
                  "--tenant", "bob")
        lines = self.keys("list").decode().splitlines()
        self.assertEqual(lines[0].split(),
                         ["name", "tenant", "algorithm", "version", "uses", "modules", "created"])
        self.assertEqual(lines[1].split()[:4], ["b", "aes-256-gcm", "1", "decrypt,encrypt"])
        self.assertEqual(lines[2].split()[:6], ["a", "bob", "ml-kem-768", "1", "decrypt", "*"])
        listed = self.json("list", "--tenant", "bob")["keys"]
        self.assertEqual([key["name"] for key in listed], ["a"])
        self.assertEqual(len(bytes.fromhex(listed[0]["public_key"])), 1184)

    def test_the_file_is_for_its_owner_alone(self):
        self.assertEqual(self.mode("a.keys"), 0o600)
        self.assertEqual((self.folder / "a.keys").read_bytes()[:5], b"SYNK\x01")
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.keys", "a.keys.lock", "master"])


class Transfer(InStore):
    USES = ("--use", "sign,verify,export")

    def test_a_key_comes_in_and_goes_out_in_every_form(self):
        self.private("raw", SEED)
        self.private("p8", PKCS8)
        self.keys("import", "one", "raw", "--algorithm", "ed25519", *self.USES)
        self.keys("import", "two", "p8", "--format", "pkcs8", *self.USES)
        self.assertEqual(self.keys("export", "one", "--format", "raw"), SEED)
        self.assertEqual(self.keys("export", "two", "--format", "raw"), SEED)
        self.assertEqual(self.keys("export", "one", "--format", "pkcs8"), PKCS8)
        pem = self.keys("export", "one")
        self.assertTrue(pem.startswith(b"-----BEGIN PRIVATE KEY-----\n"))
        self.keys("import", "three", "-", *self.USES, stdin=None, input=pem)
        self.assertEqual(self.keys("export", "three"), pem)

    def test_public_keys_are_written_in_every_form(self):
        self.keys("generate", "k", "--algorithm", "ed25519")
        raw = self.keys("public", "k", "--format", "raw")
        self.assertEqual(len(raw), 32)
        self.assertEqual(self.keys("public", "k", "--format", "spki")[-32:], raw)
        self.assertIn(b"-----BEGIN PUBLIC KEY-----", self.keys("public", "k"))
        self.keys("public", "k", "-o", "k.pem")
        self.assertEqual((self.folder / "k.pem").read_bytes(), self.keys("public", "k"))
        self.assertIn(hashlib.sha256(raw).hexdigest(), self.keys("show", "k").decode())

    def test_what_has_no_pem_is_raw(self):
        self.keys("generate", "k", "--algorithm", "sr25519", "--use", "export")
        self.assertEqual(len(self.keys("public", "k")), 32)
        self.assertEqual(len(self.keys("export", "k")), 32)
        self.assertIn(b"[crypto.unsupported]", self.keys("public", "k", "--format", "pem", code=241))

    def test_an_exported_file_is_for_its_owner_alone(self):
        self.keys("generate", "k", "--algorithm", "ed25519", "--use", "export")
        self.keys("export", "k", "-o", "out")
        self.assertEqual(self.mode("out"), 0o600)

    def test_only_keys_that_may_be_exported_are(self):
        self.keys("generate", "k", "--algorithm", "ed25519", "--use", "sign")
        self.assertIn(b"[crypto.key_denied]", self.keys("export", "k", "-o", "out", code=241))
        self.assertFalse((self.folder / "out").exists())

    def test_bad_keys_are_refused_without_a_trace(self):
        self.private("short", SEED[1:])
        self.private("pem", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
        self.private("p8", PKCS8)
        for words in (["short", "--algorithm", "ed25519"], ["short"], ["pem"], ["none"],
                      ["p8", "--format", "pkcs8", "--algorithm", "ecdsa-p256"]):
            with self.subTest(words=words):
                self.assertIn(words[0].encode(), self.keys("import", "k", *words, code=241))
        self.assertEqual(self.json("list")["keys"], [])


class Refusals(InStore):
    def test_what_is_there_and_what_is_not(self):
        self.keys("generate", "k", "--algorithm", "ed25519")
        for words, name in ((["init"], "crypto.key_exists"),
                            (["generate", "k", "--algorithm", "ed25519"], "crypto.key_exists"),
                            (["show", "none"], "crypto.key_not_found"),
                            (["show", "k", "--tenant", "alice"], "crypto.key_not_found"),
                            (["rotate", "none"], "crypto.key_not_found"),
                            (["remove", "none", "--yes"], "crypto.key_not_found"),
                            (["list", "--keys", "none"], "crypto.key_file"),
                            (["list", "--keys", "no/where"], "crypto.key_file"),
                            (["list", "--keys", "/"], "crypto.key_file"),
                            (["list", "--keys", "master"], "crypto.key_file"),
                            (["init", "--keys", "no/where"], "host.io")):
            with self.subTest(words=words):
                code = 244 if name == "host.io" else 241
                self.assertIn(f"[{name}]", self.keys(*words, code=code).decode())
                self.assertEqual(self.json(*words, code=code)["error"]["code"], name)

    def test_bad_usage(self):
        for words in ([], ["fly"], ["generate", "k"], ["generate", "k", "--algorithm", "rsa"],
                      ["generate", "--algorithm", "ed25519"], ["list", "--master-os", "x"],
                      ["generate", "k", "--algorithm", "ed25519", "--use", "sign,fly"]):
            with self.subTest(words=words):
                self.assertEqual(self.run_keys(*words, "--master-file", "master").returncode, 240)
        self.assertIn(b"SYNAPSED_KEYS", self.keys("list", code=240, env={"SYNAPSED_KEYS": ""}))

    def test_uses_that_an_algorithm_has_not(self):
        for algorithm, use in (("ed25519", "decrypt"), ("ml-kem-768", "sign"),
                               ("aes-256-gcm", "verify"), ("hmac-sha-256", "wrap")):
            with self.subTest(algorithm=algorithm):
                text = self.keys("generate", "k", "--algorithm", algorithm, "--use", use, code=241)
                self.assertIn(b"[crypto.invalid_argument]", text)

    def test_a_damaged_file_and_a_wrong_master_key_are_told_apart(self):
        self.private("other", "11" * 32)
        self.assertIn(b"[crypto.master_key]", self.keys("list", code=241, master="other"))
        path = self.folder / "a.keys"
        content = bytearray(path.read_bytes())
        content[50] ^= 1
        path.write_bytes(content)
        for words in (["list"], ["verify"], ["generate", "k", "--algorithm", "ed25519"]):
            text = self.keys(*words, code=241).decode()
            self.assertIn("[crypto.key_file]", text)
            self.assertIn("--> a.keys\n", text)
        self.assertEqual(path.read_bytes(), content)

    def test_names_cannot_steer_the_terminal(self):
        result = self.run_keys("show", "\x1b[31m", "--master-file", "master")
        self.assertNotIn(b"\x1b", result.stderr)


class MasterKeys(InTemporaryFolder):
    def test_a_file_that_others_may_read_is_refused(self):
        (self.folder / "master").chmod(0o644)
        text = self.keys("init", code=241).decode()
        self.assertIn("[crypto.master_key]", text)
        self.assertIn("help: chmod 600 master", text)
        self.assertFalse((self.folder / "a.keys").exists())

    def test_credentials_of_services(self):
        (self.folder / "credentials").mkdir()
        self.private("credentials/key", MASTER)
        environment = {"CREDENTIALS_DIRECTORY": str(self.folder / "credentials")}
        words = ("--master-os", "key")
        self.assertEqual(self.run_keys("init", *words, env=environment).returncode, 0)
        self.assertEqual(self.run_keys("verify", *words, env=environment).returncode, 0)
        self.keys("verify")
        missing = self.run_keys("verify", "--master-os", "no-such-key")
        self.assertEqual(missing.returncode, 241)
        self.assertIn(b"no-such-key", missing.stderr)

    def test_passphrases_of_files_and_of_the_environment(self):
        self.private("phrase", "correct horse\nthe rest is ignored\n")
        self.assertEqual(self.run_keys("init", "--passphrase-file", "phrase").returncode, 0)
        right = {"SYNAPSED_PASSPHRASE": "correct horse"}
        self.assertEqual(self.run_keys("verify", env=right).returncode, 0)
        wrong = self.run_keys("verify", env={"SYNAPSED_PASSPHRASE": "wrong horse"})
        self.assertEqual(wrong.returncode, 241)
        self.assertIn(b"[crypto.master_key]", wrong.stderr)
        self.assertNotIn(b"wrong horse", wrong.stderr)
        self.assertIn(b"sealed under a passphrase", self.keys("verify", code=241))

    def test_without_a_terminal_it_says_what_to_do(self):
        result = self.run_keys("init")
        self.assertEqual(result.returncode, 241)
        self.assertIn(b"--master-file", result.stderr)

    def test_a_new_master_key_opens_and_the_old_one_does_not(self):
        self.keys("init")
        self.keys("generate", "k", "--algorithm", "ed25519", "--use", "export")
        secret = self.keys("export", "k")
        self.private("new", "22" * 32)
        self.keys("rotate-master", "--new-master-file", "new")
        self.assertIn(b"[crypto.master_key]", self.keys("verify", code=241))
        self.assertEqual(self.keys("export", "k", master="new"), secret)
        self.keys("rotate-master", master="new", env={"SYNAPSED_NEW_PASSPHRASE": "horse"})
        self.assertEqual(self.run_keys("export", "k", env={"SYNAPSED_PASSPHRASE": "horse"}).stdout,
                         secret)


class Terminal(InTemporaryFolder):
    def talk(self, words: list[str], answers: list[str]) -> tuple[int, str]:
        """Runs on a terminal of its own; types an answer after each question."""
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.folder)
            os.execve(SYNAPSED, [SYNAPSED, "keys", *words], self.environment)
        shown, asked = "", 0
        until = time.monotonic() + 30
        while time.monotonic() < until and select.select([terminal], [], [], 30)[0]:
            try:
                chunk = os.read(terminal, 4096)
            except OSError:  # how Linux tells that nobody holds the other end
                break
            shown += chunk.decode()
            if shown.count(": ") > asked and shown.endswith(": ") and asked < len(answers):
                os.write(terminal, answers[asked].encode())
                asked += 1
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown

    def test_a_passphrase_is_asked_for_twice_and_not_shown(self):
        code, shown = self.talk(["init"], ["correct horse\n", "correct horse\n"])
        self.assertEqual(code, 0, shown)
        self.assertEqual(shown.count("passphrase"), 2)
        self.assertNotIn("horse", shown)
        code, shown = self.talk(["verify"], ["correct horse\n"])
        self.assertEqual(code, 0, shown)
        self.assertNotIn("horse", shown)
        self.assertEqual(self.talk(["verify"], ["wrong\n"])[0], 241)

    def test_two_answers_that_differ_make_nothing(self):
        code, shown = self.talk(["init"], ["one\n", "two\n"])
        self.assertEqual(code, 241)
        self.assertIn("not alike", shown)
        self.assertFalse((self.folder / "a.keys").exists())

    def test_control_c_ends_the_question(self):
        self.assertEqual(self.talk(["init"], ["abc\x03"])[0], 130)

    def test_secrets_are_shown_only_when_one_insists(self):
        self.keys("init")
        self.keys("generate", "k", "--algorithm", "ed25519", "--use", "export")
        words = ["export", "k", "--master-file", "master"]
        code, shown = self.talk(words, [])
        self.assertEqual(code, 240)
        self.assertNotIn("PRIVATE", shown)
        self.assertIn("BEGIN PRIVATE KEY", self.talk([*words, "--force"], [])[1])
        code, shown = self.talk(["public", "k", "--format", "raw", "--master-file", "master"], [])
        self.assertEqual(code, 241)


class Processes(InStore):
    def test_many_processes_add_keys_to_one_file(self):
        words = ["--algorithm", "aes-256-gcm", "--use", "encrypt", "--master-file", "master"]
        started = [subprocess.Popen([SYNAPSED, "keys", "generate", f"key {i}", *words],
                                    cwd=self.folder, env=self.environment,
                                    stdout=subprocess.DEVNULL) for i in range(12)]
        self.assertEqual([process.wait(60) for process in started], [0] * 12)
        self.assertEqual(len(self.json("list")["keys"]), 12)

    def test_a_killed_process_leaves_a_whole_file(self):
        for i in range(20):
            process = subprocess.Popen([SYNAPSED, "keys", "generate", f"key {i}", "--algorithm",
                                        "ed25519", "--master-file", "master"], cwd=self.folder,
                                       env=self.environment, stdout=subprocess.DEVNULL)
            time.sleep(0.002 * i)
            process.send_signal(signal.SIGKILL)
            process.wait(10)
            self.json("verify")


class Secrets(InStore):
    def test_no_secret_is_in_the_file_or_in_what_is_told(self):
        self.private("raw", SEED)
        shown = self.keys("import", "k", "raw", "--algorithm", "ed25519", "--use", "sign")
        for words in (["list"], ["show", "k"], ["list", "--json"], ["verify"]):
            shown += self.keys(*words)
        shown += (self.folder / "a.keys").read_bytes()
        self.assertNotIn(SEED[:16], shown)
        self.assertNotIn(SEED[:16].hex().encode(), shown.lower())
        self.assertIsNone(re.search(rb"5a5a5a5a", shown))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    SYNAPSED = os.path.abspath(sys.argv[1])
    facts = subprocess.run([SYNAPSED, "version", "--json"], capture_output=True, check=True).stdout
    if "crypto" not in json.loads(facts)["capabilities"]:
        sys.exit(SKIPPED)
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
