;; A start function that never returns ends at the time limit as well.
;;
;; run: --timeout 200ms --json --invoke f
;; exit: 243
;; within: 5s
;; json: error.code == "limit.deadline"
(module
  (func $start (loop $again (br $again)))
  (start $start)
  (func (export "f")))
