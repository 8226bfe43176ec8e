;; A well-formed module with a type error: an i32 function that returns nothing.
;;
;; bytes: 00 61 73 6d 01 00 00 00
;; bytes: 01 05 01 60 00 01 7f
;; bytes: 03 02 01 00
;; bytes: 0a 04 01 02 00 0b
;;
;; run: --invoke f
;; exit: 241
;; stderr-contains: [load.invalid_module]
;;
;; command: validate {file}
;; exit: 241
;; stdout-contains: invalid_module.wasm: error: 
;; stdout-contains: [load.invalid_module]
