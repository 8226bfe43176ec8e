;; Text that is no module is answered with line and column.
;;
;; bytes: 28 6d 6f 64 75 6c 65 0a 20 20 28 66 75 6e 63 20 28 69 33 32 2e 61 64 64 78 29 29 29 0a
;;
;; run: --invoke f
;; exit: 241
;; stderr-contains: [load.invalid_text]
;; stderr-contains: invalid_text.wasm, line 2, column 10
;;
;; command: validate {file}
;; exit: 241
;; stdout-contains: line 2, column 10
;; stdout-contains: [load.invalid_text]
;;
;; command: wat {file}
;; exit: 241
;; stderr-contains: [load.invalid_text]
