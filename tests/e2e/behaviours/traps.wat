;; A guest's fault is told by kind, with the guest's own call stack.
;;
;; run: --invoke divide 1 0
;; exit: 242
;; stderr-contains: [trap.integer_division_by_zero]
;; stderr-contains: traps.wat, function "divide"
;; stderr-contains:   at 0: quotient (faults!function 0 @ 0x
;; stderr-contains:   at 1: divide (faults!function 1 @ 0x
;;
;; run: --json --invoke divide 1 0
;; exit: 242
;; json: error.code == "trap.integer_division_by_zero"
;; json: error.trap.kind == "trap.integer_division_by_zero"
;; json: error.trap.frames.length == 2
;; json: error.trap.frames[0].function_index == 0
;; json: error.trap.frames[0].function == "quotient"
;; json: error.trap.frames[0].module == "faults"
;; json: error.trap.frames[0].offset > 0
;; json: error.trap.frames[1].function == "divide"
;; json: values == []
;; json: exit_code == null
;; json: duration_ms > 0
;; json: peak_memory_bytes == 65536
;;
;; run: --invoke divide -2147483648 -1
;; exit: 242
;; stderr-contains: [trap.integer_overflow]
;;
;; run: --invoke unreachable
;; exit: 242
;; stderr-contains: [trap.unreachable]
;;
;; run: --invoke load 65536
;; exit: 242
;; stderr-contains: [trap.memory_out_of_bounds]
;;
;; run: --invoke load 65533
;; exit: 242
;; stderr-contains: [trap.memory_out_of_bounds]
;;
;; run: --invoke load 65532
;; stdout: 0
;;
;; run: --invoke truncate nan
;; exit: 242
;; stderr-contains: [trap.bad_conversion_to_integer]
;;
;; run: --invoke call_table 0
;; exit: 242
;; stderr-contains: [trap.indirect_call_to_null]
;;
;; run: --invoke call_table 1
;; exit: 242
;; stderr-contains: [trap.bad_signature]
;;
;; run: --invoke call_table 2
;; exit: 242
;; stderr-contains: [trap.table_out_of_bounds]
(module $faults
  (memory 1)
  (table $table 2 funcref)
  (elem (i32.const 1) $quotient)
  (type $nullary (func))
  (func $quotient (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func $divide (export "divide") (param i32 i32) (result i32)
    (i32.add (i32.const 0) (call $quotient (local.get 0) (local.get 1))))
  (func (export "unreachable") unreachable)
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "truncate") (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
  (func (export "call_table") (param i32) (call_indirect $table (type $nullary) (local.get 0))))
