#!/usr/bin/env python3
"""What is not about one module: command_line.py SYNAPSED SOURCE_FOLDER

Help, versions, completion, terminals, signals, and that the manual says what the program says.
"""

import functools
import hashlib
import json
import os
import pty
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import unittest
from pathlib import Path

SYNAPSED = ""
MANUAL = Path()

COMMANDS = ["run", "inspect", "check", "validate", "wat", "preinit", "snapshot show",
            "snapshot diff", "snapshot save", "snapshot load", "snapshot list", "snapshot remove",
            *(f"module {each}" for each in ("add", "list", "show", "deps", "get", "import", "export",
                                            "remove", "upgrade",
                                            "rollback", "verify", "gc", "compile")),
            "stats", "cache show", "cache clear", "new", "config", "config show", "version",
            "completion"]
KEYS_COMMANDS = ["init", "generate", "list", "show", "public", "import", "export", "policy", "rotate",
                 "rotate-master", "remove", "verify"]
CRYPTO_COMMANDS = ["generate", "encrypt", "decrypt", "demo"]
STORAGE_COMMANDS = ["get", "set", "remove", "list", "spaces", "watch", "export", "import", "backup",
                    "restore", "verify"]
ADD = '(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'
LOOP = '(module (func (export "_start") (loop br 0)))'


def synapsed(*words: str, **options) -> subprocess.CompletedProcess:
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([SYNAPSED, *words], capture_output=True, text=True, check=False,
                          timeout=60, **options)


@functools.cache
def help_of(command: str) -> subprocess.CompletedProcess:
    return synapsed(*command.split(), "--help")


class InTemporaryFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def file(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        return str(path)


class Help(unittest.TestCase):
    def test_every_command_explains_itself(self):
        for command in ["", *COMMANDS]:
            with self.subTest(command=command):
                result = help_of(command)
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertIn("Usage: synapsed" + (" " + command if command else ""), result.stdout)

    def test_commands_with_arguments_give_examples(self):
        for command in ["", *COMMANDS]:
            if command in ("config", "version"):
                continue
            with self.subTest(command=command):
                self.assertIn("Examples:", help_of(command).stdout)

    def test_help_works_beside_other_options(self):
        self.assertEqual(synapsed("run", "nowhere.wasm", "--help").returncode, 0)

    def test_without_arguments_help_goes_to_standard_error(self):
        result = synapsed()
        self.assertEqual((result.returncode, result.stdout), (240, ""))
        self.assertEqual(result.stderr, help_of("").stdout)


class Manual(unittest.TestCase):
    """docs/reference/command-line.md is written by hand and checked here."""

    def test_the_exit_codes_are_those_of_the_program(self):
        shown = re.findall(r"^  ([0-9-]+) +(\S.*)$", help_of("").stdout, re.MULTILINE)
        written = re.findall(r"^\| ([0-9-]+) \| (.*?) \|$", MANUAL.read_text(), re.MULTILINE)
        self.assertEqual(len(shown), 9)
        self.assertEqual(shown, written)

    def test_every_command_has_a_chapter(self):
        for command in set(COMMANDS) - {"config"}:
            level = "###" if command.startswith(("cache ", "keys ", "crypto ", "module ", "snapshot ", "storage ")) else "##"
            self.assertIn(f"\n{level} synapsed {command}\n", MANUAL.read_text())

    def test_every_option_is_described(self):
        text = MANUAL.read_text()
        for command in COMMANDS:
            shown = help_of(command).stdout
            for option in re.findall(r"^  (?:-\w,)?(--[a-z-]+)", shown, re.MULTILINE):
                with self.subTest(command=command, option=option):
                    self.assertIn(f"`{option}", text)

    def test_no_option_is_described_that_does_not_exist(self):
        shown = "".join(help_of(command).stdout for command in ["", *COMMANDS])
        for option in set(re.findall(r"`(--[a-z-]+)", MANUAL.read_text())):
            self.assertIn(option, shown)


class Version(unittest.TestCase):
    def test_the_three_ways_agree(self):
        facts = json.loads(synapsed("version", "--json").stdout)
        self.assertEqual(list(facts), ["version", "engine", "capabilities"])
        self.assertRegex(facts["version"], r"^\d+\.\d+\.\d+$")
        self.assertRegex(facts["engine"], r"^Wasmtime \d+\.\d+\.\d+$")
        for words in (["version"], ["--version"]):
            result = synapsed(*words)
            self.assertEqual(result.returncode, 0)
            self.assertEqual(result.stdout.splitlines()[0], f"synapsed {facts['version']}")
            self.assertIn(facts["engine"], result.stdout)


class ConfigShow(unittest.TestCase):
    PROFILES = ["development", "production", "blockchain", "web"]

    def test_all_profiles_stand_side_by_side(self):
        lines = synapsed("config", "show").stdout.splitlines()
        self.assertEqual(lines[0].split(), ["field", *self.PROFILES])
        self.assertGreater(len(lines), 15)

    def test_one_profile_comes_with_reasons(self):
        lines = synapsed("config", "show", "--profile", "web").stdout.splitlines()
        self.assertEqual(lines[0].split(), ["field", "web"])
        timeout = next(line for line in lines if line.startswith("limits.timeout"))
        self.assertIn("wall time", timeout)

    def test_json_holds_the_same_fields(self):
        profiles = json.loads(synapsed("config", "show", "--json").stdout)
        self.assertEqual(list(profiles), self.PROFILES)
        fields = [f"{group}.{name}" for group, names in profiles["web"].items() for name in names]
        lines = synapsed("config", "show").stdout.splitlines()
        self.assertEqual(fields, [line.split()[0] for line in lines[1:]])
        self.assertIs(profiles["web"]["security"]["enable_sandboxing"], True)
        self.assertEqual(profiles["web"]["limits"]["timeout"], 10_000_000_000)
        self.assertEqual(profiles["web"]["compilation"]["compiler"], "cranelift")

    def test_markdown_is_one_table(self):
        rows = synapsed("config", "show", "--markdown").stdout.splitlines()
        self.assertEqual({len(re.findall(r"(?<!\\)\|", row)) for row in rows}, {8})
        self.assertEqual(set(rows[1]), set("|- "))

    def test_the_page_of_profiles_is_what_the_program_prints(self):
        page = MANUAL.with_name("profiles.md")
        self.assertIn(synapsed("config", "show", "--markdown").stdout, page.read_text())

    def test_the_gas_table_is_one_to_start_from(self):
        table = synapsed("config", "show", "--gas-table").stdout
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "prices.toml")
            path.write_text(table.replace("\nbranch = 1\n", "\nbranch = 2 # dearer\n"))
            again = synapsed("config", "show", "--gas-prices", str(path), "--gas-table").stdout
            self.assertEqual(again, table.replace("\nbranch = 1\n", "\nbranch = 2\n"))
            named = [json.loads(synapsed("config", "show", "--json", *words).stdout)
                     ["web"]["metering"]["prices"] for words in ([], ["--gas-prices", str(path)])]
        self.assertRegex(named[0], r"^version 1, [0-9a-f]{12}$")
        self.assertNotEqual(*named)

    def test_the_hash_of_the_gas_prices_is_that_of_the_manual(self):
        table = tomllib.loads(synapsed("config", "show", "--gas-table").stdout)
        lines = [f"version = {table.pop('version')}\n"]
        lines += [f"{group}.{name} = {price}\n"
                  for group, prices in table.items() for name, price in prices.items()]
        digest = hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()
        self.assertIn(digest, MANUAL.parents[1].joinpath("formats/gas.md").read_text())
        self.assertIn(f"version 1, {digest[:12]}", synapsed("config", "show").stdout)

    def test_two_formats_at_once_are_bad_usage(self):
        self.assertEqual(synapsed("config", "show", "--json", "--markdown").returncode, 240)


class Completion(InTemporaryFolder):
    def complete(self, *words: str) -> list[str]:
        """What bash offers for the last of `words`."""
        script = (
            'source <("$0" completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _synapsed; '
            'printf "%s\\n" "${COMPREPLY[@]}"')
        result = subprocess.run(["bash", "-c", script, SYNAPSED, "synapsed", *words], text=True,
                                capture_output=True, check=False, cwd=self.folder, timeout=60)
        self.assertEqual(result.stderr, "")
        return result.stdout.split("\n")[:-1]

    def test_the_scripts_are_valid(self):
        for shell in ("bash", "zsh", "fish"):
            result = synapsed("completion", shell)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            if shutil.which(shell) is None:
                continue
            with self.subTest(shell=shell):
                check = subprocess.run([shell, "-n"], input=result.stdout, text=True, check=False,
                                       capture_output=True)
                self.assertEqual((check.returncode, check.stderr), (0, ""))

    def test_commands_are_offered(self):
        self.assertEqual(self.complete("co"), ["config", "completion"])
        self.assertIn("show", self.complete("config", ""))
        if "keys" in COMMANDS:
            self.assertEqual(self.complete("keys", "rotate"), ["rotate", "rotate-master"])

    def test_options_are_offered(self):
        self.assertEqual(self.complete("run", "--max"), ["--max-memory", "--max-stack"])
        self.assertEqual(self.complete("config", "show", "--m"), ["--markdown"])

    def test_values_are_offered(self):
        self.assertEqual(self.complete("run", "--profile", "b"), ["blockchain"])
        self.assertEqual(self.complete("run", "--unknown-imports", ""), ["deny", "trap", "zero"])
        self.assertIn("fish", self.complete("completion", ""))
        if "keys" in COMMANDS:
            self.assertEqual(self.complete("keys", "generate", "--algorithm", "ml-dsa"),
                             ["ml-dsa-44", "ml-dsa-65", "ml-dsa-87"])
            self.assertEqual(self.complete("keys", "generate", "--use", "s"), ["sign"])

    def test_files_are_offered_where_files_belong(self):
        self.file("two words.wasm", "")
        (self.folder / "data").mkdir()
        self.assertIn("two words.wasm", self.complete("inspect", "two"))
        self.assertEqual(self.complete("run", "--dir", ""), ["data"])
        self.assertEqual(self.complete("run", "--timeout", ""), [""])


