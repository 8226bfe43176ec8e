;; A function may return several values: one line each.
;;
;; run: --invoke divide 17 5
;; stdout: 3
;; stdout: 2
;;
;; run: --json --invoke divide 17 5
;; json: values == [{"type": "i32", "value": 3}, {"type": "i32", "value": 2}]
;;
;; run: --invoke all
;; stdout: 1
;; stdout: -2
;; stdout: 0.5
;; stdout: nan
;;
;; More results than parameters, and none at all.
;; run: --invoke nothing
(module
  (func (export "divide") (param i32 i32) (result i32 i32)
    (i32.div_u (local.get 0) (local.get 1))
    (i32.rem_u (local.get 0) (local.get 1)))
  (func (export "all") (result i32 i64 f32 f64)
    (i32.const 1) (i64.const -2) (f32.const 0.5) (f64.const nan))
  (func (export "nothing")))
