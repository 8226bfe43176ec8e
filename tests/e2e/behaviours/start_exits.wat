;; A start function may end the program before anything is called.
;;
;; run: --invoke f
;; exit: 7
;;
;; run: --json --invoke f
;; exit: 7
;; json: exit_code == 7
;; json: error == null
;; json: values == []
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (func $start (call $proc_exit (i32.const 7)))
  (start $start)
  (func (export "f") (result i32) (i32.const 1)))
