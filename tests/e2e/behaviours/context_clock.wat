;; --time and --random-seed decide what the guest's clocks and random numbers are, also where the
;; host's are forbidden.
;;
;; run: --profile blockchain --time 2026-01-02T03:04:05Z --random-seed 0000000000000000000000000000000000000000000000000000000000000000 --invoke both
;; stdout: 1767323045000000000
;; stdout: -8321741775382367188
;;
;; run: --time 2026-01-02T03:04:05.000000007Z --random-seed 0000000000000000000000000000000000000000000000000000000000000000 --invoke both
;; stdout: 1767323045000000007
;; stdout: -8321741775382367188
;;
;; Without them a profile that forbids the host's refuses the module.
;; run: --profile blockchain --time 2026-01-02T03:04:05Z --invoke both
;; exit: 241
;; stderr-contains: error: import "wasi_snapshot_preview1.random_get" reaches files, clocks, random numbers or sockets, which security.disable_unsafe_host_functions forbids   [security.unsafe_host_function]
;; stderr-contains: , import 2 of 2
;; stderr-contains: help: choose another --profile; clocks and random numbers can be given by --time and --random-seed
;;
;; command: check {file} --profile blockchain
;; stdout-contains: note: import "wasi_snapshot_preview1.clock_time_get" needs executions whose context has clocks or random numbers   [import.from_context]
;; stdout-contains:   environment  met     clocks and random numbers, which the context of an execution answers alone
;;
;; run: --time tomorrow --invoke both
;; exit: 240
;; stderr-contains: error: "tomorrow" is no time
;; stderr-contains: help: write it as 2026-01-02T03:04:05Z; 1970 to 2261
;;
;; run: --random-seed 00 --invoke both
;; exit: 240
;; stderr-contains: help: it takes 64 hexadecimal digits
(module
  (import "wasi_snapshot_preview1" "clock_time_get"
    (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (memory (export "memory") 1 1)
  (func (export "both") (result i64 i64)
    (drop (call $clock_time_get (i32.const 0) (i64.const 1) (i32.const 0)))
    (drop (call $random_get (i32.const 8) (i32.const 8)))
    (i64.load (i32.const 0))
    (i64.load (i32.const 8))))
