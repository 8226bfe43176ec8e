;; --stats tells times, memory and host calls on standard error and leaves standard output alone.
;;
;; run: --stats --invoke f
;; stdout: 1
;; stderr-contains: compile
;; stderr-contains: run
;; stderr-contains: peak memory  128 KiB
;;
;; run: --stats --json --invoke f
;; json: values[0].value == 1
;; json: peak_memory_bytes == 131072
;; stderr-contains: peak memory  128 KiB
;;
;; run: --stats --invoke g
;; stderr-contains: host function   calls  failed
;; stderr-contains: synapsed@1.log  2      0
;;
;; run: --stats --json --invoke g
;; json: host_calls[0].function == "log"
;; json: host_calls[0].calls == 2
;; json: host_calls[0].failed == 0
;; stderr-contains: synapsed@1.log  2      0
(module
  (import "synapsed@1" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 2)
  (func (export "f") (result i32) (i32.const 1))
  (func (export "g")
    (call $log (i32.const 2) (i32.const 0) (i32.const 0))
    (call $log (i32.const 2) (i32.const 0) (i32.const 0))))
