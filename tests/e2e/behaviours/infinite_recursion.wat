;; Recursion without an end uses up the guest's stack, not the host's.
;;
;; run: --invoke recurse 1
;; exit: 243
;; within: 5s
;; stderr-contains: [limit.stack]
;; stderr-contains: help: --max-stack sets another limit
;; stderr-contains: at 19: recurse
;;
;; run: --json --invoke recurse 1
;; exit: 243
;; json: error.code == "limit.stack"
;; json: error.trap.frames.length == 20
;;
;; A larger stack goes deeper.
;; run: --max-stack 64KiB --invoke depth 10000
;; exit: 243
;; stderr-contains: [limit.stack]
;;
;; run: --max-stack 4MiB --invoke depth 10000
;; stdout: 10000
(module
  (func $recurse (export "recurse") (param i32) (result i32)
    (i32.add (i32.const 1) (call $recurse (local.get 0))))
  (func $depth (export "depth") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $depth (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0)))))
