;; A function is called with numbers as they are typed.
;;
;; run: --invoke add 10 20
;; stdout: 30
;;
;; The options may stand before the file, too.
;; run: --invoke add {file} 10 20
;; stdout: 30
;;
;; run: --invoke=add {file} 10 20
;; stdout: 30
;;
;; A negative number is an argument, not an option, even as the first one.
;; run: --invoke add -5 3
;; stdout: -2
;;
;; run: --invoke add -- -5 -3
;; stdout: -8
;;
;; Hexadecimal, separators, and the unsigned reading of an i32.
;; run: --invoke add 0xff 1_000
;; stdout: 1255
;;
;; run: --invoke add 4294967295 0
;; stdout: -1
;;
;; run: --invoke add -0x80000000 0
;; stdout: -2147483648
;;
;; run: --json --invoke add 10 20
;; json: values == [{"type": "i32", "value": 30}]
;; json: exit_code == null
;; json: error == null
;; json: compile_ms > 0
;; json: duration_ms > 0
;; json: gas_used == null
;; json: peak_memory_bytes == 0
;;
;; Once the arguments have begun, nothing is an option any more.
;; run: --invoke add 1 --json
;; exit: 241
;; stderr-contains: "--json" is not a value of type i32
;; stderr-contains: [call.argument_type]
;; stderr-contains: help: options stand before the first argument
;;
;; run: --invoke add 1 2 --json
;; exit: 241
;; stderr-contains: [call.argument_count]
;; stderr-contains: options stand before the first argument
(module
  (func (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1))))
