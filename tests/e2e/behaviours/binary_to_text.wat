;; A binary module as text.
;;
;; bytes: 00 61 73 6d 01 00 00 00
;; bytes: 01 05 01 60 00 01 7f
;; bytes: 03 02 01 00
;; bytes: 07 0a 01 06 61 6e 73 77 65 72 00 00
;; bytes: 0a 06 01 04 00 41 2a 0b
;;
;; command: wat {file}
;; stdout: (module
;; stdout:   (type (;0;) (func (result i32)))
;; stdout:   (export "answer" (func 0))
;; stdout:   (func (;0;) (type 0) (result i32)
;; stdout:     i32.const 42
;; stdout:   )
;; stdout: )
;;
;; run: --invoke answer
;; stdout: 42
;;
;; command: run - --invoke answer
;; stdin-from: file
;; stdout: 42
