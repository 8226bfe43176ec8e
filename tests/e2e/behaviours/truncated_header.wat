;; The file ends in the middle of the header.
;;
;; bytes: 00 61 73 6d 01
;;
;; run:
;; exit: 241
;; stderr-contains: [load.truncated]
