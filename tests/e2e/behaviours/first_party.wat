;; A guest logs to standard error, and a panic carries the guest's own message.
;;
;; run: --invoke log
;; stderr: warning: two
;; stderr:   lines, and \x1b no escape
;;
;; run: --invoke panic
;; exit: 242
;; stderr-contains: error: the guest panicked: out of cheese   [trap.panic]
;; stderr-contains: at 0: panic
;;
;; run: --json --invoke panic
;; exit: 242
;; json: error.code == "trap.panic"
;; json: error.message == "the guest panicked: out of cheese"
(module
  (import "synapsed@1" "log" (func $log (param i32 i32 i32)))
  (import "synapsed@1" "panic" (func $panic (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "two\nlines, and \1b no escape")
  (data (i32.const 100) "out of cheese")
  (func (export "log") (call $log (i32.const 3) (i32.const 0) (i32.const 26)))
  (func $panicking (export "panic") (call $panic (i32.const 100) (i32.const 13)) unreachable))
