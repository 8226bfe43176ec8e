#!/usr/bin/env python3
"""Writes what follows from the tables in abi/: generate_abi.py [--check] [TREE]

`outputs` names the files. With --check nothing is written, and the exit code is 1 when a file
is not what the tables say.
"""

import difflib
import json
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

FUNCTIONS = "abi/host_functions.json"
ERRORS = "abi/guest_errors.json"
GAS = "abi/gas_schedule.toml"
NOTICE = "Written by tools/generate_abi.py from {}; do not edit."

NAME = re.compile(r"[a-z][a-z0-9_]*")
# type: core types, C++ parameters of the import, C++ parameter of the wrapper, what it passes on
NUMBERS = {"i32": ("i32", "std::int32_t"), "u32": ("i32", "std::uint32_t"),
           "i64": ("i64", "std::int64_t"), "u64": ("i64", "std::uint64_t"),
           "f32": ("f32", "float"), "f64": ("f64", "double")}
SPANS = {"string": ("const char*", "std::string_view"),
         "bytes": ("const std::byte*", "std::span<const std::byte>"),
         "buffer": ("std::byte*", "std::span<std::byte>")}


class TableError(Exception):
    """A table that does not say what it should; the message names the place."""


def need(condition, place, message):
    if not condition:
        raise TableError(f"{place}: {message}")


@dataclass(frozen=True)
class Parameter:
    name: str
    type: str

    def core(self):
        return [NUMBERS[self.type][0]] if self.type in NUMBERS else ["i32", "i32"]

    def imported(self):
        if self.type in NUMBERS:
            return [f"{NUMBERS[self.type][1]} {self.name}"]
        return [f"{SPANS[self.type][0]} {self.name}", f"std::size_t {self.name}_size"]

    def wrapped(self):
        return f"{(NUMBERS | SPANS)[self.type][1]} {self.name}"

    def passed(self):
        if self.type in NUMBERS:
            return [self.name]
        return [f"{self.name}.data()", f"{self.name}.size()"]


@dataclass(frozen=True)
class Function:
    name: str
    params: list[Parameter]
    result: str | None
    base: int
    per_byte: int
    capability: str | None
    doc: str

    def core_type(self):
        params = ", ".join(core for param in self.params for core in param.core())
        return f"({params})" + (f" -> {NUMBERS[self.result][0]}" if self.result else " -> ()")

    def declared(self):
        params = ", ".join(f"{param.name}: {param.type}" for param in self.params)
        return f"{self.name}({params})" + (f" -> {self.result}" if self.result else "")

    def result_type(self):
        return NUMBERS[self.result][1] if self.result else "void"


def read_function(row, place):
    keys = {"name", "params", "result", "price", "capability", "doc"}
    need(set(row) == keys, place, f"has the keys {sorted(row)}, not {sorted(keys)}")
    need(NAME.fullmatch(row["name"]), place, "the name is not lower case with underscores")
    params = [Parameter(**param) for param in row["params"]]
    for param in params:
        need(NAME.fullmatch(param.name), place, f"bad parameter name {param.name}")
        need(param.type in NUMBERS | SPANS, place, f"{param.name} has no known type: {param.type}")
    need(len({param.name for param in params}) == len(params), place, "repeats a parameter name")
    need(row["result"] is None or row["result"] in NUMBERS, place, "the result is not a number")
    price = row["price"]
    need(set(price) == {"base", "per_byte"} and
         all(isinstance(units, int) and units >= 0 for units in price.values()),
         place, "the price is not base and per_byte, both 0 or more")
    check_doc(row["doc"], place)
    return Function(row["name"], params, row["result"], price["base"], price["per_byte"],
                    row["capability"], row["doc"])


def check_doc(doc, place):
    need(isinstance(doc, str) and doc and not set(doc) & set('\n"\\|'), place,
         "doc is not one line without quotes, backslashes and bars")


def check_distinct(items, key, place):
    values = [key(item) for item in items]
    need(len(set(values)) == len(values), place, "repeats a name or code")


def read_functions(tree):
    table = json.loads((tree / FUNCTIONS).read_text(encoding="utf-8"))
    functions = [read_function(row, f"{FUNCTIONS}: {row.get('name')}")
                 for row in table["functions"]]
    check_distinct(functions, lambda function: function.name, FUNCTIONS)
    return table["module"], functions


def read_errors(tree):
    errors = json.loads((tree / ERRORS).read_text(encoding="utf-8"))["errors"]
    for error in errors:
        place = f"{ERRORS}: {error.get('name')}"
        need(NAME.fullmatch(error["name"]), place, "the name is not lower case with underscores")
        need(isinstance(error["code"], int) and error["code"] < 0, place, "the code is not negative")
        check_doc(error["doc"], place)
    check_distinct(errors, lambda error: error["name"], ERRORS)
    check_distinct(errors, lambda error: error["code"], ERRORS)
    return errors


def camel(name):
    return "".join(word.capitalize() for word in name.split("_"))


def wrapped_doc(doc, indent=""):
    lines, line = [], f"{indent}///"
    for word in doc.split():
        if len(line) + 1 + len(word) > 100:
            lines.append(line)
            line = f"{indent}///"
        line += " " + word
    return "\n".join([*lines, line])


def imported(module, function):
    params = [text for param in function.params for text in param.imported()]
    indent = ",\n    "
    return (f'[[clang::import_module("{module}"), clang::import_name("{function.name}")]]\n'
            f"{function.result_type()} synapsed_host_{function.name}(\n    {indent.join(params)});\n")


