//! Everything Synapsed WASM takes from crates.io, behind C interfaces: Wasmtime's own C API, the
//! handful of functions declared in `include/synapsed_deps.h` that it lacks, and sr25519.

mod sr25519;

pub use wasmtime_c_api::*;

use sha2::{Digest, Sha256};
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU64, Ordering};
use wasmtime::{
    Config, Engine, Error, Func, Instance, Module, ModuleExport, ResourceLimiter, Result, Store,
    WasmBacktrace, WasmBacktraceDetails,
};
use wasmtime_environ::{HostPtr, PtrSize};

const REFUSAL_MEMORY: u32 = 1;
const REFUSAL_TABLE: u32 = 2;
const REFUSAL_POOL: u32 = 3;

/// Mirrors `synapsed_pool`.
#[repr(C)]
pub struct SynapsedPool {
    bytes_max: u64,
    used: AtomicU64,
}

impl SynapsedPool {
    fn take(&self, bytes: u64) -> bool {
        self.used
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |used| {
                used.checked_add(bytes).filter(|sum| *sum <= self.bytes_max)
            })
            .is_ok()
    }
}

/// Mirrors `synapsed_account`.
#[repr(C)]
pub struct SynapsedAccount {
    memory_bytes_max: u64,
    table_elements_max: u64,
    memory_bytes: u64,
    memory_bytes_peak: u64,
    table_elements: u64,
    refused_request: u64,
    pool: *const SynapsedPool,
    memories_max: u32,
    tables_max: u32,
    instances_max: u32,
    refusal: u32,
}

/// The limiter Wasmtime asks. `StoreLimits`, the one the C API offers, counts each memory by
/// itself, cannot say afterwards what it refused, and turns every refusal into `-1`.
struct AccountLimiter {
    account: *mut SynapsedAccount,
    last_memory_growth: u64,
    last_table_growth: u64,
}

// The store that owns the limiter is used by one thread at a time, and so is its account.
unsafe impl Send for AccountLimiter {}
unsafe impl Sync for AccountLimiter {}

impl AccountLimiter {
    fn account(&mut self) -> &mut SynapsedAccount {
        unsafe { &mut *self.account }
    }

    fn refuse(&mut self, refusal: u32, total: u64, what: &'static str) -> Result<bool> {
        let account = self.account();
        account.refusal = refusal;
        account.refused_request = total;
        Err(Error::msg(what))
    }
}

impl ResourceLimiter for AccountLimiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool> {
        self.last_memory_growth = 0;
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let growth = (desired - current) as u64;
        let account = self.account();
        let total = account.memory_bytes.saturating_add(growth);
        if total > account.memory_bytes_max {
            return self.refuse(REFUSAL_MEMORY, total, "memory limit reached");
        }
        if let Some(pool) = unsafe { account.pool.as_ref() }
            && !pool.take(growth)
        {
            return self.refuse(REFUSAL_POOL, total, "memory pool exhausted");
        }
        account.memory_bytes = total;
        account.memory_bytes_peak = account.memory_bytes_peak.max(total);
        self.last_memory_growth = growth;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _error: Error) -> Result<()> {
        let growth = std::mem::take(&mut self.last_memory_growth);
        let account = self.account();
        account.memory_bytes -= growth;
        if let Some(pool) = unsafe { account.pool.as_ref() } {
            pool.used.fetch_sub(growth, Ordering::AcqRel);
        }
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool> {
        self.last_table_growth = 0;
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let growth = (desired - current) as u64;
        let account = self.account();
        let total = account.table_elements.saturating_add(growth);
        if total > account.table_elements_max {
            return self.refuse(REFUSAL_TABLE, total, "table limit reached");
        }
        account.table_elements = total;
        self.last_table_growth = growth;
        Ok(true)
    }

    fn table_grow_failed(&mut self, _error: Error) -> Result<()> {
        let growth = std::mem::take(&mut self.last_table_growth);
        self.account().table_elements -= growth;
        Ok(())
    }

    fn instances(&self) -> usize {
        unsafe { (*self.account).instances_max as usize }
    }

    fn tables(&self) -> usize {
        unsafe { (*self.account).tables_max as usize }
    }

    fn memories(&self) -> usize {
        unsafe { (*self.account).memories_max as usize }
    }
}

