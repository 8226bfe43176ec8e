;; The proposals a module uses are named, each with its first use, and every one the engine has is
;; valid.
;;
;; command: inspect {file} --json
;; stdout-json: whole
;; json: features.length == 2
;; json: features[0].name == "multi-value"
;; json: features[1].name == "simd"
;; json: features[1].function == 0
;;
;; command: validate {file}
;; stdout-contains: proposals.wat: ok
;;
;; run: --invoke lanes
;; stdout: 7
;;
;; run: --invoke both 5
;; stdout: 5
;; stdout: 5
(module
  (func (export "lanes") (result i32)
    (i32x4.extract_lane 2 (v128.const i32x4 1 3 7 9)))
  (func (export "both") (param i32) (result i32 i32)
    (local.get 0) (local.get 0)))
