#!/usr/bin/env python3
"""Checks one behaviour document: behaviour.py SYNAPSED DOCUMENT.wat

A document is a text module whose leading `;;` lines say how it is run and what must come of it:

    ;; Adds two numbers.
    ;;
    ;; run: --invoke add 10 20
    ;; stdout: 30

About the file, before the first run; without them the module is the document itself:

    bytes: 00 61 73 6d       these bytes instead (repeatable; the parts are joined)
    size: 70000000           padded with zeros to so many bytes
    file: missing|directory  no file, or a directory, instead

What is run; each line starts a new run:

    run: ARGUMENTS           synapsed run {file} ARGUMENTS; as written when {file} is in them
    command: ARGUMENTS       synapsed ARGUMENTS

In the arguments, {file} is the file and {tmp} a fresh directory, and shell quotes hold.

What the run is given:

    stdin: LINE              a line of standard input (repeatable); `stdin-bytes:` as `bytes:`
    stdin-from: file         standard input is the file
    stdin-held: yes          standard input stays open and silent
    env: NAME=VALUE          added to its environment
    with-file: NAME=TEXT     a file in {tmp} (repeatable; those of one name are its lines)
    signal: INT              sent when standard output holds "ready"; a second one when the
                             first has been taken

What must come of it:

    exit: 3                  the exit code; 0 when not said
    stdout: LINE             the whole of standard output, line by line; nothing when not said
    stdout-contains: TEXT    or parts of it
    stderr: LINE             as stdout
    stderr-contains: TEXT
    json: PATH OP VALUE      the last line of standard output is a JSON object (with `stdout-json:
                             whole` all of it is); OP is ==, !=, <, >, contains
    within: 1s               wall time; 10s when not said
    leaves-file: NAME=TEXT   {tmp} holds this after the run
    leaves-no-file: NAME

SYNAPSED_TIME_FACTOR multiplies the wall times, for builds that are slow on purpose.
"""

import difflib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

FILE_KEYS = {"bytes", "size", "file"}
RUN_KEYS = {
    "stdin", "stdin-bytes", "stdin-from", "stdin-held", "env", "with-file", "signal", "exit",
    "stdout", "stdout-contains", "stdout-json", "stderr", "stderr-contains", "json", "within",
    "leaves-file", "leaves-no-file",
}
DIRECTIVE = re.compile(r"^;; ([a-z][a-z-]*):(?: (.*))?$")
# As bits of the kernel's masks.
# From what a guest writes to what it does next, on a busy machine.
SETTLED = 0.3
SIGNALS_SENT = sum(1 << (number - 1) for number in (signal.SIGINT, signal.SIGTERM))
TIME_FACTOR = float(os.environ.get("SYNAPSED_TIME_FACTOR", "1"))


class DocumentError(Exception):
    """The document itself is wrong."""


@dataclass
class Run:
    line: int
    arguments: str
    said: dict[str, list[str]] = field(default_factory=dict)

    def all(self, key: str) -> list[str]:
        return self.said.get(key, [])

    def one(self, key: str, default: str) -> str:
        values = self.all(key)
        if len(values) > 1:
            raise DocumentError(f"line {self.line}: {key} is said twice")
        return values[0] if values else default


@dataclass
class Document:
    path: Path
    file: dict[str, list[str]] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)


def read_document(path: Path) -> Document:
    document = Document(path)
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line.startswith(";;"):
            break
        match = DIRECTIVE.match(line)
        if match:
            add_directive(document, number, match[1], match[2] or "")
    if not document.runs:
        raise DocumentError("no run: or command:")
    return document


def add_directive(document: Document, number: int, key: str, value: str) -> None:
    if key == "run":
        prefix = "run " if "{file}" in value else "run {file} "
        document.runs.append(Run(number, prefix + value))
    elif key == "command":
        document.runs.append(Run(number, value))
    elif key in FILE_KEYS and not document.runs:
        document.file.setdefault(key, []).append(value)
    elif key in RUN_KEYS and document.runs:
        document.runs[-1].said.setdefault(key, []).append(value)
    else:
        raise DocumentError(f"line {number}: {key}: is not known here")


