;; A file without a byte.
;;
;; size: 0
;;
;; run:
;; exit: 241
;; stderr-contains: error: the module is empty   [load.empty]
;; stderr-contains: --> 
;; stderr-contains: help:
;;
;; command: inspect {file} --json
;; exit: 241
;; stdout-json: whole
;; json: error.code == "load.empty"
;;
;; command: run - --json
;; exit: 241
;; json: error.code == "load.empty"
;; json: error.where == "standard input"
