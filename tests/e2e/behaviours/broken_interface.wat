;; An interface that does not fit what the module exports.
;;
;; run: --invoke f 1
;; exit: 241
;; stderr-contains: "f" is exported with type (i32) -> (), and by its interface has (i64) -> ()
;; stderr-contains: [load.invalid_interface]
;;
;; command: inspect {file}
;; exit: 241
;; stderr-contains: [load.invalid_interface]
(module
  (@custom "synapsed:interface" "f: func(n: s64);")
  (func (export "f") (param i32)))