def make_file(document: Document, folder: Path) -> Path:
    """The module that the document is about."""
    if not document.file:
        return document.path
    path = folder / (document.path.stem + ".wasm")
    kind = document.file.get("file", ["regular"])[0]
    if kind == "directory":
        path.mkdir()
    elif kind != "missing":
        path.write_bytes(bytes.fromhex("".join(document.file.get("bytes", []))))
        if "size" in document.file:
            os.truncate(path, int(document.file["size"][0]))
    return path


class Process:
    """A running synapsed, with its output collected as it comes."""

    def __init__(self, command: list[str], run: Run, file: Path, cwd: Path):
        self.output = {"stdout": b"", "stderr": b""}
        self.ready = threading.Event()
        self.started = time.monotonic()
        self.popen = subprocess.Popen(
            command, stdin=self._stdin(run, file), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment(run), cwd=cwd, preexec_fn=default_signals)
        self.readers = [
            threading.Thread(target=self._collect, args=(name,), daemon=True)
            for name in self.output]
        for reader in self.readers:
            reader.start()

    @staticmethod
    def _stdin(run: Run, file: Path):
        if run.all("stdin-from"):
            return open(file, "rb")
        return subprocess.PIPE

    def _collect(self, name: str) -> None:
        stream = getattr(self.popen, name)
        while chunk := os.read(stream.fileno(), 65536):
            self.output[name] += chunk
            if b"ready" in self.output["stdout"]:
                self.ready.set()

    def feed(self, run: Run) -> None:
        if self.popen.stdin is None or run.all("stdin-held"):
            return
        data = "".join(line + "\n" for line in run.all("stdin")).encode()
        data += bytes.fromhex("".join(run.all("stdin-bytes")))
        try:
            self.popen.stdin.write(data)
            self.popen.stdin.close()
        except BrokenPipeError:
            pass

    def send_signals(self, run: Run, patience: float) -> None:
        for index, name in enumerate(run.all("signal")):
            if index == 0:
                if not self.ready.wait(patience):
                    return
                time.sleep(SETTLED)
            self._await_delivery(patience)
            self.popen.send_signal(signal.Signals["SIG" + name])

    def _await_delivery(self, patience: float) -> None:
        """Until the process has taken every signal that was sent: equal ones would become one."""
        give_up = time.monotonic() + patience
        while self.popen.poll() is None and time.monotonic() < give_up:
            status = Path(f"/proc/{self.popen.pid}/status").read_text()
            pending = re.search(r"^ShdPnd:\s*([0-9a-f]+)", status, re.MULTILINE)
            if not int(pending[1], 16) & SIGNALS_SENT:
                return
            time.sleep(0.001)

    def wait(self, patience: float) -> float:
        """Seconds it took."""
        try:
            self.popen.wait(patience)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        took = time.monotonic() - self.started
        for reader in self.readers:
            reader.join()
        for stream in (self.popen.stdin, self.popen.stdout, self.popen.stderr):
            if stream is not None and not stream.closed:
                stream.close()
        return took


