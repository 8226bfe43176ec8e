;; A version of the binary format that does not exist.
;;
;; bytes: 00 61 73 6d 02 00 00 00
;;
;; run:
;; exit: 241
;; stderr-contains: [load.wrong_version]
