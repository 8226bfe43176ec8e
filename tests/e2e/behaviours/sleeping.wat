;; A guest that sleeps for ten seconds cannot be interrupted by the engine, and ends all the same.
;;
;; run: --timeout 200ms
;; exit: 243
;; within: 5s
;; stdout: ready
;; stderr-contains: error: the time limit of 200 ms passed while the guest was waiting in a host call   [limit.deadline]
;; stderr-contains: sleeping.wat
;;
;; run: --timeout 200ms --json
;; exit: 243
;; within: 5s
;; stdout: ready
;; json: error.code == "limit.deadline"
;; json: error.message contains "waiting in a host call"
;; json: exit_code == null
;;
;; run: --json
;; signal: INT
;; exit: 130
;; within: 5s
;; stdout: ready
;; json: error.code == "limit.cancelled"
;; json: error.message contains "cancelled by SIGINT while the guest was waiting in a host call"
;; json: compile_ms > 0
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff"
    (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\06\00\00\00")  ;; iovec: 6 bytes at 16
  (data (i32.const 16) "ready\n")
  (func (export "_start")
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (i32.store (i32.const 80) (i32.const 1))                   ;; the monotonic clock
    (i64.store (i32.const 88) (i64.const 10000000000))         ;; 10 s
    (drop (call $poll_oneoff (i32.const 64) (i32.const 128) (i32.const 1) (i32.const 192)))))
