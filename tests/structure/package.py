#!/usr/bin/env python3
"""Checks that a project outside the tree can use the library, in the two ways CMake has.

usage: package.py CMAKE COMPILER SOURCE-DIRECTORY BUILD-DIRECTORY

The project is tests/package. It is built and run
- with find_package, against an installation of BUILD-DIRECTORY that was moved afterwards;
- with add_subdirectory of SOURCE-DIRECTORY, where the library is a shared one.
The installed command line starts the project of a module, which is built with the installed SDK.
In both the symbols that shared libraries export are looked at: none may come from the engine.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

GREETING = "10 + 20 = 30"
# C names of the engine and of our Rust code; Rust names, mangled in the old and the new way.
FOREIGN = re.compile(r"(_*(wasm|wasmtime|wasi|wasmtime_c_api|synapsed|rust|cranelift)_\w+"
                     r"|_ZN.*17h[0-9a-f]{16}E|_R[A-Z]\w+)(@.*)?")
# C++ names of ours, demangled: functions and variables, then tables and thunks made for them.
OURS = re.compile(r"(.* (for|to) )?synapsed::.*")


def run(title, *command):
    """Runs a command; ends the test, with all that the command said, when it fails."""
    print(f"-- {title}", flush=True)
    result = subprocess.run([str(word) for word in command], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        sys.exit(f"{result.stdout}\nfailed with {result.returncode}: {' '.join(map(str, command))}")
    return result.stdout


def exported_symbols(library, *options):
    lines = run(f"exports of {library.name}", "nm", "-D", "--defined-only", *options, library)
    return [line.split(maxsplit=2)[2] for line in lines.splitlines()]


def foreign_exports(library):
    """Exported symbols that come from the engine or other Rust code."""
    return [name for name in exported_symbols(library) if FOREIGN.fullmatch(name)]


def stray_exports(library):
    """Exported symbols outside of the namespace of the library."""
    return [name for name in exported_symbols(library, "-C") if not OURS.fullmatch(name)]


def refuse(library, symbols):
    if symbols:
        listing = "\n".join(f"  {name}" for name in symbols[:20])
        sys.exit(f"{library}: exports {len(symbols)} symbols that it should keep to itself; see "
                 f"the link options in cmake/SynapsedRooms.cmake:\n{listing}")


class Outside:
    """The project in tests/package, built in a directory of its own."""

    def __init__(self, cmake, compiler, source, build):
        self.cmake, self.compiler, self.build = cmake, compiler, build
        self.project = source / "tests/package"

    def check(self, title, *options):
        if ccache := shutil.which("ccache"):
            options += (f"-DCMAKE_CXX_COMPILER_LAUNCHER={ccache}",)
        run(f"{title}: configure", self.cmake, "--fresh", "-G", "Ninja", "-S", self.project,
            "-B", self.build, f"-DCMAKE_CXX_COMPILER={self.compiler}", *options)
        run(f"{title}: build", self.cmake, "--build", self.build)
        said = run(f"{title}: run", self.build / "embedding")
        if GREETING not in said:
            sys.exit(f"{title}: the program should say `{GREETING}`, and said:\n{said}")
        plugin = self.build / "libplugin.so"
        refuse(plugin, foreign_exports(plugin))


def check_module_project(cmake, program, prefix, folder):
    """The installed program starts a project that finds the installed SDK, and builds it."""
    shutil.rmtree(folder, ignore_errors=True)
    told = json.loads(run("synapsed new", program, "new", "hello", "--json", "--dir", folder))
    if not Path(told["sdk"]).is_relative_to(prefix):
        sys.exit(f"the SDK of the installed program is {told['sdk']}, which is not below {prefix}")
    if shutil.which("clang++-19") is None:
        return
    run("the module: configure", cmake, "-S", folder, "-B", folder / "build")
    run("the module: build", cmake, "--build", folder / "build")
    run("the module: call", program, "run", folder / "build/hello.wasm", "--invoke", "add", 2, 3)


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    cmake, compiler = sys.argv[1:3]
    source, build = map(Path, sys.argv[3:])
    work = build / "package-test"
    installed, moved = work / "installed", work / "moved"
    for prefix in (installed, moved, work / "found"):
        shutil.rmtree(prefix, ignore_errors=True)

    run("install", cmake, "--install", build, "--prefix", installed)
    installed.rename(moved)
    Outside(cmake, compiler, source, work / "found").check(
        "find_package", f"-DCMAKE_PREFIX_PATH={moved}", "-DCMAKE_BUILD_TYPE=Release")
    if (program := moved / "bin/synapsed").exists():
        run("the installed command line", program, "--version")
        check_module_project(cmake, program.resolve(), moved.resolve(), work / "module")

    Outside(cmake, compiler, source, work / "added").check(
        "add_subdirectory", f"-DSYNAPSED_SOURCE={source}", "-DBUILD_SHARED_LIBS=ON",
        "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O0")  # what is fastest to build
    library = next((work / "added").rglob("libsynapsed.so"))
    refuse(library, stray_exports(library))
    print("the package can be used")


if __name__ == "__main__":
    main()
