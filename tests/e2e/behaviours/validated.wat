;; Several files, one line each; the exit code is 0 only when all are valid.
;;
;; command: validate {file}
;; stdout-contains: validated.wat: ok
;;
;; command: validate {file} /dev/null {file}
;; exit: 241
;; stdout-contains: validated.wat: ok
;; stdout-contains: /dev/null: error: the module is empty   [load.empty]
;;
;; command: validate --json {file} /dev/null
;; exit: 241
;; stdout-json: whole
;; json: length == 2
;; json: [0].valid == true
;; json: [0].error == null
;; json: [1].file == "/dev/null"
;; json: [1].valid == false
;; json: [1].error.code == "load.empty"
;;
;; command: validate -
;; stdin-from: file
;; stdout: -: ok
;;
;; Imports are not looked at.
;; run: --invoke f
;; exit: 241
;; stderr-contains: [security.import_denied]
(module
  (import "env" "g" (func))
  (func (export "f")))
