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

ERRORS = "abi/guest_errors.json"
GAS = "abi/gas_schedule.toml"
CRYPTO_PRICES = "abi/crypto_prices.toml"
NOTICE = "Written by tools/generate_abi.py from {}; do not edit."

NAME = re.compile(r"[a-z][a-z0-9_]*")
# type: core types, C++ parameters of the import, C++ parameter of the wrapper, what it passes on
NUMBERS = {"i32": ("i32", "std::int32_t"), "u32": ("i32", "std::uint32_t"),
           "i64": ("i64", "std::int64_t"), "u64": ("i64", "std::uint64_t"),
           "f32": ("f32", "float"), "f64": ("f64", "double"),
           "hash_algorithm": ("i32", "HashAlgorithm"), "key_algorithm": ("i32", "KeyAlgorithm")}
SPANS = {"string": ("const char*", "std::string_view"),
         "bytes": ("const std::byte*", "std::span<const std::byte>"),
         "buffer": ("std::byte*", "std::span<std::byte>")}


@dataclass(frozen=True)
class Api:
    """An import module: its table, and the files that follow from it."""
    table: str
    name: str  # its namespace in the guest
    header: str
    rows: str
    page: str
    prices: str = ""  # of what its functions charge themselves


HOST = Api("abi/host_functions.json", "host", "guest/sdk/include/synapsed/host_functions.hpp",
           "src/host/first_party.def", "docs/reference/host-functions.md")
CRYPTO = Api("abi/crypto.json", "crypto", "guest/sdk/include/synapsed/crypto.hpp",
             "src/crypto/host_functions.def", "docs/reference/crypto-host-functions.md")
STORAGE = Api("abi/storage.json", "storage", "guest/sdk/include/synapsed/storage.hpp",
              "src/storage/host_functions.def", "docs/reference/storage-host-functions.md",
              "src/storage/prices.def")
ALGORITHMS = "include/synapsed/crypto_algorithms.def"
KEY_KINDS = ("kem", "signature", "aead", "mac")


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
    price: dict[str, int]
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


def read_function(row, place, prices):
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
    need(set(price) == prices and
         all(isinstance(units, int) and 0 <= units < 1 << 20 for units in price.values()),
         place, f"the price is not {' and '.join(sorted(prices))}, each from 0 to 2^20")
    check_doc(row["doc"], place)
    return Function(row["name"], params, row["result"], price, row["capability"], row["doc"])


def check_doc(doc, place):
    need(isinstance(doc, str) and doc and not set(doc) & set('\n"\\|'), place,
         "doc is not one line without quotes, backslashes and bars")


def check_distinct(items, key, place):
    values = [key(item) for item in items]
    need(len(set(values)) == len(values), place, "repeats a name or code")


@dataclass(frozen=True)
class Table:
    api: Api
    module: str
    functions: list[Function]
    hashes: list[dict]
    keys: list[dict]


def read_table(tree, api):
    table = json.loads((tree / api.table).read_text(encoding="utf-8"))
    prices = {"base", "per_byte"} | ({"per_entry"} if api.prices else set())
    functions = [read_function(row, f"{api.table}: {row.get('name')}", prices)
                 for row in table["functions"]]
    check_distinct(functions, lambda function: function.name, api.table)
    hashes, keys = table.get("hashes", []), table.get("keys", [])
    for rows in (hashes, keys):
        for row in rows:
            check_algorithm(row, f"{api.table}: {row.get('name')}")
        check_distinct(rows, lambda row: row["name"], api.table)
        check_distinct(rows, lambda row: row["code"], api.table)
    for row in keys:
        need(row["kind"] in KEY_KINDS, f"{api.table}: {row['name']}", f"the kind is none of {KEY_KINDS}")
    return Table(api, table["module"], functions, hashes, keys)


def check_algorithm(row, place):
    need(NAME.fullmatch(row["name"]), place, "the name is not lower case with underscores")
    need(0 < row["code"] < 256, place, "the code is not from 1 to 255")
    need(re.fullmatch(r"[a-z0-9-]+", row["label"]), place, "the label is not lower case with dashes")


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
    """`sha3_256` is `Sha3_256`: an underscore stays between digits."""
    words = re.sub(r"(?<=\d)_(?=\d)", "\0", name).split("_")
    return "".join(word.capitalize() for word in words).replace("\0", "_")


def wrapped_doc(doc, indent=""):
    lines, line = [], f"{indent}///"
    for word in doc.split():
        if len(line) + 1 + len(word) > 100:
            lines.append(line)
            line = f"{indent}///"
        line += " " + word
    return "\n".join([*lines, line])


def imported(table, function):
    params = [text for param in function.params for text in param.imported()]
    indent = ",\n    "
    return (f'[[clang::import_module("{table.module}"), clang::import_name("{function.name}")]]\n'
            f"{function.result_type()} synapsed_{table.api.name}_{function.name}(\n"
            f"    {indent.join(params)});\n")


