;; A file beyond the limit of the profile is refused before it is read.
;;
;; bytes: 00 61 73 6d 01 00 00 00
;; size: 300000000
;;
;; run: --invoke f
;; exit: 241
;; within: 5s
;; stderr-contains: [load.too_large]
;; stderr-contains: 64 MiB
;;
;; run: --profile blockchain --invoke f
;; exit: 241
;; stderr-contains: 4 MiB
;;
;; command: inspect {file}
;; exit: 241
;; stderr-contains: [load.too_large]
;;
;; Standard input has the same limit.
;; command: run - --json
;; stdin-from: file
;; exit: 241
;; within: 5s
;; json: error.code == "load.too_large"
