;; What a module imports, exports and holds, without running it.
;;
;; command: inspect {file}
;; stdout-contains: sha256
;; stdout-contains: imports (3)
;; stdout-contains:   env.log                           func (i32) -> ()
;; stdout-contains:   env.limit                         global i32
;; stdout-contains:   wasi_snapshot_preview1.proc_exit  func (i32) -> ()
;; stdout-contains: exports (4)
;; stdout-contains:   memory   memory 1..4 pages
;; stdout-contains:   work     func (i32, i64) -> f64
;; stdout-contains: memories (1)
;; stdout-contains:   0  memory 1..4 pages
;; stdout-contains: tables (1)
;; stdout-contains:   0  table 2..8 funcref
;; stdout-contains: sections (
;; stdout-contains: features (0)
;;
;; command: inspect --json {file}
;; stdout-json: whole
;; json: error == null
;; json: functions == 2
;; json: has_start_function == true
;; json: sha256.length == 64
;; json: imports[0] == {"module": "env", "name": "log", "kind": "func", "type": "func (i32) -> ()"}
;; json: imports[1].kind == "global"
;; json: exports.length == 4
;; json: exports[3] == {"name": "work", "kind": "func", "type": "func (i32, i64) -> f64"}
;; json: memories == [{"minimum_pages": 1, "maximum_pages": 4, "page_bytes": 65536, "is_64": false, "is_shared": false}]
;; json: tables == [{"element": "funcref", "minimum": 2, "maximum": 8}]
;; json: sections[0].name == "type"
;; json: sections[0].is_custom == false
;; json: sections[0].offset == 10
;;
;; From standard input, too.
;; command: inspect - --json
;; stdin-from: file
;; stdout-json: whole
;; json: functions == 2
(module $sample
  (import "env" "log" (func $log (param i32)))
  (import "env" "limit" (global i32))
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (memory (export "memory") 1 4)
  (table (export "table") 2 8 funcref)
  (global (export "version") i32 (i32.const 3))
  (func (export "work") (param i32 i64) (result f64) (f64.const 0))
  (func $start (call $log (i32.const 1)))
  (start $start))
