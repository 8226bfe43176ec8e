#!/usr/bin/env python3
"""Checks that the structure tests find what they are for: each is given a tree with one fault.

usage: self_test.py COMPILER WORK-DIRECTORY
"""

import json
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import browser
import headers
import layers
import package

COMPILER = sys.argv[1] if len(sys.argv) > 1 else "c++"
WORK = Path(sys.argv[2] if len(sys.argv) > 2 else "self_test")

ROOMS = {"rooms": [
    {"name": "base", "may_include": [], "browser": True, "public_headers": ["value.hpp"]},
    {"name": "engine", "may_include": ["base"], "browser": False, "public_headers": []},
    {"name": "runtime", "may_include": ["base"], "browser": True,
     "public_headers": ["runtime.hpp", "version.hpp"]},
]}

GOOD_TREE = {
    "src/rooms.json": json.dumps(ROOMS, indent=2),
    "CMakeLists.txt": "synapsed_room(base\n  SOURCES value.cpp  # portable\n"
                      "  NATIVE native/hash.cpp)\nsynapsed_room(engine NATIVE wasmtime/engine.cpp)\n",
    "cmake/version.hpp.in": "#include <string_view>\n",
    "include/synapsed/value.hpp": "#include <vector>\n#include <synapsed/kinds.def>\n",
    "include/synapsed/kinds.def": "",
    "include/synapsed/runtime.hpp": "// #include <wasmtime.h>\n#include <synapsed/value.hpp>\n",
    "src/base/hex.hpp": "#pragma once\n",
    "src/base/value.cpp": '#include <synapsed/value.hpp>\n\n#include "base/hex.hpp"\n',
    "src/base/native/hash.cpp": "#include <synapsed_deps.h>\n",
    "src/engine/engine.hpp": '#include "base/hex.hpp"\n#include <fmt/format.h>\n',
    "src/engine/wasmtime/engine.cpp": '#include <wasmtime/engine.h>\n',
    "src/runtime/CMakeLists.txt": "add_library(runtime run.cpp)\n",
    "src/runtime/run.hpp": "",
    "src/runtime/run.cpp": '#include "runtime/run.hpp"\n#include <synapsed/value.hpp>\n',
}


def written(name, files):
    """The directory `name` below WORK with these files and nothing else."""
    root = WORK / name
    shutil.rmtree(root, ignore_errors=True)
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


