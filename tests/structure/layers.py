#!/usr/bin/env python3
"""Checks that the tree keeps to the layer list, src/rooms.json.

usage: layers.py TREE

Prints every violation as `file:line: what is wrong; what to do` and exits with 1 when there is one.
"""

import json
import re
import sys
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ENGINE = "src/engine/wasmtime/"
ENGINE_HEADER = re.compile(r"wasmtime\.h|wasm\.h|wasi\.h|wasmtime/.*|wasmtime\.hh")
DEPS_HEADER = "synapsed_deps.h"
DEPS_USERS = (ENGINE, "src/base/native/", "src/crypto/sr25519_keys.cpp")
STANDARD_HEADER = re.compile(r"[a-z0-9_]+")  # no folder, no suffix: <vector>
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
INCLUDE = re.compile(r'^\s*#\s*include\b\s*(?:<([^>]+)>|"([^"]+)"|(.*))', re.MULTILINE)


@dataclass(frozen=True)
class Room:
    name: str
    may_include: list
    public_headers: list
    line: int  # in src/rooms.json

    def may_use(self, other):
        return other == self.name or other in self.may_include


@dataclass(frozen=True)
class Include:
    file: Path
    line: int
    name: str
    quoted: bool

    def violation(self, text):
        return f"{self.file}:{self.line}: includes {self}{text}"

    def __str__(self):
        return f'"{self.name}"' if self.quoted else f"<{self.name}>"


class Tree:
    """The files of a checkout, with paths relative to its root."""

    def __init__(self, root):
        self.root = Path(root)
        self.rooms = {room.name: room for room in self.layer_list}

    @cached_property
    def layer_list(self):
        text = self.read("src/rooms.json")
        return [
            Room(room["name"], room["may_include"], room["public_headers"],
                 line_of(text, f'"name": "{room["name"]}"'))
            for room in json.loads(text)["rooms"]
        ]

    @cached_property
    def header_rooms(self):
        """The room of each public header. A table (.def) goes with the header that reads it."""
        owners = {name: room for room in self.layer_list for name in room.public_headers}
        for header in self.public_headers:
            for include in self.includes(header):
                if include.name.endswith(".def") and public_name(header) in owners:
                    owners.setdefault(public_name(include.name), owners[public_name(header)])
        return owners

    @cached_property
    def public_headers(self):
        """Those in include/synapsed and those that CMake generates from a template."""
        return self.files("include/synapsed", "*.hpp") + self.files("cmake", "*.hpp.in")

    def read(self, path):
        return (self.root / path).read_text(encoding="utf-8")

    def exists(self, path):
        return (self.root / path).is_file()

    def files(self, folder, *patterns):
        found = (path for pattern in patterns for path in (self.root / folder).rglob(pattern))
        return sorted(path.relative_to(self.root) for path in found)

    def includes(self, path):
        text = COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), self.read(path))
        for match in INCLUDE.finditer(text):
            angled, quoted, macro = match.groups()
            line = text.count("\n", 0, match.start(match.lastindex)) + 1
            yield Include(path, line, angled or quoted or macro, quoted is not None)

    def room_of(self, path):
        """The room of a file in src/; None when its folder is not in the list."""
        return self.rooms.get(path.parts[1])


def line_of(text, needle):
    return text.count("\n", 0, max(text.find(needle), 0)) + 1


def public_name(path):
    return Path(path).name.removesuffix(".in")


def code(tree, *folders):
    return [path for folder in folders for path in tree.files(folder, "*.cpp", "*.hpp", "*.h")]


def check_layer_list(tree):
    """A room may include only rooms above it, and every folder in src/ is a room."""
    above = []
    for room in tree.layer_list:
        for name in room.may_include:
            if name not in above:
                yield (f"src/rooms.json:{room.line}: {room.name} may include {name}, which is not "
                       f"listed above it; move {name} up, or take it off the list")
        above.append(room.name)
    for name, count in Counter(above).items():
        if count > 1:
            yield f"src/rooms.json:{tree.rooms[name].line}: {name} is listed {count} times"
    for folder in sorted((tree.root / "src").iterdir()):
        if folder.is_dir() and folder.name not in tree.rooms:
            yield (f"src/{folder.name}:1: is not a room; list it in src/rooms.json, or move its "
                   "files to a room")


def check_header_list(tree):
    """Every public header belongs to exactly one room."""
    listed = Counter(name for room in tree.layer_list for name in room.public_headers)
    present = {public_name(path): path for path in tree.public_headers}
    for name, path in present.items():
        if listed[name] != 1:
            yield (f"{path}:1: is in public_headers of {listed[name]} rooms; list it in "
                   "src/rooms.json under the one that implements it")
    for room in tree.layer_list:
        for name in room.public_headers:
            if name not in present:
                yield (f"src/rooms.json:{room.line}: {room.name} lists the public header {name}, "
                       "which does not exist; take it off the list")


