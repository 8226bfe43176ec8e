;; A directory is reached only when it is granted, and written only when it is granted for that.
;; The guest exits with WASI's error number of its first call that fails.
;;
;; Not granted: 8, a bad descriptor.
;; run: write
;; exit: 8
;; leaves-no-file: out.txt
;;
;; run: --dir . write
;; leaves-file: out.txt=written
;;
;; run: --dir {tmp} write
;; leaves-file: out.txt=written
;;
;; Read-only: 63, not permitted.
;; run: --dir .:ro write
;; exit: 63
;; leaves-no-file: out.txt
;;
;; run: --dir .:ro write
;; with-file: out.txt=kept
;; exit: 63
;; leaves-file: out.txt=kept
;;
;; run: --dir .:ro --invoke read
;; with-file: in.txt=readable
;; stdout: 0
;;
;; What is not there: 44.
;; run: --dir .:ro --invoke read
;; stdout: 44
;;
;; The name inside the guest can be another one.
;; run: --dir {tmp}::/data:ro --invoke read
;; with-file: in.txt=readable
;; stdout: 0
;;
;; A directory that does not exist, and a file that is none.
;; run: --dir nowhere write
;; exit: 241
;; stderr-contains: [security.path_denied]
;; stderr-contains: nowhere
;; stderr-contains: No such file or directory
;;
;; run: --dir in.txt write
;; with-file: in.txt=a file
;; exit: 241
;; stderr-contains: Not a directory
;;
;; A profile without files refuses the module.
;; run: --profile blockchain --dir . write
;; exit: 241
;; stderr-contains: [security.unsafe_host_function]
;; stderr-contains: "wasi_snapshot_preview1.path_open"
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  ;; 0: opened descriptor, 8: iovec (7 bytes at 64), 16: written
  (data (i32.const 8) "\40\00\00\00\07\00\00\00")
  (data (i32.const 32) "out.txt")
  (data (i32.const 48) "in.txt")
  (data (i32.const 64) "written")

  (func $check (param $errno i32)
    (if (local.get $errno) (then (call $proc_exit (local.get $errno)))))

  ;; Creates or truncates out.txt in the first granted directory and writes to it.
  (func (export "_start")
    (call $check (call $path_open (i32.const 3) (i32.const 0) (i32.const 32) (i32.const 7)
      (i32.const 9) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 0)))
    (call $check (call $fd_write
      (i32.load (i32.const 0)) (i32.const 8) (i32.const 1) (i32.const 16))))

  ;; The error number of opening in.txt for reading.
  (func (export "read") (result i32)
    (call $path_open (i32.const 3) (i32.const 0) (i32.const 48) (i32.const 6)
      (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0))))
