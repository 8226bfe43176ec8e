;; Ctrl-C ends a guest that computes, and what was asked for is still printed.
;;
;; run: --json
;; signal: INT
;; exit: 130
;; within: 5s
;; stdout: ready
;; json: error.code == "limit.cancelled"
;; json: error.trap.kind == "limit.cancelled"
;; json: values == []
;; json: exit_code == null
;; json: duration_ms > 0
;;
;; run: --stats
;; signal: INT
;; exit: 130
;; within: 5s
;; stdout: ready
;; stderr-contains: [limit.cancelled]
;; stderr-contains: peak memory
;;
;; run: --json
;; signal: TERM
;; exit: 143
;; within: 5s
;; stdout: ready
;; json: error.code == "limit.cancelled"
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\06\00\00\00")  ;; iovec: 6 bytes at 16
  (data (i32.const 16) "ready\n")
  (func (export "_start")
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (loop $again (br $again))))
