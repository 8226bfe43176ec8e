;; A path that names nothing.
;;
;; file: missing
;;
;; run:
;; exit: 241
;; stderr-contains: [load.unreadable]
;; stderr-contains: No such file or directory
;; stderr-contains: missing_file.wasm
;;
;; run: --json
;; exit: 241
;; json: error.code == "load.unreadable"
;; json: error.trap == null
;; json: values == []
;; json: exit_code == null
;; json: compile_ms == null
;; json: duration_ms == null
;; json: peak_memory_bytes == null
;;
;; One bad file among good ones is enough.
;; command: validate {file}
;; exit: 241
;; stdout-contains: missing_file.wasm: error: cannot read the file: No such file or directory   [load.unreadable]
;;
;; A path through something that is no directory.
;; command: inspect /dev/null/module.wasm
;; exit: 241
;; stderr-contains: Not a directory
