;; A module says what its functions take and return; text and JSON go in and come out.
;;
;; command: inspect {file}
;; stdout-contains: interface (5)
;; stdout-contains:   record point { x: s32, y: u32 }
;; stdout-contains:   echo: func(s: string) -> string;
;;
;; command: inspect --json {file}
;; stdout-json: whole
;; json: interface contains "swap: func(p: point) -> point;"
;;
;; Text is written as it is.
;; run: --invoke echo 'say "hi", {you}'
;; stdout: say "hi", {you}
;;
;; run: --json --invoke echo hi
;; json: values == [{"type": "string", "value": "hi"}]
;;
;; run: --invoke swap '{"x": -1, "y": 7}'
;; stdout: {"x":7,"y":4294967295}
;;
;; run: --json --invoke swap '{"y": 7, "x": -1}'
;; json: values == [{"type": "point", "value": {"x": 7, "y": 4294967295}}]
;;
;; run: --invoke same '[1, null, "0x10"]'
;; stdout: [1,null,16]
;;
;; run: --invoke bytes 0x00ff
;; stdout: 0x00ff
;;
;; run: --invoke wide 18446744073709551615
;; stdout: 18446744073709551615
;;
;; run: --json --invoke wide 9007199254740993
;; json: values == [{"type": "u64", "value": "9007199254740993"}]
;;
;; What is wrong is named with its place.
;; run: --invoke swap '{"x": 1}'
;; exit: 241
;; stderr-contains: "y" is missing
;; stderr-contains: parameter "p" (point) of swap: func(p: point) -> point; JSON pointer ""
;;
;; run: --invoke same '[1, 70000]'
;; exit: 241
;; stderr-contains: [call.argument_range]
;; stderr-contains: JSON pointer "/1"
;;
;; run: --invoke echo
;; exit: 241
;; stderr-contains: "echo" takes 1 argument, and 0 were given
;; stderr-contains: its interface is echo: func(s: string) -> string;
(module
  (@custom "synapsed:interface" "record point { x: s32, y: u32 }\necho: func(s: string) -> string;\n")
  (@custom "synapsed:interface" "swap: func(p: point) -> point; same: func(l: list<option<u16>>) -> list<option<u16>>;\n")
  (@custom "synapsed:interface" "bytes: func(b: list<u8>) -> list<u8>; wide: func(n: u64) -> u64;")
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 1024))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.get $next)
    (global.set $next (i32.and (i32.const -16)
      (i32.add (i32.const 15) (i32.add (global.get $next) (local.get 3))))))
  (func $pair (param i32 i32) (result i32)
    (i32.store (i32.const 16) (local.get 0))
    (i32.store (i32.const 20) (local.get 1))
    (i32.const 16))
  (func (export "swap") (param i32 i32) (result i32) (call $pair (local.get 1) (local.get 0)))
  (func (export "wide") (param i64) (result i64) (local.get 0))
  (export "echo" (func $pair))
  (export "same" (func $pair))
  (export "bytes" (func $pair)))
