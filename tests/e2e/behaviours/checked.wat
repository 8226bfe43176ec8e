;; Every reason to refuse a module is shown, each with its place and what avoids it.
;;
;; command: check {file} --profile blockchain --export missing --refuse floats --refuse simd
;; exit: 241
;; stdout-contains: refused: import "env.open" (func), 1 of 3, is not granted   [import.denied]
;; stdout-contains: refused: import "wasi_snapshot_preview1.sched_yield" reaches files, clocks, random numbers or sockets   [import.unsafe]
;; stdout-contains: refused: there is no exported function "missing"   [export.missing]
;; stdout-contains: refused: the module uses threads, whose results depend on timing   [feature.threads]
;; stdout-contains: , function 4 (start)
;; stdout-contains:   help: compile with -mno-simd128; Rust: -C target-feature=-simd128
;; stdout-contains: refused: the module uses floating-point numbers
;; stdout-contains: , function 3 (work)
;; stdout-contains: refused: memory 0 may grow to
;; stdout-contains: note: function 4 (start) runs whenever the module is instantiated   [module.start]
;; stdout-contains: The same result on every machine:
;; stdout-contains:   threads      not met shared memories or atomics: results depend on timing (offset
;; stdout-contains:   floats       met     floating-point numbers; every NaN is made canonical (offset
;; stdout-contains:   environment  not met import "wasi_snapshot_preview1.sched_yield" reaches files
;; stdout-contains:   stack        met     calls go too deep at 960 KiB, counted
;; stdout-contains: 7 reasons to refuse it under profile blockchain
;;
;; command: check {file} --json --profile blockchain --grant env.open
;; exit: 241
;; stdout-json: whole
;; json: error == null
;; json: profile == "blockchain"
;; json: refused == true
;; json: findings[0].rule == "import.unsafe"
;; json: findings[0].refuses == true
;; json: findings[0].function == null
;; json: determinism[0].rule == "threads"
;; json: determinism[0].met == false
;; json: determinism[1].function_name == "work"
;;
;; command: check {file} --refuse unknown
;; exit: 240
;; stderr-contains: there is no feature "unknown"
(module
  (import "env" "open" (func (param i32)))
  (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
  (import "synapsed@1" "log" (func (param i32 i32 i32)))
  (memory 1 60000 shared)
  (func $work (export "work") (result f64) (f64.const 0))
  (func $start (local v128))
  (start $start))