/// See `synapsed_deps.h`.
///
/// # Safety
/// `store` and `account` are valid, and `account` outlives the store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn synapsed_store_set_account(
    store: *mut wasmtime_store_t,
    account: *mut SynapsedAccount,
) {
    // `wasmtime_store_t` is `repr(C)` around this one field, which is private to its crate.
    const _: () = assert!(
        size_of::<wasmtime_store_t>() == size_of::<Store<WasmtimeStoreData>>()
            && align_of::<wasmtime_store_t>() == align_of::<Store<WasmtimeStoreData>>()
    );
    let store = unsafe { &mut *store.cast::<Store<WasmtimeStoreData>>() };
    let mut limiter = AccountLimiter {
        account,
        last_memory_growth: 0,
        last_table_growth: 0,
    };
    store.limiter(move |_| {
        let limiter: *mut AccountLimiter = &mut limiter;
        // The closure owns the limiter and the store owns the closure: the reference lives as
        // long as the store's data, which is what the signature asks for.
        unsafe { &mut *limiter }
    });
}

/// See `synapsed_deps.h`.
///
/// # Safety
/// `config` is an owned configuration and `engine` points to writable storage.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn synapsed_engine_new(
    mut config: Box<wasm_config_t>,
    source_lines: bool,
    engine: &mut *mut wasm_engine_t,
) -> Option<Box<wasmtime_error_t>> {
    // Both are `repr(C)` around one field that is private to its crate.
    const _: () = assert!(
        size_of::<wasm_config_t>() == size_of::<Config>()
            && align_of::<wasm_config_t>() == align_of::<Config>()
            && size_of::<wasm_engine_t>() == size_of::<Engine>()
            && align_of::<wasm_engine_t>() == align_of::<Engine>()
    );
    let inner = unsafe { &mut *(&raw mut *config).cast::<Config>() };
    inner.wasm_backtrace_details(if source_lines {
        WasmBacktraceDetails::Enable
    } else {
        WasmBacktraceDetails::Disable
    });
    match Engine::new(inner) {
        Ok(new) => {
            *engine = Box::into_raw(Box::new(new)).cast();
            None
        }
        Err(error) => Some(Box::new(wasmtime_error_t::from(error))),
    }
}

/// Mirrors `synapsed_code_range`.
#[repr(C)]
pub struct SynapsedCodeRange {
    start: u32,
    end: u32,
}

fn module_of(module: &wasmtime_module_t) -> &Module {
    // `repr(C)` around one field that is private to its crate.
    const _: () = assert!(
        size_of::<wasmtime_module_t>() == size_of::<Module>()
            && align_of::<wasmtime_module_t>() == align_of::<Module>()
    );
    unsafe { &*(&raw const *module).cast() }
}

/// See `synapsed_deps.h`.
///
/// # Safety
/// `ranges` points to `capacity` writable elements.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn synapsed_module_code(
    module: &wasmtime_module_t,
    text: &mut *const u8,
    ranges: *mut SynapsedCodeRange,
    capacity: usize,
) -> usize {
    let module = module_of(module);
    *text = module.text().as_ptr();
    let functions = module.functions();
    let count = functions.len();
    for (i, function) in functions.take(capacity).enumerate() {
        let start = function.offset as u32;
        let end = start + function.len as u32;
        unsafe { ranges.add(i).write(SynapsedCodeRange { start, end }) };
    }
    count
}

/// See `synapsed_deps.h`.
///
/// # Safety
/// `name` points to `name_len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn synapsed_module_find_export(
    module: &wasmtime_module_t,
    name: *const u8,
    name_len: usize,
    index: &mut MaybeUninit<ModuleExport>,
) -> bool {
    // `synapsed_export_index` has room for it.
    const _: () = assert!(size_of::<ModuleExport>() <= 16 && align_of::<ModuleExport>() <= 8);
    let name = unsafe { std::slice::from_raw_parts(name, name_len) };
    let found = std::str::from_utf8(name)
        .ok()
        .and_then(|name| module_of(module).get_export_index(name));
    match found {
        Some(found) => {
            index.write(found);
            true
        }
        None => false,
    }
}

