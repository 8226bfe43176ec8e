;; A guest that computes for ever ends at its time limit.
;;
;; run: --timeout 200ms --invoke loop
;; exit: 243
;; within: 5s
;; stderr-contains: [limit.deadline]
;; stderr-contains: help: --timeout sets another limit
;;
;; run: --timeout 200ms --json --invoke loop
;; exit: 243
;; within: 5s
;; json: error.code == "limit.deadline"
;; json: error.trap.kind == "limit.deadline"
;; json: error.trap.frames[0].function == "loop"
;; json: duration_ms > 190
;; json: duration_ms < 600
;;
;; So does one that never leaves its start function.
;; command: run {file} --timeout 200ms --invoke loop --stats
;; exit: 243
;; stderr-contains: [limit.deadline]
;; stderr-contains: peak memory
(module
  (func $loop (export "loop") (loop $again (br $again))))
