;; Memory grows up to the limit; asking for more ends the guest.
;;
;; run: --max-memory 1MiB --invoke grow_for_ever
;; exit: 243
;; within: 5s
;; stderr-contains: the guest asked for 1.1 MiB of memory and may hold 1 MiB   [limit.memory]
;; stderr-contains: help: --max-memory sets another limit
;; stderr-contains: at 0: grow_for_ever (function 1 @ 0x
;;
;; run: --max-memory 1MiB --json --invoke grow_for_ever
;; exit: 243
;; json: error.code == "limit.memory"
;; json: error.trap.kind == "limit.memory"
;; json: peak_memory_bytes == 1048576
;;
;; run: --json --invoke grow_for_ever
;; exit: 243
;; json: peak_memory_bytes == 268435456
;;
;; run: --max-memory 1MiB --invoke grow_by 15
;; stdout: 1
;;
;; The module's own maximum is no fault: memory.grow says -1.
;; run: --invoke grow_by 5000
;; stdout: -1
;;
;; A limit above the profile's own is the user's to choose.
;; run: --max-memory 300MiB --invoke grow_by 4700
;; stdout: 1
;;
;; run: --invoke grow_by 4700
;; exit: 243
;; stderr-contains: [limit.memory]
(module
  (memory (export "memory") 1 4800)
  (func (export "grow_by") (param i32) (result i32) (memory.grow (local.get 0)))
  (func $grow_for_ever (export "grow_for_ever")
    (loop $again
      (drop (memory.grow (i32.const 1)))
      (br $again))))