/// See `synapsed_deps.h`.
///
/// # Safety
/// `context` is a store's, `instance` is one of its instances.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn synapsed_instance_export(
    context: WasmtimeStoreContextMut<'_>,
    instance: &Instance,
    index: &ModuleExport,
    item: &mut MaybeUninit<wasmtime_extern_t>,
) -> bool {
    match instance.get_module_export(context, index) {
        Some(found) => {
            item.write(found.into());
            true
        }
        None => false,
    }
}

/// See `synapsed_deps.h`.
///
/// # Safety
/// `context` is a store's and `function` is one of a module's in that store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn synapsed_exit_frame_slot(
    context: WasmtimeStoreContextMut<'_>,
    function: &Func,
) -> *const usize {
    let layout = HostPtr;
    unsafe {
        let reference = function.to_raw(context).cast::<u8>();
        let vmctx = *reference
            .add(usize::from(layout.vm_func_ref().vmctx()))
            .cast::<*const u8>();
        let store = *vmctx
            .add(usize::from(layout.vmctx_store_context()))
            .cast::<*const u8>();
        store
            .add(usize::from(layout.vm_store_context().last_wasm_exit_trampoline_fp()))
            .cast()
    }
}

/// See `synapsed_deps.h`.
///
/// # Safety
/// One of `trap` and `error` is valid; `file` and `line` are writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn synapsed_frame_source(
    trap: Option<&wasm_trap_t>,
    error: Option<&wasmtime_error_t>,
    frame: usize,
    file: &mut wasm_byte_vec_t,
    line: &mut u32,
) -> bool {
    // Both are `repr(C)` around one field that is private to its crate.
    const _: () = assert!(
        size_of::<wasm_trap_t>() == size_of::<Error>()
            && size_of::<wasmtime_error_t>() == size_of::<Error>()
    );
    let cause: &Error = match (trap, error) {
        (Some(trap), _) => unsafe { &*(&raw const *trap).cast() },
        (None, Some(error)) => unsafe { &*(&raw const *error).cast() },
        (None, None) => return false,
    };
    let symbol = cause
        .downcast_ref::<WasmBacktrace>()
        .and_then(|trace| trace.frames().get(frame))
        .and_then(|frame| frame.symbols().first());
    match symbol.map(|symbol| (symbol.file(), symbol.line())) {
        Some((Some(name), Some(number))) => {
            file.set_buffer(name.as_bytes().to_vec());
            *line = number;
            true
        }
        _ => false,
    }
}

/// See `synapsed_deps.h`.
///
/// # Safety
/// `wasm` points to `wasm_len` readable bytes and `text` to writable storage.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn synapsed_wasm_to_wat(
    wasm: *const u8,
    wasm_len: usize,
    text: &mut wasm_byte_vec_t,
) -> Option<Box<wasmtime_error_t>> {
    let wasm = unsafe { std::slice::from_raw_parts(wasm, wasm_len) };
    match wasmprinter::print_bytes(wasm) {
        Ok(printed) => {
            text.set_buffer(printed.into_bytes());
            None
        }
        Err(error) => Some(Box::new(wasmtime_error_t::from(Error::msg(format!("{error:#}"))))),
    }
}

/// See `synapsed_deps.h`.
///
/// # Safety
/// `data` points to `len` readable bytes and `digest` to 32 writable ones.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn synapsed_sha256(data: *const u8, len: usize, digest: *mut u8) {
    let bytes = if len == 0 {
        &[][..]
    } else {
        unsafe { std::slice::from_raw_parts(data, len) }
    };
    let hash = Sha256::digest(bytes);
    unsafe { digest.copy_from_nonoverlapping(hash.as_ptr(), hash.len()) };
}
