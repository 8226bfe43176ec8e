;; What is wrong with an argument is said by number, type and function.
;;
;; run: --invoke mix 1 two 3
;; exit: 241
;; stderr-contains: error: "two" is not a value of type i64: write an integer, decimal or 0x…   [call.argument_type]
;; stderr-contains: wrong_arguments.wat, parameter 2 (i64) of "mix", a func (i32, i64, f32) -> ()
;;
;; run: --invoke mix 1 2 3,5
;; exit: 241
;; stderr-contains: parameter 3 (f32) of "mix"
;;
;; run: --invoke mix 4294967296 2 3
;; exit: 241
;; stderr-contains: [call.argument_range]
;; stderr-contains: parameter 1 (i32) of "mix"
;;
;; run: --invoke mix -2147483649 2 3
;; exit: 241
;; stderr-contains: [call.argument_range]
;;
;; run: --json --invoke mix 1 18446744073709551616 3
;; exit: 241
;; json: error.code == "call.argument_range"
;; json: error.where contains "parameter 2 (i64) of \"mix\""
;; json: values == []
;; json: duration_ms == null
;;
;; Too few and too many.
;; run: --invoke mix 1 2
;; exit: 241
;; stderr-contains: [call.argument_count]
;; stderr-contains: (i32, i64, f32) -> ()
;;
;; run: --json --invoke mix 1 2 3 4
;; exit: 241
;; json: error.code == "call.argument_count"
;;
;; run: --invoke none ""
;; exit: 241
;; stderr-contains: [call.argument_count]
;;
;; An empty argument is not zero.
;; run: --invoke mix "" 2 3
;; exit: 241
;; stderr-contains: [call.argument_type]
(module
  (func (export "none"))
  (func (export "mix") (param i32 i64 f32)))
