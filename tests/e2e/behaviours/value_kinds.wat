;; Every kind of value goes in and comes out, as text and as JSON.
;;
;; run: --invoke i32 -1
;; stdout: -1
;;
;; run: --json --invoke i32 -1
;; json: values[0].type == "i32"
;; json: values[0].value == -1
;;
;; An i64 is a string in JSON, so that no reader rounds it.
;; run: --json --invoke i64 9007199254740993
;; json: values[0].type == "i64"
;; json: values[0].value == "9007199254740993"
;;
;; A float prints the fewest digits that read back the same.
;; run: --invoke f32 0.1
;; stdout: 0.1
;;
;; run: --json --invoke f32 0.1
;; json: values[0].type == "f32"
;; json: values[0].value == 0.1
;;
;; run: --json --invoke f64 -1.5e300
;; json: values[0].type == "f64"
;; json: values[0].value == -1.5e300
;;
;; run: --invoke f64 -0.0
;; stdout: -0
;;
;; run: --invoke f64 0x1.8p1
;; stdout: 3
;;
;; JSON knows no NaN and no infinity.
;; run: --invoke f64 nan
;; stdout: nan
;;
;; run: --json --invoke f32 nan
;; json: values[0].value == "nan"
;;
;; run: --json --invoke f64 inf
;; json: values[0].value == "inf"
;;
;; run: --json --invoke f64 -inf
;; json: values[0].value == "-inf"
;;
;; run: --invoke v128 0x000102030405060708090a0b0c0d0e0f
;; stdout: 0x000102030405060708090a0b0c0d0e0f
;;
;; run: --json --invoke v128 0x000102030405060708090a0b0c0d0e0f
;; json: values[0].type == "v128"
;; json: values[0].value == "0x000102030405060708090a0b0c0d0e0f"
;;
;; run: --invoke v128 0x0001
;; exit: 241
;; stderr-contains: [call.argument_range]
;;
;; Of references, only null can be written.
;; run: --invoke funcref null
;; stdout: null
;;
;; run: --json --invoke externref null
;; json: values == [{"type": "externref", "value": null}]
;;
;; run: --json --invoke itself
;; json: values[0].type == "funcref"
;; json: values[0].value != null
;;
;; run: --invoke externref 5
;; exit: 241
;; stderr-contains: only null can be written
(module
  (func (export "i32") (param i32) (result i32) (local.get 0))
  (func (export "i64") (param i64) (result i64) (local.get 0))
  (func (export "f32") (param f32) (result f32) (local.get 0))
  (func (export "f64") (param f64) (result f64) (local.get 0))
  (func (export "v128") (param v128) (result v128) (local.get 0))
  (func (export "funcref") (param funcref) (result funcref) (local.get 0))
  (func (export "externref") (param externref) (result externref) (local.get 0))
  (func $itself (export "itself") (result funcref) (ref.func $itself)))
