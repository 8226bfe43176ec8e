;; A module that starts with more memory than an execution may hold is refused when it is loaded.
;;
;; run: --invoke size
;; exit: 243
;; stderr-contains: [limit.memory]
;; stderr-contains: the module starts with 312.5 MiB of memory
;; stderr-contains: help: --max-memory sets another limit
;;
;; run: --json --invoke size
;; exit: 243
;; json: error.code == "limit.memory"
;; json: values == []
;;
;; run: --max-memory 512MiB --invoke size
;; stdout: 5000
;;
;; run: --profile development --max-memory 1MiB --invoke size
;; exit: 243
;; stderr-contains: [limit.memory]
(module
  (memory 5000)
  (func (export "size") (result i32) (memory.size)))
