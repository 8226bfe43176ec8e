;; --gas-report says what gas went to, by function and by class of operators; both add up.
;;
;; run: --gas-report --invoke outer 10
;; stderr-contains: gas  share   function
;; stderr-contains: 82   92.1 %  spin (function 0)
;; stderr-contains: 7    7.9 %   function 1
;; stderr-contains: 89           in total
;; stderr-contains: 10   11.2 %  branch
;; stderr-contains: 4    4.5 %   entry
;;
;; run: --gas-report --json --invoke outer 10
;; json: gas_used == 89
;; json: gas_report[0].function == "spin"
;; json: gas_report[0].cost == "branch"
;; json: gas_report[0].gas == 10
;; json: gas_report[4].function_index == 0
;;
;; Also of a call that runs out, as far as it came.
;; run: --gas-report --gas 50 --invoke outer 10
;; exit: 243
;; stderr-contains: [limit.out_of_gas]
;; stderr-contains: 50           in total
(module
  (func $spin (param i64)
    (loop $again
      (local.set 0 (i64.sub (local.get 0) (i64.const 1)))
      (br_if $again (i64.ne (local.get 0) (i64.const 0)))))
  (func (export "outer") (param i64) (call $spin (local.get 0)) (nop)))
