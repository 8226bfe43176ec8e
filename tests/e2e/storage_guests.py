#!/usr/bin/env python3
"""Runs guests that were granted storage, each call a process: storage_guests.py SYNAPSED GUESTS

GUESTS is the folder where CMake built them. Ends with 77, which ctest counts as skipped, where it is
missing.
"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SYNAPSED = ""
GUESTS = Path()
SKIPPED = 77


def synapsed(*words) -> subprocess.CompletedProcess:
    return subprocess.run([SYNAPSED, *map(str, words)], capture_output=True, check=False, timeout=100)


class StorageGuests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.storage = f"sqlite:{self.folder}/data.db"

    def call(self, module: str, function: str, *words, tenant: str = "alice"):
        result = synapsed("run", "--storage", self.storage, "--tenant", tenant,
                          GUESTS / f"modules/{module}.wasm", "--invoke", function, *words)
        self.assertEqual((result.returncode, result.stderr), (0, b""), words)
        return json.loads(result.stdout)

    def put(self, identity: str, body: bytes, **fields: str):
        return self.call("kv", "put", json.dumps(
            {"id": identity, "body": "0x" + body.hex(),
             "fields": [{"name": name, "value": value} for name, value in fields.items()]}))

    def test_documents_last_from_one_process_to_the_next(self):
        self.assertEqual(self.call("kv", "create_index", "city", "true"), {"ok": None})
        self.assertEqual(self.put("1", b"body", city="Turin"), {"ok": None})
        self.assertIn("another document has the city", self.put("2", b"", city="Turin")["err"])
        found = self.call("kv", "find", "city", "Turin", "", "10")["ok"]
        self.assertEqual([(row["id"], row["body"]) for row in found], [("1", "0x626f6479")])
        self.assertEqual(self.call("kv", "get", "1", tenant="bob"), {"ok": None})
        self.assertEqual(self.call("kv", "count"), {"ok": "1"})

    def test_the_ledger_adds_up(self):
        postings = [{"account": "cash", "amount": "-5"}, {"account": "wine", "amount": "5"}]
        for number in ("1", "2"):
            self.assertEqual(self.call("ledger_notes", "append", "100", "bought", json.dumps(postings)),
                             {"ok": number})
        self.assertEqual(self.call("ledger_notes", "balance", "cash"), {"ok": "-10"})
        self.assertEqual(self.call("ledger_notes", "check")["ok"],
                         {"entries": "2", "accounts": "2", "fault": ""})

    def test_what_was_encrypted_and_kept_is_decrypted_later(self):
        public, secret = self.folder / "alice.pub.pem", self.folder / "alice.pem"
        letter, envelope, opened = (self.folder / name for name in ("letter", "envelope", "opened"))
        letter.write_text("Meet me at noon.")
        for words in (["generate", "--public", public, "--secret", secret],
                      ["encrypt", "--public", public, letter, "-o", envelope]):
            self.assertEqual(synapsed("crypto", *words).returncode, 0)
        self.assertEqual(self.put("letter", envelope.read_bytes(), kind="letter"), {"ok": None})
        envelope.unlink()
        kept = self.call("kv", "get", "letter")["ok"]
        envelope.write_bytes(bytes.fromhex(kept["body"].removeprefix("0x")))
        result = synapsed("crypto", "decrypt", "--secret", secret, envelope, "-o", opened)
        self.assertEqual((result.returncode, opened.read_text()), (0, "Meet me at noon."))
        for file in self.folder.glob("data.db*"):
            self.assertNotIn(b"noon", file.read_bytes())


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    SYNAPSED, GUESTS = sys.argv[1], Path(sys.argv[2])
    if not (GUESTS / "modules/kv.wasm").exists():
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1])
