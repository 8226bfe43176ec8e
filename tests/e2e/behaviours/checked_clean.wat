;; A module that every profile takes.
;;
;; command: check {file}
;; exit: 0
;; stdout-contains: nothing to refuse under profile production
;;
;; command: check {file} --profile blockchain --json
;; exit: 0
;; stdout-json: whole
;; json: refused == false
;; json: findings == []
;; json: determinism[0].met == true
;; json: determinism.length == 8
;;
;; command: inspect --wat add {file}
;; stdout-contains: (func $add (;1;)
;; stdout-contains:     i32.add
;;
;; command: inspect --wat 0 {file}
;; stdout-contains: (func $twice (;0;)
;;
;; command: inspect --wat sub {file}
;; exit: 241
;; stderr-contains: the module defines no function "sub"   [call.unknown_export]
;;
;; command: inspect --call-graph {file}
;; stdout-contains: digraph calls {
;; stdout-contains:   n0 [label="0 twice"];
;; stdout-contains:   n0 -> n1;
;;
;; command: inspect {file}
;; stdout-contains: largest functions (2)
;; stdout-contains: imports that exports reach (1)
;; stdout-contains:   add  no import
;;
;; command: inspect --json {file}
;; stdout-json: whole
;; json: bodies[0].name == "twice"
;; json: reach == [{"export": "add", "imports": []}]
;; json: features == []
;; json: has_debug_info == false
;; json: start_function == null
(module
  (memory 1 2)
  (func $twice (param i32) (result i32) (call $add (local.get 0) (local.get 0)))
  (func $add (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