def wrapper(table, function):
    params = ", ".join(param.wrapped() for param in function.params)
    passed = ", ".join(text for param in function.params for text in param.passed())
    returned = "return " if function.result else ""
    return (f"{wrapped_doc(function.doc)}\n"
            f"inline {function.result_type()} {function.name}({params}) {{\n"
            f"  {returned}synapsed_{table.api.name}_{function.name}({passed});\n}}\n")


def guest_functions(table):
    imports = "\n".join(imported(table, function) for function in table.functions)
    wrappers = "\n".join(wrapper(table, function) for function in table.functions)
    return f"""extern "C" {{

{imports}
}}  // extern "C"

{wrappers}"""


def guest_header(table, errors):
    codes = "\n".join(f"{wrapped_doc(error['doc'], '  ')}\n"
                      f"  k{camel(error['name'])} = {error['code']}," for error in errors)
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

{guest_functions(table)}
}}  // namespace host
}}  // namespace synapsed
"""


def enumerators(rows):
    return "\n".join(f"  k{camel(row['name'])} = {row['code']}," for row in rows)


def capability_header(table, about, types=""):
    """Of an import module that a guest is granted; `types` stand before its functions."""
    return f"""#pragma once

/// \\file
{wrapped_doc(about + " Results that are negative are a `HostError`.")}
/// {NOTICE.format(table.api.table)}

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <synapsed/host_functions.hpp>

namespace synapsed::{table.api.name} {{

{types}{guest_functions(table)}
}}  // namespace synapsed::{table.api.name}
"""


def guest_crypto_header(table):
    about = ("The host's crypto, for modules that were granted the capability `crypto`, and keys that "
             "stay with the host (`key_…`), for those with `crypto.keys`.")
    return capability_header(table, about, f"""enum class HashAlgorithm : std::uint32_t {{
{enumerators(table.hashes)}
}};

enum class KeyAlgorithm : std::uint32_t {{
{enumerators(table.keys)}
}};

""")


def guest_storage_header(table):
    about = ("The host's storage, for modules that were granted the capability `storage`, and for those "
             "with `storage.write` what changes it. <synapsed/guest/storage.hpp> makes it comfortable.")
    return capability_header(table, about)


def algorithm_table(table):
    hashes = "\n".join(f'SYNAPSED_HASH({camel(row["name"])}, {row["code"]}, "{row["label"]}", '
                       f'{row["bytes"]}, {str(row["any_length"]).lower()})' for row in table.hashes)
    keys = "\n".join(f'SYNAPSED_KEY({camel(row["name"])}, {row["code"]}, "{row["label"]}", '
                     f'{camel(row["kind"])}, {row["public"]}, {row["secret"]}, {row["output"]})'
                     for row in table.keys)
    return f"""// {NOTICE.format(table.api.table)}
//
// Columns of hashes: enumerator, number, name, bytes of a digest, whether any length may be asked
// for. Columns of keys: enumerator, number, name, kind, bytes of a public key, of a secret key, and
// of a ciphertext, signature or tag.

{hashes}

{keys}
"""


def host_row(function, per_byte):
    return (f'SYNAPSED_FIRST_PARTY("{function.name}", "{function.core_type()}", '
            f'{function.price["base"]}, {per_byte}, "{function.capability or ""}",\n'
            f'                     "{function.doc}")')


def host_table(table):
    """Where functions charge bytes themselves, the host does not."""
    rows = "\n".join(host_row(function, 0 if table.api.prices else function.price["per_byte"])
                     for function in table.functions)
    return f"""// {NOTICE.format(table.api.table)}
//
// Columns: name, core type, price (base, for each byte), capability (empty: none), description.

#define SYNAPSED_FIRST_PARTY_MODULE "{table.module}"

{rows}
"""


def price_table(table):
    rows = "\n".join(f'SYNAPSED_STORAGE_PRICE("{function.name}", {function.price["per_byte"]}, '
                     f'{function.price["per_entry"]})' for function in table.functions)
    return f"""// {NOTICE.format(table.api.table)}
//
// Columns: function, gas for each byte of keys and values, gas for each entry or step.

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


def price_text(price):
    if "per_entry" not in price:
        return f"{price['base']}, and {price['per_byte']} for each byte of `string` and `bytes`"
    parts = [f"{price[name]} for each {what}" for name, what in
             (("per_byte", "byte of keys and values"), ("per_entry", "entry or step")) if price[name]]
    return ", and ".join([str(price["base"]), *parts])


def chapter(function):
    return f"""## {function.name}

```
{function.declared()}
```

{function.doc}

| | |
|---|---|
| core type | `{function.core_type()}` |
| price | {price_text(function.price)} |
| capability | {f"`{function.capability}`" if function.capability else "none"} |
"""


CORE_TYPES = """In core types, `string` (UTF-8) and `bytes` are pointer and length, `buffer` is pointer and capacity; a
guest that passes them exports its memory as `memory`."""


def page(table, errors):
    rows = "\n".join(f"| `{error['name']}` | {error['code']} | {error['doc']} |"
                     for error in errors)
    chapters = "\n".join(chapter(function) for function in table.functions)
    return f"""# Host functions

{NOTICE.format('`abi/*.json`')}

These functions belong to the import module `{table.module}`, and every guest may import them. {CORE_TYPES}
The SDK declares them in `<synapsed/host_functions.hpp>`. Prices are charged where gas is counted.

{chapters}
## Errors

A host function that returns a number returns one of these when it could not do what it was asked
for:

| name | code | meaning |
|---|---|---|
{rows}
"""


