;; --dry-run prints the gas a call needs: with it the call returns, with one less it does not.
;;
;; run: --dry-run --invoke spin 5
;; stdout: 42
;;
;; run: --dry-run --json --invoke spin 5
;; json: gas_needed == 42
;; json: error == null
;; json: values == []
;;
;; run: --gas 42 --invoke spin 5
;;
;; run: --gas 41 --invoke spin 5
;; exit: 243
;; stderr-contains: [limit.out_of_gas]
;;
;; A limit holds for a dry run, too.
;; run: --dry-run --gas 41 --json --invoke spin 5
;; exit: 243
;; json: error.code == "limit.out_of_gas"
;; json: gas_needed == null
;;
;; A call that fails has its error.
;; run: --dry-run --invoke fault
;; exit: 242
;; stderr-contains: [trap.memory_out_of_bounds]
;;
;; What it logs and writes is thrown away, and it gets no directory it could change.
;; run: --dry-run --invoke say
;; stdout: 116
;;
;; run: --dry-run --dir . --invoke spin 5
;; exit: 241
;; stderr-contains: error: what a dry run writes to a directory would last   [security.path_denied]
;; stderr-contains: help: grant it read-only
;;
;; run: --dry-run --dir .:ro --invoke spin 5
;; stdout: 42
;;
;; run: --dry-run --gas-report --invoke spin 5
;; exit: 240
;; stderr-contains: --gas-report excludes --dry-run
(module
  (import "synapsed@1" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "careful")
  (func $spin (export "spin") (param i64)
    (loop $again
      (local.set 0 (i64.sub (local.get 0) (i64.const 1)))
      (br_if $again (i64.ne (local.get 0) (i64.const 0)))))
  (func (export "say") (call $log (i32.const 3) (i32.const 0) (i32.const 7)))
  (func (export "fault") (drop (i32.load (i32.const -1)))))