def default_signals() -> None:
    """A test run in the background must not pass ignored signals on."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def environment(run: Run) -> dict[str, str]:
    result = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    result.update(pair.split("=", 1) for pair in run.all("env"))
    return result


def seconds(text: str) -> float:
    match = re.fullmatch(r"([0-9.]+)(ms|s)", text)
    if not match:
        raise DocumentError(f"not a duration: {text}")
    return float(match[1]) * (0.001 if match[2] == "ms" else 1) * TIME_FACTOR


def look_up(document, path: str):
    value = document
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        if index:
            value = value[int(index)]
        elif name == "length":
            value = len(value)
        else:
            value = value[name]
    return value


OPERATORS = {
    "==": lambda left, right: left == right and isinstance(left, bool) == isinstance(right, bool),
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "contains": lambda left, right: right in left,
}


def check_json(parsed, expectation: str) -> str | None:
    match = re.fullmatch(r"(\S+) (==|!=|<|>|contains) (.+)", expectation)
    if not match:
        raise DocumentError(f"not understood: json: {expectation}")
    try:
        value = look_up(parsed, match[1])
    except (KeyError, IndexError, TypeError):
        return f"json: there is no {match[1]}"
    if OPERATORS[match[2]](value, json.loads(match[3])):
        return None
    return f"json: {expectation}, but it is {json.dumps(value)}"


def split_json(run: Run, text: str) -> tuple[str, object]:
    """Standard output without the JSON, and the JSON."""
    if not run.all("json"):
        return text, None
    if run.one("stdout-json", "last line") == "whole":
        return "", json.loads(text)
    lines = text.splitlines(keepends=True)
    return "".join(lines[:-1]), json.loads(lines[-1])


def check_text(run: Run, name: str, text: str) -> list[str]:
    parts = run.all(f"{name}-contains")
    wrong = [f"{name} does not contain: {part}" for part in parts if part not in text]
    if parts and not run.all(name):
        return wrong
    expected = "".join(line + "\n" for line in run.all(name))
    if text != expected:
        diff = difflib.unified_diff(expected.splitlines(), text.splitlines(), f"{name} expected",
                                    f"{name} seen", lineterm="")
        wrong.append("\n".join(diff) or f"{name} differs in its last line end")
    return wrong


def check_files(run: Run, tmp: Path) -> list[str]:
    wrong = []
    for pair in run.all("leaves-file"):
        name, text = pair.split("=", 1)
        path = tmp / name
        if not path.is_file() or path.read_text() != text:
            wrong.append(f"{name} should hold {text!r}")
    for name in run.all("leaves-no-file"):
        if (tmp / name).exists():
            wrong.append(f"{name} should not exist")
    return wrong


def check_outcome(run: Run, process: Process, took: float, tmp: Path) -> list[str]:
    stdout = process.output["stdout"].decode(errors="replace")
    stderr = process.output["stderr"].decode(errors="replace")
    wrong = []
    if process.popen.returncode != int(run.one("exit", "0")):
        wrong.append(f"exit code {process.popen.returncode}, expected {run.one('exit', '0')}")
    if took > seconds(run.one("within", "10s")):
        wrong.append(f"took {took:.2f} s, expected at most {run.one('within', '10s')}")
    try:
        stdout, parsed = split_json(run, stdout)
    except (ValueError, IndexError):
        return [*wrong, "standard output does not end in JSON"]
    wrong += [message for line in run.all("json") if (message := check_json(parsed, line))]
    wrong += check_text(run, "stdout", stdout) + check_text(run, "stderr", stderr)
    return wrong + check_files(run, tmp)


def make_files(run: Run, tmp: Path) -> None:
    files: dict[str, list[str]] = {}
    for pair in run.all("with-file"):
        name, text = pair.split("=", 1)
        files.setdefault(name, []).append(text)
    for name, lines in files.items():
        (tmp / name).write_text("\n".join(lines))


def execute(synapsed: str, run: Run, file: Path, tmp: Path) -> list[str]:
    make_files(run, tmp)
    words = [word.replace("{file}", str(file)).replace("{tmp}", str(tmp))
             for word in shlex.split(run.arguments)]
    patience = seconds(run.one("within", "10s")) + 5
    process = Process([synapsed, *words], run, file, tmp)
    process.feed(run)
    process.send_signals(run, patience)
    wrong = check_outcome(run, process, process.wait(patience), tmp)
    if not wrong:
        return []
    return [f"line {run.line}: synapsed {shlex.join(words)}", *wrong,
            "--- stdout", process.output["stdout"].decode(errors="replace"),
            "--- stderr", process.output["stderr"].decode(errors="replace")]


def main(synapsed: str, path: Path) -> int:
    document = read_document(path)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        file = make_file(document, Path(folder))
        for run in document.runs:
            with tempfile.TemporaryDirectory() as tmp:
                wrong = execute(synapsed, run, file, Path(tmp))
            failed += bool(wrong)
            print(*wrong, sep="\n", end="\n" if wrong else "")
    print(f"{path.stem}: {len(document.runs) - failed} of {len(document.runs)} runs as documented")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        sys.exit(main(os.path.abspath(sys.argv[1]), Path(sys.argv[2]).resolve()))
    except DocumentError as error:
        sys.exit(f"{sys.argv[2]}: {error}")
