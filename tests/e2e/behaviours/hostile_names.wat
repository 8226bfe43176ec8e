;; Names are the module author's to choose, and do not steer the reader's terminal.
;;
;; command: inspect {file}
;; stdout-contains: \x1b[2Jcleared
;; stdout-contains: new line
;;
;; run: --invoke nothing
;; exit: 241
;; stderr-contains: \x1b[2Jcleared
;;
;; run: --json --invoke nothing
;; exit: 241
;; json: error.hint contains "cleared"
;;
;; run: --invoke trap
;; exit: 242
;; stderr-contains: at 0: \x1b[31mred (function 0 @ 0x
(module
  (func $trap (@name "\1b[31mred") (export "trap") unreachable)
  (func (export "\1b[2Jcleared"))
  (func (export "new\nline")))