class Layers(unittest.TestCase):
    def found(self, files):
        """The violations in the good tree with some files changed."""
        return layers.violations(written("layers", GOOD_TREE | files))

    def assert_only(self, start, files):
        found = self.found(files)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(start), found[0])

    def rooms(self, index, **change):
        rooms = [dict(room) for room in ROOMS["rooms"]]
        rooms[index] |= change
        return {"src/rooms.json": json.dumps({"rooms": rooms}, indent=2)}

    def test_a_good_tree_has_no_violation(self):
        self.assertEqual(self.found({}), [])

    def test_a_lower_room_includes_a_higher_one(self):
        self.assert_only('src/base/hex.hpp:2: includes "engine/engine.hpp" of engine',
                         {"src/base/hex.hpp": '#pragma once\n#include "engine/engine.hpp"\n'})

    def test_a_room_includes_one_that_it_does_not_name(self):
        self.assert_only('src/runtime/run.hpp:1: includes "engine/engine.hpp" of engine',
                         {"src/runtime/run.hpp": '#include "engine/engine.hpp"\n'})

    def test_a_lower_room_includes_the_public_header_of_a_higher_one(self):
        self.assert_only("src/base/hex.hpp:3: includes <synapsed/runtime.hpp> of runtime",
                         {"src/base/hex.hpp": "/* a\n*/\n# include <synapsed/runtime.hpp>\n"})

    def test_a_public_header_includes_one_of_a_higher_room(self):
        self.assert_only("include/synapsed/value.hpp:2: includes <synapsed/version.hpp> of runtime",
                         {"include/synapsed/value.hpp":
                          "#include <synapsed/kinds.def>\n#include <synapsed/version.hpp>\n"})

    def test_a_public_header_includes_another_library(self):
        for name in ("fmt/format.h", "nlohmann/json.hpp", "boost/asio.hpp", "unistd.h"):
            self.assert_only(f"include/synapsed/runtime.hpp:1: includes <{name}>; a public",
                             {"include/synapsed/runtime.hpp": f"#include <{name}>\n"})

    def test_a_public_header_includes_an_internal_one(self):
        self.assert_only('include/synapsed/runtime.hpp:1: includes "base/hex.hpp"; a public',
                         {"include/synapsed/runtime.hpp": '#include "base/hex.hpp"\n'})

    def test_try_in_a_braced_initialiser(self):
        good = GOOD_TREE["src/runtime/run.cpp"]
        self.assertEqual(self.found({"src/runtime/run.cpp": good + "// {.a = TRY(f())}\n"
                                     "x.b = TRY(f());\n"}), [])
        self.assert_only("src/runtime/run.cpp:4: TRY in a braced initialiser",
                         {"src/runtime/run.cpp": good + "T x{.a = s,\n    .b = TRY(f())};\n"})

    def test_a_public_header_is_not_listed(self):
        self.assert_only("include/synapsed/new.hpp:1: is in public_headers of 0 rooms",
                         {"include/synapsed/new.hpp": ""})

    def test_a_public_header_is_listed_twice(self):
        self.assert_only("include/synapsed/value.hpp:1: is in public_headers of 2 rooms",
                         self.rooms(0, public_headers=["value.hpp", "value.hpp"]))

    def test_a_listed_public_header_does_not_exist(self):
        self.assert_only("src/rooms.json:12: engine lists the public header gone.hpp",
                         self.rooms(1, public_headers=["gone.hpp"]))

    def test_a_room_may_include_one_below_it(self):
        self.assert_only("src/rooms.json:4: base may include engine",
                         self.rooms(0, may_include=["engine"]))

    def test_a_folder_is_no_room(self):
        self.assert_only("src/util:1: is not a room", {"src/util/everything.hpp": ""})

    def test_a_file_lies_outside_of_the_rooms(self):
        self.assert_only("src/everything.hpp:1: is in no room", {"src/everything.hpp": ""})

    def test_another_folder_includes_the_engine(self):
        for path in ("src/engine/engine.hpp", "src/base/hex.hpp", "apps/main.cpp"):
            for name in ("<wasm.h>", "<wasmtime.h>", "<wasmtime/store.h>", '"wasi.h"'):
                found = self.found({path: f"#include {name}\n"})
                self.assertTrue(any(f"{path}:1: includes {name}; only" in line for line in found))

    def test_another_folder_includes_the_dependencies(self):
        self.assert_only("src/engine/engine.hpp:1: includes <synapsed_deps.h>; only",
                         {"src/engine/engine.hpp": "#include <synapsed_deps.h>\n"})

    def test_an_internal_include_does_not_name_its_room(self):
        self.assert_only('src/engine/engine.hpp:1: includes "hex.hpp"; internal headers',
                         {"src/engine/engine.hpp": '#include "hex.hpp"\n'})

    def test_an_internal_include_in_angle_brackets(self):
        self.assert_only("src/engine/engine.hpp:1: includes <base/hex.hpp>; write",
                         {"src/engine/engine.hpp": "#include <base/hex.hpp>\n"})

    def test_a_public_include_in_quotes(self):
        self.assert_only('src/engine/engine.hpp:1: includes "synapsed/value.hpp"; write',
                         {"src/engine/engine.hpp": '#include "synapsed/value.hpp"\n'})

    def test_an_include_names_no_file(self):
        self.assert_only('src/engine/engine.hpp:1: includes "base/gone.hpp", which is not',
                         {"src/engine/engine.hpp": '#include "base/gone.hpp"\n'})

    def test_a_source_file_is_in_no_list(self):
        for path in ("src/base/extra.cpp", "src/base/hash.cpp", "src/runtime/extra.cpp"):
            self.assert_only(f"{path}:1: is in no source list", {path: ""})

    def test_a_source_file_is_listed_in_a_comment(self):
        self.assert_only("src/base/value.cpp:1: is in no source list", {
            "CMakeLists.txt": GOOD_TREE["CMakeLists.txt"].replace("SOURCES ", "SOURCES  # ")})

    def test_a_source_file_includes_its_own_header_late(self):
        self.assert_only("src/runtime/run.cpp:1: does not include runtime/run.hpp first", {
            "src/runtime/run.cpp": '#include <vector>\n#include "runtime/run.hpp"\n'})

    def test_a_source_file_includes_its_public_header_late(self):
        self.assert_only("src/base/value.cpp:1: does not include synapsed/value.hpp first", {
            "src/base/value.cpp": '#include "base/hex.hpp"\n#include <synapsed/value.hpp>\n'})


