;; An import that nobody provides: refused, a trap when it is called, or zeros.
;;
;; run: --invoke twice 4
;; exit: 241
;; stderr-contains: import "env.log" is not granted   [security.import_denied]
;; stderr-contains: import 1 of 1
;; stderr-contains: help: no host function has this name; --unknown-imports trap or zero loads the module without it
;;
;; run: --unknown-imports deny --json --invoke twice 4
;; exit: 241
;; json: error.code == "security.import_denied"
;; json: error.hint != null
;;
;; Trapping only when it is called.
;; run: --unknown-imports trap --invoke twice 4
;; stdout: 8
;;
;; run: --unknown-imports trap --json --invoke logged 4
;; exit: 242
;; json: error.code == "trap.unknown_import"
;; json: error.trap.kind == "trap.unknown_import"
;;
;; run: --unknown-imports zero --invoke logged 4
;; stdout: 0
;;
;; run: --unknown-imports never --invoke twice 4
;; exit: 240
;; stderr-contains: "never" is not one of deny, trap, zero
(module
  (import "env" "log" (func $log (param i32) (result i32)))
  (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
  (func (export "logged") (param i32) (result i32) (call $log (local.get 0))))
