#!/usr/bin/env python3
"""Runs `synapsed crypto`, and guests that were granted crypto: crypto.py SYNAPSED GUESTS

GUESTS is the folder where CMake built them. Ends with 77, which ctest counts as skipped, where it is
missing.
"""

import os
import re
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SYNAPSED = ""
GUESTS = Path()
SKIPPED = 77
BAD_USAGE, BAD_INPUT, HOST_FAULT = 240, 241, 244


def synapsed(*words, data: bytes | None = None) -> subprocess.CompletedProcess:
    return subprocess.run([SYNAPSED, *map(str, words)], input=data, capture_output=True, check=False,
                          timeout=100)


class Crypto(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def must(self, *words, data: bytes | None = None) -> bytes:
        result = synapsed(*words, data=data)
        self.assertEqual((result.returncode, result.stderr), (0, b""), words)
        return result.stdout

    def fails(self, code: int, text: str, *words):
        result = synapsed(*words)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertIn(text, result.stderr.decode())

    def keys(self, name: str = "alice") -> tuple[Path, Path]:
        public, secret = self.folder / f"{name}.pub.pem", self.folder / f"{name}.pem"
        self.must("crypto", "generate", "--public", public, "--secret", secret)
        return public, secret

    def test_what_was_encrypted_is_decrypted(self):
        public, secret = self.keys()
        self.assertEqual(stat.S_IMODE(secret.stat().st_mode), 0o600)
        self.assertTrue(public.read_bytes().startswith(b"-----BEGIN PUBLIC KEY-----"))
        letter = self.folder / "letter"
        for size in (0, 1, 65536, 3_000_000):
            letter.write_bytes(os.urandom(size))
            envelope, opened = self.folder / "letter.env", self.folder / "opened"
            self.must("crypto", "encrypt", "--public", public, letter, "-o", envelope)
            self.must("crypto", "decrypt", "--secret", secret, envelope, "-o", opened)
            self.assertEqual(opened.read_bytes(), letter.read_bytes())

    def test_pipes_will_do(self):
        public, secret = self.keys()
        envelope = self.must("crypto", "encrypt", "--public", public, "-", data=b"text")
        self.assertEqual(self.must("crypto", "decrypt", "--secret", secret, "-", data=envelope),
                         b"text")

    def test_keys_that_an_editor_touched_are_read(self):
        public, secret = self.keys()
        again = self.folder / "again.pem"
        again.write_bytes(public.read_bytes() + b"\n")  # what editors add
        envelope = self.must("crypto", "encrypt", "--public", again, "-", data=b"text")
        self.assertEqual(self.must("crypto", "decrypt", "--secret", secret, "-", data=envelope),
                         b"text")

    def test_another_key_context_or_byte_is_refused_and_nothing_written(self):
        public, secret = self.keys()
        _, other = self.keys("bob")
        envelope, opened = self.folder / "env", self.folder / "opened"
        envelope.write_bytes(self.must("crypto", "encrypt", "--public", public, "--context", "mail",
                                       "-", data=b"text"))
        refused = "the envelope is not authentic"
        decrypt = ["crypto", "decrypt", envelope, "-o", opened]
        self.fails(HOST_FAULT, refused, *decrypt, "--secret", secret)
        self.fails(HOST_FAULT, refused, *decrypt, "--secret", other, "--context", "mail")
        changed = bytearray(envelope.read_bytes())
        changed[-1] ^= 1
        envelope.write_bytes(changed)
        self.fails(HOST_FAULT, refused, *decrypt, "--secret", secret, "--context", "mail")
        self.assertFalse(opened.exists())

    def test_errors_say_what_and_where(self):
        public, secret = self.keys()
        self.fails(BAD_INPUT, "it is no key of ML-KEM-768", "crypto", "encrypt", "--public", secret, public)
        self.fails(BAD_INPUT, "cannot read the file", "crypto", "decrypt", "--secret", secret,
                   self.folder / "none")
        self.fails(HOST_FAULT, "it is no envelope", "crypto", "decrypt", "--secret", secret, public)
        self.fails(BAD_USAGE, "--public", "crypto", "encrypt", public)
        self.fails(BAD_USAGE, "crypto", "crypto")

    def test_the_demonstration(self):
        shown = self.must("crypto", "demo").decode()
        self.assertEqual(len(re.findall(r"^\$ synapsed crypto", shown, re.MULTILINE)), 3)
        self.assertIn("decrypted in another process: Hello, quantum-safe world!", shown)

    # --- Guests. ---

    def test_crypto_is_granted_where_asked_for(self):
        guest = GUESTS / "tests/crypto.wasm"
        hash_abc = ["--invoke", "hash", "2", "0x616263", "32"]
        self.fails(BAD_INPUT, "not granted", "run", guest, *hash_abc)
        digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        shown = self.must("run", "--crypto", guest, *hash_abc).decode()
        self.assertIn(digest, shown)
        seeded = ["run", "--crypto", "--random-seed", "00" * 32, guest, "--invoke"]
        self.assertEqual(self.must(*seeded, "random_bytes", "16"), self.must(*seeded, "random_bytes", "16"))
        self.assertIn(b'"err"', self.must(*seeded, "generate_keypair", "32"))

    def test_keys_of_a_file_are_used_and_not_read(self):
        guest = GUESTS / "tests/keys.wasm"
        store, master = self.folder / "service.keys", self.folder / "master"
        master.write_text("5a" * 32)
        master.chmod(0o600)
        common = ["--keys", store, "--master-file", master]
        self.must("keys", "init", *common)
        self.must("keys", "generate", "signing", "--algorithm", "ml-dsa-65", "--use", "sign,verify",
                  "--module", "*", "--tenant", "alice", *common)
        call = ["run", *common, "--tenant", "alice", guest, "--invoke"]
        signature = self.must(*call, "sign", "signing", "0x1234").decode()
        signature = re.search(r"0x[0-9a-f]+", signature)[0]
        self.assertEqual(len(signature), 2 + 2 * 3309)
        self.assertEqual(self.must(*call, "verify", "signing", "0x1234", signature), b"0\n")
        self.assertEqual(self.must(*call, "verify", "signing", "0x1235", signature), b"-10\n")
        self.assertIn(b"-3", self.must(*call, "export_key", "signing"))
        other = ["run", *common, "--tenant", "bob", guest, "--invoke"]
        self.assertIn(b"-2", self.must(*other, "sign", "signing", "0x"))


def main() -> None:
    if not (GUESTS / "tests/keys.wasm").is_file():
        print(f"skipped: {GUESTS} holds no guests; they need Clang for wasm32-wasi")
        sys.exit(SKIPPED)
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    SYNAPSED = os.path.abspath(sys.argv[1])
    GUESTS = Path(sys.argv[2]).resolve()
    main()
