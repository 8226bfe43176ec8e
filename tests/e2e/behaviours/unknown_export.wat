;; A name that is not exported is answered with the nearest one.
;;
;; run: --invoke sume 1
;; exit: 241
;; stderr-contains: no function "sume" is exported   [call.unknown_export]
;; stderr-contains: help:
;; stderr-contains: sum
;;
;; run: --json --invoke nowhere
;; exit: 241
;; json: error.code == "call.unknown_export"
;; json: error.trap == null
;;
;; An export of another kind is not called.
;; run: --invoke memory
;; exit: 241
;; stderr-contains: [call.not_a_function]
;;
;; Without --invoke the file must be a command.
;; run:
;; exit: 241
;; stderr-contains: the module is not a command: it exports no "_start"   [call.unknown_export]
;; stderr-contains: help: name a function with --invoke: there is "sum"
(module
  (memory (export "memory") 1)
  (func (export "sum") (param i32) (result i32) (local.get 0)))
