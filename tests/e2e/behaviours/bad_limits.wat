;; A limit that makes no sense is bad usage, and the answer says what is allowed.
;;
;; run: --timeout -5s --invoke f
;; exit: 240
;; stderr-contains: it is negative
;; stderr-contains: help: it takes more than 0 and up to 8760h, for example 200ms, 5s or 1m
;;
;; run: --timeout 5 --invoke f
;; exit: 240
;; stderr-contains: it has no unit
;;
;; run: --timeout 0 --invoke f
;; exit: 240
;; stderr-contains: --timeout cannot be 0
;;
;; run: --timeout soon --invoke f
;; exit: 240
;; stderr-contains: "soon" is not a duration
;;
;; run: --timeout 99999999999999h --invoke f
;; exit: 240
;; stderr-contains: it is too long
;;
;; run: --timeout 9000h --invoke f
;; exit: 240
;; stderr-contains: --timeout cannot be 9000h
;;
;; run: --max-memory 0 --invoke f
;; exit: 240
;; stderr-contains: --max-memory cannot be 0
;; stderr-contains: help: it takes 64 KiB to 4 GiB, for example 1MiB
;;
;; run: --max-memory -1MiB --invoke f
;; exit: 240
;; stderr-contains: it is negative
;;
;; run: --max-memory 1 --invoke f
;; exit: 240
;; stderr-contains: it takes 64 KiB to 4 GiB
;;
;; run: --max-memory 5GiB --invoke f
;; exit: 240
;; stderr-contains: --max-memory cannot be 5GiB
;;
;; run: --max-memory 99999999999999999999999 --invoke f
;; exit: 240
;; stderr-contains: it is too large
;;
;; run: --max-memory lots --invoke f
;; exit: 240
;; stderr-contains: "lots" is not a size
;;
;; run: --max-stack 1KiB --invoke f
;; exit: 240
;; stderr-contains: help: it takes 64 KiB to 4 MiB
;;
;; run: --max-stack 1G --invoke f
;; exit: 240
;; stderr-contains: --max-stack cannot be 1G
;;
;; Bad usage prints no JSON.
;; run: --json --max-memory 0 --invoke f
;; exit: 240
;; stderr-contains: [config.invalid_limit]
;;
;; What is at the edge is allowed.
;; run: --timeout 8760h --max-memory 64KiB --max-stack 64KiB --invoke f
;; run: --max-memory 4GiB --max-stack 4MiB --invoke f
(module (func (export "f")))
