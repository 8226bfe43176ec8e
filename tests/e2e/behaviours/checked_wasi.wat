;; A name that WASI does not have is refused as loading the module would.
;;
;; command: check {file}
;; exit: 241
;; stdout-contains: refused: import "wasi_snapshot_preview1.fd_wrote" (func), 2 of 2, is not granted   [import.denied]
;; stdout-contains: help: WASI preview 1 has none of this name; register a host function of this name
;; stdout-contains: 1 reason to refuse it under profile production
;;
;; run:
;; exit: 241
;; stderr-contains: import "wasi_snapshot_preview1.fd_wrote" is not granted   [security.import_denied]
;;
;; A host may provide it.
;; command: check {file} --grant wasi_snapshot_preview1.fd_wrote
;; stdout-contains: nothing to refuse
;;
;; run: --unknown-imports trap
;;
;; command: check {file} --profile blockchain --json
;; exit: 241
;; stdout-json: whole
;; json: findings[0].rule == "import.unsafe"
;; json: findings[1].rule == "import.denied"
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (import "wasi_snapshot_preview1" "fd_wrote" (func (param i32)))
  (memory (export "memory") 1 1)
  (func (export "_start")))
