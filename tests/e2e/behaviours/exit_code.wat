;; A command's exit code is the exit code.
;;
;; run: 
;; exit: 3
;;
;; run: --json
;; exit: 3
;; json: exit_code == 3
;; json: error == null
;;
;; So it is for a function that was called by name.
;; run: --json --invoke exit 0
;; json: exit_code == 0
;; json: values == []
;;
;; run: --invoke exit 125
;; exit: 125
;;
;; Codes beyond 125 are not a guest's to give.
;; run: --invoke exit 126
;; exit: 242
;; stderr-contains: [trap.
;;
;; A command that returns has succeeded.
;; run: --json --invoke return
;; json: exit_code == null
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (call $proc_exit (i32.const 3)))
  (func (export "exit") (param i32) (call $proc_exit (local.get 0)))
  (func (export "return")))
