;; A component is not a core module, and the error says what to do instead.
;;
;; bytes: 00 61 73 6d 0d 00 01 00
;;
;; run:
;; exit: 241
;; stderr-contains: [load.is_component]
;; stderr-contains: help:
;;
;; command: validate {file}
;; exit: 241
;; stdout-contains: [load.is_component]