class Wat(InTemporaryFolder):
    def test_there_and_back_again(self):
        wat = self.file("add.wat", ADD)
        wasm, back = str(self.folder / "add.wasm"), str(self.folder / "back.wat")
        self.assertEqual(synapsed("wat", wat, "-o", wasm).returncode, 0)
        self.assertEqual(Path(wasm).read_bytes()[:4], b"\0asm")
        self.assertEqual(synapsed("wat", wasm, "--output", back).returncode, 0)
        for file in (wat, wasm, back):
            self.assertEqual(synapsed("run", file, "--invoke", "add", "2", "3").stdout, "5\n")

    def test_standard_output_takes_binary_when_it_is_no_terminal(self):
        wat = self.file("add.wat", ADD)
        for words in (["wat", wat], ["wat", wat, "-o", "-"]):
            result = subprocess.run([SYNAPSED, *words], capture_output=True, check=False)
            self.assertEqual(result.stdout[:8], b"\0asm\1\0\0\0")

    def test_a_failure_leaves_the_output_as_it_was(self):
        out = self.file("out.wasm", "before")
        bad = self.file("bad.wat", "(module (func)")
        self.assertEqual(synapsed("wat", bad, "-o", out).returncode, 241)
        self.assertEqual(Path(out).read_text(), "before")
        self.assertEqual(sorted(os.listdir(self.folder)), ["bad.wat", "out.wasm"])

    def test_a_pipe_is_written_to_and_not_replaced(self):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        process = subprocess.Popen([SYNAPSED, "wat", self.file("add.wat", ADD), "-o", str(pipe)])
        self.assertEqual(pipe.read_bytes()[:4], b"\0asm")
        self.assertEqual(process.wait(30), 0)
        self.assertTrue(pipe.is_fifo())


