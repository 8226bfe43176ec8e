;; What the runtime exports from the modules it makes is shown when it is asked for.
;;
;; command: inspect {file} --json
;; stdout-json: whole
;; json: exports == [{"name": "f", "kind": "func", "type": "func () -> ()"}]
;; json: reach == [{"export": "f", "imports": []}]
;;
;; command: inspect {file} --json --reserved
;; stdout-json: whole
;; json: exports.length == 3
;; json: exports[1].name == "synapsed:memory:0"
;; json: reach.length == 2
;;
;; command: inspect {file}
;; stdout-contains: exports (1)
;;
;; command: inspect {file} --reserved
;; stdout-contains: exports (3)
;; stdout-contains:   synapsed:start     func () -> ()
;;
;; command: inspect {file} --reserved --call-graph
;; exit: 240
;; stderr-contains: --reserved
(module
  (memory 1)
  (func (export "f"))
  (func $start)
  (export "synapsed:memory:0" (memory 0))
  (export "synapsed:start" (func $start)))
