;; Where results must agree on every machine, NaNs are canonical.
;;
;; run: --profile blockchain --invoke bits
;; stdout: 2143289344
(module
  (func (export "bits") (result i32)
    (i32.reinterpret_f32 (f32.div (f32.const 0) (f32.const -0)))))