class Terminal(InTemporaryFolder):
    def on_terminal(self, *words: str, env: dict | None = None) -> tuple[int, str]:
        """Exit code and what a terminal shows."""
        leader, follower = pty.openpty()
        clean = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm"}
        process = subprocess.Popen([SYNAPSED, *words], stdin=subprocess.DEVNULL, stdout=follower,
                                   stderr=follower, env=clean | (env or {}))
        os.close(follower)
        shown = b""
        try:
            while chunk := os.read(leader, 4096):
                shown += chunk
        except OSError:  # how Linux tells that nobody holds the other end
            pass
        os.close(leader)
        return process.wait(30), shown.decode()

    def test_errors_are_coloured(self):
        code, shown = self.on_terminal("run", "nowhere.wasm")
        self.assertEqual(code, 241)
        self.assertIn("\x1b[1;31merror:\x1b[0m", shown)

    def test_colours_can_be_refused(self):
        for words, env in ((["--no-color"], {}), (["--color", "never"], {}),
                           ([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"})):
            with self.subTest(words=words, env=env):
                self.assertNotIn("\x1b", self.on_terminal("run", *words, "nowhere", env=env)[1])

    def test_an_empty_no_color_refuses_nothing(self):
        self.assertIn("\x1b", self.on_terminal("run", "nowhere", env={"NO_COLOR": ""})[1])

    def test_without_a_terminal_colours_come_only_when_asked_for(self):
        self.assertNotIn("\x1b", synapsed("run", "nowhere").stderr)
        self.assertIn("\x1b[1;31m", synapsed("run", "--color", "always", "nowhere").stderr)

    def test_a_binary_module_is_not_shown(self):
        wat = self.file("add.wat", ADD)
        code, shown = self.on_terminal("wat", wat)
        self.assertEqual(code, 240)
        self.assertIn("a binary module is not written to a terminal", shown)
        self.assertIn("-o", shown)
        self.assertNotIn("\0asm", shown)


class Machine(InTemporaryFolder):
    def test_a_full_disk_is_not_success(self):
        add = self.file("a.wat", ADD)
        with open("/dev/full", "wb") as full:
            for words in (["version"], ["run", add, "--invoke", "add", "1", "2"]):
                result = subprocess.run([SYNAPSED, *words], stdout=full, stderr=subprocess.PIPE,
                                        text=True, check=False)
                self.assertEqual(result.returncode, 244)
                self.assertIn("[host.io]", result.stderr)

    def test_a_small_stack_is_an_error_and_not_a_crash(self):
        def small_stack():
            resource.setrlimit(resource.RLIMIT_STACK, (512 << 10, 512 << 10))
        result = synapsed("run", self.file("a.wat", ADD), "--invoke", "add", "1", "2",
                          preexec_fn=small_stack)
        self.assertEqual(result.returncode, 241, result.stderr)
        self.assertIn("[config.invalid_limit]", result.stderr)

    def test_a_closed_standard_input_is_no_module(self):
        result = synapsed("run", "-", preexec_fn=lambda: os.close(0))
        self.assertEqual(result.returncode, 241, result.stderr)


class Signals(InTemporaryFolder):
    def start(self, *words: str, preexec_fn=None) -> subprocess.Popen:
        def default_signals():
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        process = subprocess.Popen([SYNAPSED, *words], stdin=subprocess.PIPE, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   preexec_fn=preexec_fn or default_signals)
        self.addCleanup(process.communicate)
        self.wait_for_blocked_signals(process)
        return process

    @staticmethod
    def wait_for_blocked_signals(process: subprocess.Popen) -> None:
        """Until the program has taken its signals over."""
        for _ in range(500):
            status = Path(f"/proc/{process.pid}/status").read_text()
            if int(re.search(r"SigBlk:\s+(\w+)", status)[1], 16) & (1 << (signal.SIGTERM - 1)):
                return
            time.sleep(0.01)

    def test_commands_end_at_once(self):
        process = self.start("inspect", "-")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(30), 130)

    def test_a_run_that_still_reads_its_module_tells_so(self):
        process = self.start("run", "--json", "-")
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        outcome = json.loads(process.stdout.read())
        self.assertEqual(process.wait(30), 143)
        self.assertEqual(outcome["error"]["code"], "limit.cancelled")
        self.assertIn("while the module was being read", outcome["error"]["message"])

    def test_what_the_parent_ignores_stays_ignored(self):
        process = self.start("run", self.file("loop.wat", LOOP), "--timeout", "500ms",
                             preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(30), 243)


class Json(InTemporaryFolder):
    def test_the_keys_of_a_run_are_always_there(self):
        keys = ["values", "exit_code", "error", "compile_ms", "duration_ms", "gas_used",
                "gas_prices", "peak_memory_bytes"]
        add = self.file("add.wat", ADD)
        for words in ([add, "--invoke", "add", "1", "2"], [add, "--invoke", "add", "1"],
                      [add, "--invoke", "nothing"], ["nowhere.wasm"], [str(self.folder)],
                      [self.file("bad.wat", "(module")], [add]):
            with self.subTest(words=words):
                outcome = json.loads(synapsed("run", "--json", *words).stdout)
                self.assertEqual(list(outcome), keys)
                if outcome["error"]:
                    self.assertEqual(list(outcome["error"]),
                                     ["code", "message", "where", "hint", "trap"])

    def test_it_is_one_line(self):
        add = self.file("add.wat", ADD)
        result = synapsed("run", "--json", add, "--invoke", "add", "1", "2")
        self.assertEqual(result.stdout.count("\n"), 1)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    SYNAPSED = os.path.abspath(sys.argv[1])
    MANUAL = Path(sys.argv[2], "docs", "reference", "command-line.md")
    capabilities = json.loads(synapsed("version", "--json").stdout)["capabilities"]
    if "storage" in capabilities:
        COMMANDS += ["storage", *(f"storage {command}" for command in STORAGE_COMMANDS)]
        COMMANDS += ["storage rotate"] if "crypto" in capabilities else []
    if "crypto" in capabilities:
        COMMANDS += ["keys", *(f"keys {command}" for command in KEYS_COMMANDS)]
        COMMANDS += ["crypto", *(f"crypto {command}" for command in CRYPTO_COMMANDS)]
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
