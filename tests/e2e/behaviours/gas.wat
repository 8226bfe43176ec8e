;; --gas bounds what a guest computes, to the unit, and has it say what that cost.
;;
;; run: --gas 42 --stats --invoke spin 5
;; stderr-contains: gas          42
;;
;; run: --gas 42 --json --invoke spin 5
;; json: gas_used == 42
;; json: error == null
;;
;; run: --gas 1_000_000 --json --invoke spin 1000
;; json: gas_used == 8002
;;
;; One less is too little, and the answer says where the gas ran out.
;; run: --gas 41 --invoke spin 5
;; exit: 243
;; stderr-contains: error: the guest used up its 41 gas in function 0 (spin)   [limit.out_of_gas]
;; stderr-contains: help: --gas sets another limit
;;
;; run: --gas 41 --json --invoke outer 5
;; exit: 243
;; json: error.code == "limit.out_of_gas"
;; json: error.trap.frames[0].function == "spin"
;; json: error.trap.frames[1].function == "outer"
;; json: gas_used == 41
;;
;; A loop without an end is stopped by its gas.
;; run: --gas 1000000 --json --invoke spin 0
;; exit: 243
;; within: 5s
;; json: error.code == "limit.out_of_gas"
;;
;; Without --gas it is the profile that decides whether gas is counted.
;; run: --profile blockchain --json --invoke spin 5
;; json: gas_used == 42
;;
;; run: --json --invoke spin 5
;; json: gas_used == null
;;
;; A fault costs all there was.
;; run: --gas 5000 --json --invoke fault
;; exit: 242
;; json: gas_used == 5000
;;
;; run: --gas -1 --invoke spin 5
;; exit: 240
;; stderr-contains: --gas cannot be -1
;; stderr-contains: help: it takes 0 to 9223372036854775807, for example 1_000_000
;;
;; run: --gas much --invoke spin 5
;; exit: 240
;; stderr-contains: --gas cannot be much
(module
  (memory 1)
  (func $spin (export "spin") (param i64)
    (loop $again
      (local.set 0 (i64.sub (local.get 0) (i64.const 1)))
      (br_if $again (i64.ne (local.get 0) (i64.const 0)))))
  (func $outer (export "outer") (param i64) (call $spin (local.get 0)))
  (func (export "fault") (drop (i32.load (i32.const -1)))))
