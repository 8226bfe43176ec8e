;; --stats tells times and memory on standard error and leaves standard output alone.
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
(module
  (memory 2)
  (func (export "f") (result i32) (i32.const 1)))