def wrapper(function):
    params = ", ".join(param.wrapped() for param in function.params)
    passed = ", ".join(text for param in function.params for text in param.passed())
    returned = "return " if function.result else ""
    return (f"{wrapped_doc(function.doc)}\n"
            f"inline {function.result_type()} {function.name}({params}) {{\n"
            f"  {returned}synapsed_host_{function.name}({passed});\n}}\n")


def guest_header(module, functions, errors):
    codes = "\n".join(f"{wrapped_doc(error['doc'], '  ')}\n"
                      f"  k{camel(error['name'])} = {error['code']}," for error in errors)
    imports = "\n".join(imported(module, function) for function in functions)
    wrappers = "\n".join(wrapper(function) for function in functions)
    return f"""#pragma once

/// \\file
/// The host's functions that every guest may import, and the errors host functions return.
/// {NOTICE.format('abi/*.json')}

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace synapsed {{

/// What a host function returns when it could not do what it was asked for.
enum class HostError : std::int32_t {{
{codes}
}};

namespace host {{

extern "C" {{

{imports}
}}  // extern "C"

{wrappers}
}}  // namespace host
}}  // namespace synapsed
"""


def host_table(module, functions):
    rows = "\n".join(
        f'SYNAPSED_FIRST_PARTY("{function.name}", "{function.core_type()}", {function.base}, '
        f'{function.per_byte}, "{function.capability or ""}",\n'
        f'                     "{function.doc}")' for function in functions)
    return f"""// {NOTICE.format(FUNCTIONS)}
//
// Columns: name, core type, price (base, for each byte), capability (empty: none), description.

#define SYNAPSED_FIRST_PARTY_MODULE "{module}"

{rows}
"""


def error_table(errors):
    rows = "\n".join(f'SYNAPSED_GUEST_ERROR({camel(error["name"])}, {error["code"]}, '
                     f'"{error["name"]}", "{error["doc"]}")' for error in errors)
    return f"""// {NOTICE.format(ERRORS)}
//
// Columns: enumerator, code, name, meaning.

{rows}
"""


def chapter(function):
    return f"""## {function.name}

```
{function.declared()}
```

{function.doc}

| | |
|---|---|
| core type | `{function.core_type()}` |
| price | {function.base}, and {function.per_byte} for each byte of `string` and `bytes` |
| capability | {f"`{function.capability}`" if function.capability else "none"} |
"""


def page(module, functions, errors):
    rows = "\n".join(f"| `{error['name']}` | {error['code']} | {error['doc']} |"
                     for error in errors)
    chapters = "\n".join(chapter(function) for function in functions)
    return f"""# Host functions

{NOTICE.format('`abi/*.json`')}

These functions belong to the import module `{module}`, and every guest may import them. In core
types, `string` (UTF-8) and `bytes` are pointer and length, `buffer` is pointer and capacity; a guest
that passes them exports its memory as `memory`. The SDK declares them in
`<synapsed/host_functions.hpp>`. Prices are charged where gas is counted.

{chapters}
## Errors

A host function that returns a number returns one of these when it could not do what it was asked
for:

| name | code | meaning |
|---|---|---|
{rows}
"""


def gas_table(tree):
    """The default prices, one row each; the C++ side knows the names and refuses others."""
    tables = tomllib.loads((tree / GAS).read_text(encoding="utf-8"))
    version = tables.pop("version", None)
    need(isinstance(version, int) and version > 0, GAS, "version is a positive number")
    rows = [f"SYNAPSED_GAS_VERSION({version})"]
    for group, prices in tables.items():
        for name, price in prices.items():
            place = f"{GAS}, {group}.{name}"
            need(NAME.fullmatch(name), place, "not a name")
            need(isinstance(price, int) and 0 <= price <= 1_000_000, place,
                 "a price is a number from 0 to 1000000")
            rows.append(f"SYNAPSED_GAS_PRICE({group}, {name}, {price})")
    return f"// {NOTICE.format(GAS)}\n\n" + "\n".join(rows) + "\n"


def outputs(tree):
    """The text of each generated file."""
    module, functions = read_functions(tree)
    errors = read_errors(tree)
    return {
        "guest/sdk/include/synapsed/host_functions.hpp": guest_header(module, functions, errors),
        "src/host/first_party.def": host_table(module, functions),
        "include/synapsed/guest_errors.def": error_table(errors),
        "src/bytecode/gas/schedule.def": gas_table(tree),
        "docs/reference/host-functions.md": page(module, functions, errors),
    }


def differences(tree):
    """One diff for each file that is not what the tables say."""
    diffs = []
    for name, text in outputs(tree).items():
        path = tree / name
        found = path.read_text(encoding="utf-8") if path.exists() else ""
        if found != text:
            diffs.append("\n".join(difflib.unified_diff(
                found.splitlines(), text.splitlines(), name, f"{name}, generated", lineterm="")))
    return diffs


def main(words):
    check = "--check" in words
    folders = [word for word in words if word != "--check"]
    if len(folders) > 1:
        sys.exit(__doc__)
    tree = Path(folders[0]) if folders else Path(__file__).resolve().parent.parent
    if check:
        diffs = differences(tree)
        print("\n".join(diffs) if diffs else "the generated files are what the tables say")
        return 1 if diffs else 0
    for name, text in outputs(tree).items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except TableError as error:
        sys.exit(str(error))
