;; An ELF program is not a module.
;;
;; bytes: 7f 45 4c 46 02 01 01 00 00 00 00 00 00 00 00 00
;;
;; run:
;; exit: 241
;; stderr-contains: [load.not_wasm]
;;
;; run: --json
;; exit: 241
;; json: error.code == "load.not_wasm"
;; json: error.message contains "not a WebAssembly module"
;;
;; command: validate --json {file} {file}
;; exit: 241
;; stdout-json: whole
;; json: length == 2
;; json: [1].valid == false
;; json: [1].error.code == "load.not_wasm"