def crypto_page(table, prices):
    hashes = "\n".join(f"| {row['code']} | `{row['label']}` | "
                       f"{'any, else ' if row['any_length'] else ''}{row['bytes']} |"
                       for row in table.hashes)
    keys = "\n".join(f"| {row['code']} | `{row['label']}` | {row['kind']} | {row['public'] or ''} | "
                     f"{row['secret']} | {row['output']} |" for row in table.keys)
    work = "\n".join(f"| {group} | `{name}` | {price['base']} | {price['per_kib']} |"
                     for group, rows in prices.items() for name, price in rows.items())
    chapters = "\n".join(chapter(function) for function in table.functions)
    return f"""# Crypto host functions

{NOTICE.format('`abi/crypto.json` and `abi/crypto_prices.toml`')}

These functions belong to the import module `{table.module}`. A host defines them
(`crypto::create_crypto_host_functions`, `synapsed run --crypto`), and a module imports them that was
granted the capability. {CORE_TYPES} The SDK declares them in
`<synapsed/crypto.hpp>`. A negative result is one of the [errors](host-functions.md#errors).

## Hashes

| number | name | bytes |
|---|---|---|
{hashes}

## Keys

Lengths are in bytes, of raw keys; `output` is a ciphertext, signature or tag.

| number | name | kind | public | secret | output |
|---|---|---|---|---|---|
{keys}

## What the work costs

Besides the prices below, in gas: once, and for each 1024 bytes of input and output in proportion, rounded
up. Functions that take a raw secret key cost `generate` of its algorithm too: reading it takes as long.
What a key file's disk takes is in no price.

| work | algorithm | base | per KiB |
|---|---|---|---|
{work}

{chapters}"""


def storage_page(table):
    chapters = "\n".join(chapter(function) for function in table.functions)
    return f"""# Storage host functions

{NOTICE.format('`abi/storage.json`')}

These functions belong to the import module `{table.module}`. A host defines them
(`storage::create_storage_host_functions`), and a module imports them that was granted the capability.
{CORE_TYPES} The SDK declares them in
`<synapsed/storage.hpp>`, and `<synapsed/guest/storage.hpp>` wraps them.

A negative result is one of the [errors](host-functions.md#errors). Besides those that a function names:

| error | when |
|---|---|
| `invalid_argument` | a key has no byte or more than 1024; flags, steps or a counter that are none |
| `denied` | the module was not granted the key, or the whole range; it may not write |
| `exhausted` | a quota is used up: of keys, bytes, a value's length, what is open, operations in a second |
| `not_found` | a scan or blob that is not open |
| `conflict` | another execution changed what this one read; run again it may succeed |
| `unavailable` | the storage cannot be reached, is full, or does not hold what it should |

Scans and blobs are numbers of one execution, which are not given twice. Operations in a second are the
calls, those that close excepted; a batch is as many as it has steps.

Prices are charged where gas is counted, for what a call takes before it acts. What a disk or a server takes
is in no price.

{chapters}"""


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


def read_crypto_prices(tree):
    groups = tomllib.loads((tree / CRYPTO_PRICES).read_text(encoding="utf-8"))
    for group, rows in groups.items():
        for name, price in rows.items():
            need(set(price) == {"base", "per_kib"} and
                 all(isinstance(gas, int) and 0 <= gas < 1 << 36 for gas in price.values()),
                 f"{CRYPTO_PRICES}, {group}.{name}", "a price is base and per_kib, each from 0 to 2^36")
    return groups


def crypto_price_table(prices):
    rows = "\n".join(f'SYNAPSED_CRYPTO_PRICE({camel(group)}, "{name}", {price["base"]}, {price["per_kib"]})'
                     for group, rows in prices.items() for name, price in rows.items())
    return f"""// {NOTICE.format(CRYPTO_PRICES)}
//
// Columns: work, algorithm, gas, gas for each 1024 bytes.

{rows}
"""


def outputs(tree):
    """The text of each generated file."""
    errors = read_errors(tree)
    host, crypto, storage = (read_table(tree, api) for api in (HOST, CRYPTO, STORAGE))
    prices = read_crypto_prices(tree)
    return {
        HOST.header: guest_header(host, errors),
        HOST.rows: host_table(host),
        HOST.page: page(host, errors),
        CRYPTO.header: guest_crypto_header(crypto),
        CRYPTO.rows: host_table(crypto),
        CRYPTO.page: crypto_page(crypto, prices),
        STORAGE.header: guest_storage_header(storage),
        STORAGE.rows: host_table(storage),
        STORAGE.prices: price_table(storage),
        STORAGE.page: storage_page(storage),
        ALGORITHMS: algorithm_table(crypto),
        "src/crypto/prices.def": crypto_price_table(prices),
        "include/synapsed/guest_errors.def": error_table(errors),
        "src/bytecode/gas/schedule.def": gas_table(tree),
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
