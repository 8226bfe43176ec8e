;; A command reads standard input to its end and writes it out again.
;;
;; run:
;; stdin: first line
;; stdin: second line
;; stdout: first line
;; stdout: second line
;;
;; Nothing to read is the end at once.
;; run:
;;
;; What the guest writes comes before the JSON.
;; run: --json
;; stdin: hello
;; stdout: hello
;; json: exit_code == 0
;; json: values == []
;;
;; Input that never comes: the guest is inside a host call, and the time limit holds all the same.
;; run: --timeout 200ms
;; stdin-held: yes
;; exit: 243
;; within: 5s
;; stderr-contains: error: the time limit of 200 ms passed while the guest was waiting in a host call   [limit.deadline]
;;
;; run: --timeout 200ms --json
;; stdin-held: yes
;; exit: 243
;; within: 5s
;; json: error.code == "limit.deadline"
;; json: error.trap == null
;; json: duration_ms > 400
;; json: peak_memory_bytes == null
;;
;; A module on standard input leaves the guest nothing to read.
;; command: run -
;; stdin-from: file
(module
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\00\10\00\00")  ;; iovec: 4096 bytes at 16
  (func (export "_start")
    (loop $again
      (i32.store (i32.const 4) (i32.const 4096))
      (br_if 1 (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br_if 1 (i32.eqz (i32.load (i32.const 8))))
      (i32.store (i32.const 4) (i32.load (i32.const 8)))
      (br_if 1 (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))
      (br $again))))
