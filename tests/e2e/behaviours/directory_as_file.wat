;; A directory where a file should be.
;;
;; file: directory
;;
;; run:
;; exit: 241
;; stderr-contains: [load.unreadable]
;; stderr-contains: Is a directory
;;
;; command: wat {file}
;; exit: 241
;; stderr-contains: [load.unreadable]