class Headers(unittest.TestCase):
    def failures(self, text):
        return headers.failures(COMPILER, [written("headers", {"synapsed/a.hpp": text})])

    def test_a_good_header(self):
        self.assertEqual(self.failures("#pragma once\n#include <string>\nstd::string f();\n"), [])

    def test_a_header_that_misses_an_include(self):
        self.assertEqual(self.failures("#pragma once\nstd::string f();\n"), ["synapsed/a.hpp"])

    def test_a_header_without_a_guard(self):
        self.assertEqual(self.failures("struct A {};\n"), ["synapsed/a.hpp"])

    def test_a_header_with_a_warning(self):
        self.assertEqual(self.failures("#pragma once\ninline int f(int a) { return 0; }\n"),
                         ["synapsed/a.hpp"])


class Browser(unittest.TestCase):
    def compiles(self, text):
        root = written("browser", {"a.cpp": text, "fmt/format.h": "#pragma once\n"})
        command = browser.base_command(root, [("fmt", root.resolve())])
        if needed := browser.missing(command):
            self.skipTest(f"{needed} not installed")
        return browser.failures(command, root, [str(root / "a.cpp")], []) == []

    def test_portable_code(self):
        self.assertTrue(self.compiles("#include <fmt/format.h>\n#include <expected>\n"))

    def test_what_the_browser_lacks(self):
        for text in ("void f() { throw 1; }",
                     "#include <typeinfo>\nauto& f(int a) { return typeid(a); }",
                     "#include <mutex>\nstd::mutex lock;",
                     "#include <nlohmann/json.hpp>",
                     "#include <sys/epoll.h>",
                     "static int unused;"):
            self.assertFalse(self.compiles(text), text)


class Package(unittest.TestCase):
    def library(self, text):
        root = written("package", {"a.cpp": text})
        command = [COMPILER, "-shared", "-fPIC", "-o", root / "a.so", root / "a.cpp"]
        subprocess.run(command, check=True)
        return root / "a.so"

    def test_exports_of_a_user(self):
        library = self.library('extern "C" void add() {} namespace user { void f() {} }')
        self.assertEqual(package.foreign_exports(library), [])

    def test_exports_of_the_engine(self):
        for name in ("wasm_engine_new", "wasmtime_store_new", "wasi_config_new", "synapsed_sha256",
                     "rust_eh_personality", "__rust_alloc", "_RNvC4core3fmt",
                     "_ZN4core3fmt17h0123456789abcdefE"):
            library = self.library(f'extern "C" void {name}() {{}}')
            self.assertEqual(package.foreign_exports(library), [name])

    def test_exports_of_the_shared_library(self):
        ours = ("namespace synapsed { struct A { virtual ~A(); }; A::~A() {} "
                "int f(int) { return 1; } }")
        self.assertEqual(package.stray_exports(self.library(ours)), [])
        others = "namespace fmt { int g(int) { return 1; } }"
        self.assertEqual(package.stray_exports(self.library(ours + others)), ["fmt::g(int)"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], buffer=True)
