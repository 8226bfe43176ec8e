;; --gas-prices charges by a table of the operator's own, and says which one it was.
;;
;; run: --gas-prices {tmp}/prices.toml --json --invoke spin 5
;; with-file: prices.toml=version = 7
;; with-file: prices.toml=functions = {entry = 1000, local = 0}
;; with-file: prices.toml=bulk = {byte = 1, element = 1}
;; with-file: prices.toml=growth = {page = 1, table_element = 1}
;; with-file: prices.toml=[operators]
;; with-file: prices.toml=control = 0
;; with-file: prices.toml=branch = 100
;; with-file: prices.toml=call = 1
;; with-file: prices.toml=call_indirect = 1
;; with-file: prices.toml=parametric = 1
;; with-file: prices.toml=local = 1
;; with-file: prices.toml=global = 1
;; with-file: prices.toml=table = 1
;; with-file: prices.toml=load = 1
;; with-file: prices.toml=store = 1
;; with-file: prices.toml=memory_size = 1
;; with-file: prices.toml=grow = 1
;; with-file: prices.toml=bulk = 1
;; with-file: prices.toml=constant = 1
;; with-file: prices.toml=integer_comparison = 1
;; with-file: prices.toml=integer_arithmetic = 10
;; with-file: prices.toml=integer_multiplication = 1
;; with-file: prices.toml=integer_division = 1
;; with-file: prices.toml=integer_conversion = 1
;; with-file: prices.toml=float_comparison = 1
;; with-file: prices.toml=float_arithmetic = 1
;; with-file: prices.toml=float_division = 1
;; with-file: prices.toml=float_conversion = 1
;; with-file: prices.toml=reference = 1
;; with-file: prices.toml=gc = 1
;; with-file: prices.toml=gc_allocation = 1
;; with-file: prices.toml=vector_integer = 1
;; with-file: prices.toml=vector_float = 1
;; with-file: prices.toml=vector_load = 1
;; with-file: prices.toml=vector_store = 1
;; with-file: prices.toml=atomic = 1
;; with-file: prices.toml=exception = 1
;; json: gas_used == 1580
;; json: gas_prices.version == 7
;; json: gas_prices.hash.length == 12
;;
;; The built-in table, where no other is named; none, where gas is not counted.
;; run: --gas 1000 --json --invoke spin 5
;; json: gas_used == 42
;; json: gas_prices.version == 1
;;
;; run: --json --invoke spin 5
;; json: gas_prices == null
;;
;; run: --gas 1000 --stats --invoke spin 5
;; stderr-contains: gas prices   version 1, 
;;
;; Everything wrong with a table is said at once, each with its place.
;; run: --gas-prices prices.toml --invoke spin 5
;; exit: 240
;; with-file: prices.toml=versoin = 2
;; with-file: prices.toml=functions = {entry = 2, local = -1}
;; with-file: prices.toml=bulk = {byte = 1, elements = 1}
;; with-file: prices.toml=growth = {page = 1, table_element = 1}
;; stderr-contains: error: the gas prices are wrong in 6 places
;; stderr-contains:   - prices.toml:1:1: there is no version: add a number of your own, 1 or more
;; stderr-contains:   - prices.toml:1:1: a table has no "versoin": did you mean "version"?
;; stderr-contains:   - prices.toml:1:1: there is no group [operators]: add it, with prices for control, branch, 
;; stderr-contains:   - prices.toml:2:33: functions.local is not a whole number from 0 to 1000000
;; stderr-contains:   - prices.toml:3:8: [bulk] has no price for element: add it
;; stderr-contains:   - prices.toml:3:19: bulk.elements is no price: did you mean "element"?
;; stderr-contains: help: synapsed config show --gas-table prints a whole table
;;
;; run: --gas-prices prices.toml --invoke spin 5
;; exit: 240
;; with-file: prices.toml=version = = 1
;; stderr-contains: prices.toml:1:11: 
;;
;; run: --gas-prices nowhere.toml --invoke spin 5
;; exit: 240
;; stderr-contains: nowhere.toml
;;
;; The same table can be looked at without a module.
;; command: config show --gas-prices prices.toml
;; exit: 240
;; with-file: prices.toml=version = 1
;; stderr-contains: prices.toml:1:1: there is no group [bulk]
;;
;; command: config show --profile web --json
;; stdout-json: whole
;; json: web.metering.prices contains "version 1, "
(module
  (func $spin (export "spin") (param i64)
    (loop $again
      (local.set 0 (i64.sub (local.get 0) (i64.const 1)))
      (br_if $again (i64.ne (local.get 0) (i64.const 0))))))
