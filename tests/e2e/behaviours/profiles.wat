;; A profile sets the rules: what the machine may be asked for, and how much.
;;
;; run: --profile development
;; run: --profile production
;;
;; run: --profile blockchain
;; exit: 241
;; stderr-contains: import "wasi_snapshot_preview1.random_get"
;; stderr-contains: [security.unsafe_host_function]
;; stderr-contains: help: choose another --profile
;;
;; run: --profile web --json
;; exit: 241
;; json: error.code == "security.unsafe_host_function"
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (drop (call $random_get (i32.const 0) (i32.const 8)))))
