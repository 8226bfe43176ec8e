/* The few C functions that the dependencies' own C interfaces lack.
 *
 * Implemented in deps/src/lib.rs. Thread rule: all of them are safe to call from any thread;
 * a `synapsed_account` belongs to one store and is touched by the thread that runs that store.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <wasmtime.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a store's resource limiter refused last. */
enum synapsed_refusal {
  SYNAPSED_REFUSAL_NONE = 0,
  SYNAPSED_REFUSAL_MEMORY = 1, /* the store's own linear-memory limit */
  SYNAPSED_REFUSAL_TABLE = 2,  /* the store's own table limit */
  SYNAPSED_REFUSAL_POOL = 3,   /* the memory shared by all stores of a runtime is used up */
};

/* Linear memory that all stores of one runtime share. Both fields in bytes; `used` is atomic. */
typedef struct synapsed_pool {
  uint64_t bytes_max;
  uint64_t used;
} synapsed_pool;

/* The limits of one store, and what it holds. Memories and tables are counted together, so that
 * a module with many of them gets no more than a module with one. */
typedef struct synapsed_account {
  uint64_t memory_bytes_max;
  uint64_t table_elements_max;
  uint64_t memory_bytes;       /* held now */
  uint64_t memory_bytes_peak;  /* the most ever held */
  uint64_t table_elements;     /* held now */
  uint64_t refused_request;    /* the total that was asked for when `refusal` was set */
  synapsed_pool *pool;         /* may be null: no shared pool */
  uint32_t memories_max;
  uint32_t tables_max;
  uint32_t instances_max;
  uint32_t refusal;            /* enum synapsed_refusal */
} synapsed_account;

/* Makes `account` the resource limiter of `store`. A growth beyond a limit ends the guest (it is
 * an error, not -1); a growth beyond the module's own declared maximum is -1 as the specification
 * says. `account` must outlive the store; the memory it took from the pool is given back by
 * whoever owns the account. */
void synapsed_store_set_account(wasmtime_store_t *store, synapsed_account *account);

/* `wasm_engine_new_with_config` that reports a configuration the machine cannot satisfy instead of
 * aborting the process. Takes `config`. With `source_lines`, backtraces look up files and lines in
 * the modules' debug information. On success returns NULL and fills `engine`. */
wasmtime_error_t *synapsed_engine_new(wasm_config_t *config, bool source_lines,
                                      wasm_engine_t **engine);

/* A function's compiled code: bytes from the start of its module's text. */
typedef struct synapsed_code_range {
  uint32_t start;
  uint32_t end;
} synapsed_code_range;

/* Where the compiled code of the functions that `module` defines lies: `text` is the address their
 * ranges count from. Fills at most `capacity` ranges, in no order, and returns how many there are.
 * The trampolines between the host and the guest belong to no function. */
size_t synapsed_module_code(const wasmtime_module_t *module, const uint8_t **text,
                            synapsed_code_range *ranges, size_t capacity);

/* Where `module` keeps an export: found by name once, and from then on without looking. Plain
 * data. */
typedef struct synapsed_export_index {
  uint64_t words[2];
} synapsed_export_index;

/* False when `module` has no export of that name. */
bool synapsed_module_find_export(const wasmtime_module_t *module, const char *name, size_t name_len,
                                 synapsed_export_index *index);

/* `wasmtime_instance_export_get` without the name: false when `index` was found in another module
 * than the instance's. `item` is the caller's to delete. */
bool synapsed_instance_export(wasmtime_context_t *context, const wasmtime_instance_t *instance,
                              const synapsed_export_index *index, wasmtime_extern_t *item);

/* Where the engine notes, whenever a guest of the store leaves its code for a host function or a
 * library call, the frame it will return through: the frame pointer of a trampoline, whose return
 * address lies above it; 0 before the first time. `function` is one a module defines. Valid as
 * long as the store, at the same distance from `context` in every store. */
const uintptr_t *synapsed_exit_frame_slot(wasmtime_context_t *context,
                                          const wasmtime_func_t *function);

/* The source position of one frame, innermost first, of a trap (or, with `trap` null, an error).
 * False when the engine does not look them up or the module does not tell. */
bool synapsed_frame_source(const wasm_trap_t *trap, const wasmtime_error_t *error, size_t frame,
                           wasm_byte_vec_t *file, uint32_t *line);

/* Prints a binary module or component as text. On success returns NULL and fills `text`. */
wasmtime_error_t *synapsed_wasm_to_wat(const uint8_t *wasm, size_t wasm_len,
                                       wasm_byte_vec_t *text);

/* SHA-256 (FIPS 180-4) of `len` bytes. */
void synapsed_sha256(const uint8_t *data, size_t len, uint8_t digest[32]);

/* sr25519: Schnorr signatures on Ristretto25519 as Substrate uses them, in a signing context. A key
 * is the 32 bytes that Substrate calls the mini secret, expanded as Ed25519 does. */
void synapsed_sr25519_public(const uint8_t secret[32], uint8_t public_key[32]);
/* `random` are 32 fresh random bytes; the nonce depends on them, the key and the message. */
void synapsed_sr25519_sign(const uint8_t secret[32], const uint8_t *context, size_t context_len,
                           const uint8_t *message, size_t message_len, const uint8_t random[32],
                           uint8_t signature[64]);
bool synapsed_sr25519_verify(const uint8_t public_key[32], const uint8_t *context,
                             size_t context_len, const uint8_t *message, size_t message_len,
                             const uint8_t signature[64]);
/* True when the bytes are a public key: the encoding of a Ristretto point. */
bool synapsed_sr25519_is_public(const uint8_t public_key[32]);

#ifdef __cplusplus
}
#endif
