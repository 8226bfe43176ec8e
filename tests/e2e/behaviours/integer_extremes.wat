;; The ends of the integer ranges, signed and unsigned.
;;
;; run: --invoke i64 9223372036854775807
;; stdout: 9223372036854775807
;;
;; run: --invoke i64 -9223372036854775808
;; stdout: -9223372036854775808
;;
;; run: --invoke i64 18446744073709551615
;; stdout: -1
;;
;; run: --invoke i64 0xffff_ffff_ffff_ffff
;; stdout: -1
;;
;; run: --invoke i64 18446744073709551616
;; exit: 241
;; stderr-contains: [call.argument_range]
;;
;; run: --invoke i64 -9223372036854775809
;; exit: 241
;; stderr-contains: [call.argument_range]
;;
;; run: --invoke i32 2147483647
;; stdout: 2147483647
;;
;; run: --invoke i32 2147483648
;; stdout: -2147483648
;;
;; run: --json --invoke i64 -9223372036854775808
;; json: values[0].value == "-9223372036854775808"
(module
  (func (export "i32") (param i32) (result i32) (local.get 0))
  (func (export "i64") (param i64) (result i64) (local.get 0)))
