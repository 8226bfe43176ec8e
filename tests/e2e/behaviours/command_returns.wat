;; A command that returns from _start ended with exit code 0.
;;
;; run:
;;
;; run: --json
;; json: exit_code == 0
;; json: values == []
;; json: error == null
(module (func (export "_start")))
