;; A trap in the start function is a trap of the run.
;;
;; run: --invoke f
;; exit: 242
;; stderr-contains: [trap.unreachable]
;; stderr-contains: at 0: fail (boot!function 0 @ 0x
;;
;; run: --json --invoke f
;; exit: 242
;; json: error.trap.kind == "trap.unreachable"
;; json: error.trap.frames[0].function == "fail"
;; json: error.trap.frames[0].module == "boot"
;; json: values == []
(module $boot
  (func $fail unreachable)
  (start $fail)
  (func (export "f")))
