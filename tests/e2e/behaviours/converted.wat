;; Text becomes binary and binary becomes text.
;;
;; command: wat {file} -o out.wasm
;; leaves-file: unrelated=kept
;; with-file: unrelated=kept
;;
;; run: --invoke answer
;; stdout: 42
;;
;; command: wat {file} -o /dev/null
;;
;; command: wat {file} -o nowhere/out.wasm
;; exit: 244
;; stderr-contains: [host.io]
;; stderr-contains: nowhere/out.wasm
;;
;; command: wat {file}
;; stdout-contains: asm
(module (func (export "answer") (result i32) (i32.const 42)))