def check_room_includes(tree):
    """The files of a room include what the list lets them, by the names house style gives them."""
    for path in code(tree, "src"):
        room = tree.room_of(path)
        if len(path.parts) == 2:
            yield f"{path}:1: is in no room; move it into a folder of src/"
        for include in tree.includes(path) if room else []:
            yield from check_include(tree, room, include)


def check_include(tree, room, include):
    folder, _, name = include.name.partition("/")
    target = tree.header_rooms.get(name) if folder == "synapsed" else tree.rooms.get(folder)
    if folder == "synapsed":
        if include.quoted:
            yield include.violation(f"; write <{include.name}>")
        if target is None:
            yield include.violation(", which no room lists under public_headers in src/rooms.json")
    elif target is not None:
        if not include.quoted:
            yield include.violation(f'; write "{include.name}"')
        if not tree.exists(f"src/{include.name}"):
            yield include.violation(", which is not in src/; correct the name")
    elif include.quoted:
        yield include.violation('; internal headers are included as "room/file.hpp"')
    if target is not None and not room.may_use(target.name):
        allowed = ", ".join([room.name, *room.may_include])
        yield include.violation(
            f" of {target.name}, but {room.name} may include only {allowed}; move the code to a "
            "higher room, or what it needs to a lower one")


def check_public_includes(tree):
    """Public headers include the standard library and each other, as their room may; one header
    is for users of Boost.Asio."""
    for header in tree.public_headers:
        room = tree.header_rooms.get(public_name(header))
        for include in tree.includes(header):
            if include.name.startswith("synapsed/"):
                yield from check_include(tree, room, include) if room else []
            elif public_name(header) == "asio.hpp" and include.name.startswith("boost/asio/"):
                continue
            elif include.quoted or not STANDARD_HEADER.fullmatch(include.name):
                yield include.violation("; a public header includes only <synapsed/…> and the C++ "
                                        "standard library, so move this into a source file")


def check_engine_includes(tree):
    """One folder knows the engine, two know the Rust dependencies."""
    for path in code(tree, "src", "include", "apps", "examples"):
        for include in tree.includes(path):
            if ENGINE_HEADER.fullmatch(include.name) and not path.as_posix().startswith(ENGINE):
                yield include.violation(f"; only {ENGINE} knows the engine, so add what is needed "
                                        "to the interface of the room engine")
            if include.name == DEPS_HEADER and not path.as_posix().startswith(DEPS_USERS):
                yield include.violation(f"; only {' and '.join(DEPS_USERS)} may use it")


def check_source_lists(tree):
    """Every source file is named in a CMakeLists.txt: its room's own, or the tree's."""
    listed = set()
    room_call = re.compile(r"synapsed_room\(\s*(\w+)([^)]*)\)")
    for name, arguments in room_call.findall(cmake_text(tree, "CMakeLists.txt")):
        listed |= {f"src/{name}/{word}" for word in arguments.split()}
    for lists in tree.files("src", "CMakeLists.txt"):
        words = re.findall(r"[^\s()\"]+\.cpp\b", cmake_text(tree, lists))
        listed |= {(lists.parent / word).as_posix() for word in words}
    for path in tree.files("src", "*.cpp"):
        if path.as_posix() not in listed:
            yield (f"{path}:1: is in no source list, so nothing compiles it; add it to the "
                   "synapsed_room(…) call of its room")


def cmake_text(tree, path):
    return re.sub(r"#[^\n]*", "", tree.read(path)) if tree.exists(path) else ""


def check_own_header_first(tree):
    """A source file includes its own header before all others, so that the header stands alone."""
    for path in tree.files("src", "*.cpp"):
        own = []
        if tree.exists(path.with_suffix(".hpp")):
            own.append(path.relative_to("src").with_suffix(".hpp").as_posix())
        owner = tree.header_rooms.get(f"{path.stem}.hpp")
        if owner is not None and owner is tree.room_of(path):
            own.append(f"synapsed/{path.stem}.hpp")
        first = next(tree.includes(path), None)
        if own and (first is None or first.name not in own):
            yield f"{path}:{first.line if first else 1}: does not include {' or '.join(own)} first"


def check_try(tree):
    """TRY leaves a function; from inside a braced initialiser GCC 12 then leaks what came before."""
    member = re.compile(r"[{,]\s*\.\w+\s*=\s*TRY\(")
    for path in tree.files("src", "*.cpp", "*.hpp"):
        text = COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), tree.read(path))
        for found in member.finditer(text):
            line = text.count("\n", 0, found.end()) + 1
            yield (f"{path}:{line}: TRY in a braced initialiser leaks the members before it; "
                   "give its value a name first")


CHECKS = [
    check_layer_list,
    check_header_list,
    check_room_includes,
    check_public_includes,
    check_engine_includes,
    check_source_lists,
    check_own_header_first,
    check_try,
]


def violations(root):
    tree = Tree(root)
    return [violation for check in CHECKS for violation in check(tree)]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = violations(sys.argv[1])
    print("\n".join(found) if found else "every include keeps to the layer list")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
