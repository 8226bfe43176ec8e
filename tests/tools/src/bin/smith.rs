//! Writes random valid modules to standard output, each after its length (four bytes, little end
//! first): the same for the same seed, on every machine.
//!
//!     smith --seed N --count M
//!
//! Module number i of a run depends on N + i alone, so `--seed N+i --count 1` writes it again.

use anyhow::{Context, Result, bail};
use arbitrary::Unstructured;
use std::env;
use std::io::{BufWriter, Write, stdout};
use wasm_smith::{Config, Module};

/// How much chance a module is made from: enough for some functions of some dozen instructions.
const CHANCE_BYTES: usize = 2048;
const PAGE: u64 = 65536;
/// How many loop rounds and calls a calm module does, all its functions together.
const LOOPS_MAX: u32 = 200;

/// SplitMix64, which needs no more state than the seed.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count.div_ceil(8)).flat_map(|_| self.next().to_le_bytes()).collect()
    }
}

/// What modules may have: little memory, no imports, everything exported, so that a runner can call
/// every function and look at every memory and global afterwards. With `everything` off a module has
/// only what compilers for C produce, so that plain loops and calls are not rare among casts and
/// exceptions. `calm` modules do not trap, apart from the end of their `LOOPS_MAX`.
fn config(everything: bool, calm: bool) -> Config {
    Config {
        allow_start_export: true,
        export_everything: true,
        max_imports: 0,
        min_funcs: 2,
        max_funcs: 6,
        min_types: 2,
        max_types: 8,
        max_globals: 6,
        max_tags: 2,
        max_instructions: 160,
        max_data_segments: 4,
        max_element_segments: 4,
        max_elements: 8,
        min_memories: if everything { 0 } else { 1 },
        max_memories: if everything { 2 } else { 1 },
        max_memory32_bytes: 4 * PAGE,
        max_memory64_bytes: (4 * PAGE).into(),
        memory_max_size_required: true,
        max_tables: if everything { 3 } else { 1 },
        max_table_elements: 64,
        table_max_size_required: true,
        disallow_traps: calm,
        exceptions_enabled: everything,
        gc_enabled: everything,
        memory64_enabled: everything,
        multi_value_enabled: true,
        relaxed_simd_enabled: false, // its results may differ from one CPU to the next
        simd_enabled: everything,
        tail_call_enabled: everything,
        threads_enabled: false,
        ..Config::default()
    }
}

fn module(seed: u64) -> Result<Vec<u8>> {
    let mut chance = Chance(seed);
    let bytes = chance.bytes(CHANCE_BYTES);
    let calm = seed % 8 >= 2;
    let config = config(seed % 2 == 1, calm);
    let mut module = Module::new(config, &mut Unstructured::new(&bytes))
        .with_context(|| format!("no module from seed {seed}"))?;
    if calm {
        module.ensure_termination(LOOPS_MAX)?;
    }
    Ok(module.to_bytes())
}

fn main() -> Result<()> {
    let (mut seed, mut count) = (0u64, 1u64);
    let mut arguments = env::args().skip(1);
    while let Some(option) = arguments.next() {
        let value = arguments.next().and_then(|text| text.parse().ok());
        match (option.as_str(), value) {
            ("--seed", Some(number)) => seed = number,
            ("--count", Some(number)) => count = number,
            _ => bail!("usage: smith --seed N --count M"),
        }
    }
    let mut output = BufWriter::new(stdout().lock());
    for number in 0..count {
        let module = module(seed.wrapping_add(number))?;
        output.write_all(&u32::try_from(module.len())?.to_le_bytes())?;
        output.write_all(&module)?;
    }
    Ok(output.flush()?)
}
