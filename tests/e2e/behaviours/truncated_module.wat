;; The file ends in the middle of a section.
;;
;; bytes: 00 61 73 6d 01 00 00 00
;; bytes: 01 0a 60 00
;;
;; run: --invoke f
;; exit: 241
;; stderr-contains: [load.truncated]
;; stderr-contains: truncated_module.wasm, offset 0x
;;
;; run: --json
;; exit: 241
;; json: error.code == "load.truncated"
;; json: compile_ms == null
;;
;; command: validate {file}
;; exit: 241
;; stdout-contains: truncated_module.wasm: error: 
;; stdout-contains:  at offset 0x
;; stdout-contains: [load.truncated]
;;
;; command: inspect {file}
;; exit: 241
;; stderr-contains: [load.truncated]
;;
;; command: wat {file}
;; exit: 241
;; stderr-contains: [load.truncated]
