#!/usr/bin/env python3
"""Checks that what tools/generate_abi.py writes is what is in the tree: abi.py TREE

It also tries the generator on tables with one fault each.
"""

import copy
import json
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

TREE = Path()


def generator():
    sys.path.insert(0, str(TREE / "tools"))
    import generate_abi
    return generate_abi


class Abi(unittest.TestCase):
    def test_the_generated_files_are_up_to_date(self):
        diffs = generator().differences(TREE)
        self.assertEqual(diffs, [], "run tools/generate_abi.py\n" + "\n".join(diffs))


class Tables(unittest.TestCase):
    def setUp(self):
        self.functions = json.loads((TREE / "abi/host_functions.json").read_text())
        self.errors = json.loads((TREE / "abi/guest_errors.json").read_text())

    def generate(self, functions=None, errors=None, crypto=None, storage=None):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(TREE / "abi", Path(folder) / "abi")
            for name, table in (("host_functions", functions or self.functions),
                                ("guest_errors", errors or self.errors)):
                (Path(folder) / f"abi/{name}.json").write_text(json.dumps(table))
            for name, table in (("crypto", crypto), ("storage", storage)):
                if table:
                    (Path(folder) / f"abi/{name}.json").write_text(json.dumps(table))
            return generator().outputs(Path(folder))

    def with_function(self, **changes):
        table = copy.deepcopy(self.functions)
        table["functions"][0] |= changes
        return table

    def assert_refused(self, message, **tables):
        with self.assertRaisesRegex(generator().TableError, message):
            self.generate(**tables)

    def test_every_type_becomes_core_values_and_a_wrapper(self):
        params = [{"name": name, "type": kind} for name, kind in
                  [("a", "i32"), ("b", "u64"), ("c", "f32"), ("d", "bytes"), ("e", "buffer")]]
        files = self.generate(self.with_function(params=params, result="i32"))
        header = files["guest/sdk/include/synapsed/host_functions.hpp"]
        self.assertIn("inline std::int32_t log(std::int32_t a, std::uint64_t b, float c, "
                      "std::span<const std::byte> d, std::span<std::byte> e) {\n"
                      "  return synapsed_host_log(a, b, c, d.data(), d.size(), e.data(), e.size());",
                      header)
        self.assertIn('"(i32, i64, f32, i32, i32, i32, i32) -> i32"',
                      files["src/host/first_party.def"])

    def test_bad_tables_are_refused(self):
        cases = [
            ({"name": "Log"}, "lower case"),
            ({"name": "panic"}, "repeats"),
            ({"params": [{"name": "a", "type": "list"}]}, "no known type"),
            ({"params": [{"name": "a", "type": "i32"}] * 2}, "repeats a parameter"),
            ({"result": "string"}, "not a number"),
            ({"price": {"base": -1, "per_byte": 0}}, "price"),
            ({"doc": "two\nlines"}, "one line"),
            ({"extra": 1}, "keys"),
        ]
        for changes, message in cases:
            with self.subTest(changes=changes):
                self.assert_refused(message, functions=self.with_function(**changes))

    def test_bad_algorithms_and_prices_are_refused(self):
        crypto = json.loads((TREE / "abi/crypto.json").read_text())
        for rows, changes, message in (("hashes", {"code": 0}, "code"), ("keys", {"code": 2}, "repeats"),
                                       ("keys", {"kind": "cipher"}, "kind"),
                                       ("keys", {"label": "ML-KEM"}, "lower case")):
            table = copy.deepcopy(crypto)
            table[rows][0] |= changes
            with self.subTest(changes=changes):
                self.assert_refused(message, crypto=table)

    def test_functions_of_storage_charge_what_they_move_themselves(self):
        storage = json.loads((TREE / "abi/storage.json").read_text())
        storage["functions"][0]["price"] = {"base": 7, "per_byte": 8, "per_entry": 9}
        files = self.generate(storage=storage)
        self.assertIn('-> i32", 7, 0, "storage"', files["src/storage/host_functions.def"])
        self.assertIn('SYNAPSED_STORAGE_PRICE("get", 8, 9)', files["src/storage/prices.def"])
        self.assertIn("| price | 7, and 8 for each byte of keys and values, and 9 for each entry or step |",
                      files["docs/reference/storage-host-functions.md"])
        del storage["functions"][0]["price"]["per_entry"]
        self.assert_refused("base and per_byte and per_entry", storage=storage)

    def test_bad_errors_are_refused(self):
        for changes, message in (({"code": 1}, "negative"), ({"code": -2}, "repeats"),
                                 ({"name": "not_found"}, "repeats"), ({"doc": ""}, "one line")):
            table = copy.deepcopy(self.errors)
            table["errors"][0] |= changes
            with self.subTest(changes=changes):
                self.assert_refused(message, errors=table)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    TREE = Path(sys.argv[1]).resolve()
    unittest.main(argv=sys.argv[:1])
