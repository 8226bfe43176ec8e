;; A command sees its arguments and the environment it was granted, and nothing else.
;;
;; run:
;; stdout: arguments_and_environment.wat
;;
;; run: one "two words" ""
;; stdout: arguments_and_environment.wat
;; stdout: one
;; stdout: two words
;; stdout:
;;
;; After the first argument everything is the program's, flags and -- too.
;; run: first --json --timeout -5 --
;; stdout: arguments_and_environment.wat
;; stdout: first
;; stdout: --json
;; stdout: --timeout
;; stdout: -5
;; stdout: --
;;
;; Before that, -- says so.
;; run: -- --help
;; stdout: arguments_and_environment.wat
;; stdout: --help
;;
;; command: run -- {file} --help
;; stdout: arguments_and_environment.wat
;; stdout: --help
;;
;; run: -7 [a,b] {}
;; stdout: arguments_and_environment.wat
;; stdout: -7
;; stdout: [a,b]
;; stdout: {}
;;
;; run: --env COLOUR=blue --env EMPTY= --env EQUATION=a=b
;; stdout: arguments_and_environment.wat
;; stdout: COLOUR=blue
;; stdout: EMPTY=
;; stdout: EQUATION=a=b
;;
;; A name alone passes on what the process has, if it has it.
;; run: --env GIVEN --env ABSENT x
;; env: GIVEN=from outside
;; env: OTHER=not passed on
;; stdout: arguments_and_environment.wat
;; stdout: x
;; stdout: GIVEN=from outside
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get"
    (func $environ_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  ;; 0: count, 4: size, 8: iovec, 16: written, 1024: pointers, 8192: text

  ;; Replaces the NUL bytes of the text by line ends and writes it.
  (func $print (local $at i32) (local $end i32)
    (local.set $at (i32.const 8192))
    (local.set $end (i32.add (local.get $at) (i32.load (i32.const 4))))
    (block $done
      (loop $again
        (br_if $done (i32.eq (local.get $at) (local.get $end)))
        (if (i32.eqz (i32.load8_u (local.get $at)))
          (then (i32.store8 (local.get $at) (i32.const 10))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $again)))
    (i32.store (i32.const 8) (i32.const 8192))
    (i32.store (i32.const 12) (i32.load (i32.const 4)))
    (drop (call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16))))

  (func (export "_start")
    (drop (call $args_sizes (i32.const 0) (i32.const 4)))
    (drop (call $args (i32.const 1024) (i32.const 8192)))
    (call $print)
    (drop (call $environ_sizes (i32.const 0) (i32.const 4)))
    (drop (call $environ (i32.const 1024) (i32.const 8192)))
    (call $print)))
