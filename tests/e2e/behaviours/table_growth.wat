;; Tables have a limit, too; asking for more ends the guest.
;;
;; run: --invoke grow 999999
;; stdout: 1
;;
;; run: --invoke grow 1000000
;; exit: 243
;; stderr-contains: [limit.table]
(module
  (table $table 1 funcref)
  (func (export "grow") (param i32) (result i32)
    (table.grow $table (ref.null func) (local.get 0))))
