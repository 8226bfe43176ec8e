;; A wrong command line is answered on standard error with code 240.
;;
;; run: --frobnicate --invoke f
;; exit: 240
;; stderr-contains: error: unknown option "--frobnicate"   [usage]
;; stderr-contains: synapsed run --help shows what it takes; options of the guest stand after --
;;
;; The nearest name is offered.
;; run: --timeuot 1s --invoke f
;; exit: 240
;; stderr-contains: unknown option "--timeuot"
;; stderr-contains: help: did you mean "--timeout"?
;;
;; command: isnpect {file}
;; exit: 240
;; stderr-contains: help: did you mean "inspect"?
;;
;; command: frobnicate
;; exit: 240
;; stderr-contains: error: unknown command "frobnicate"   [usage]
;;
;; command: run
;; exit: 240
;; stderr-contains: FILE is required
;;
;; command: run --invoke
;; exit: 240
;; stderr-contains: --invoke takes one value, once
;;
;; command: inspect {file} {file}
;; exit: 240
;; stderr-contains: unexpected argument
;;
;; command: config
;; exit: 240
;; stderr-contains: help: synapsed config --help shows what it takes
;;
;; run: --profile fast --invoke f
;; exit: 240
;; stderr-contains: "fast" is not one of development, production, blockchain, web
;;
;; command: completion tcsh
;; exit: 240
;; stderr-contains: "tcsh" is not one of bash, zsh, fish
;;
;; run: --dir "" --invoke f
;; exit: 240
;; stderr-contains: names no directory
;;
;; run: --env =x --invoke f
;; exit: 240
;; stderr-contains: names no variable
;;
;; run: --timeout 1s --timeout 2s --invoke f
;; exit: 240
;; stderr-contains: --timeout takes one value, once
(module (func (export "f")))
