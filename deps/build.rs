//! Gathers the C headers (Wasmtime's, with `conf.h` generated for the chosen features, and ours)
//! in the directory that CMake picks up.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else if target.extension().is_some_and(|extension| extension == "h") {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=include");
    println!("cargo:rerun-if-env-changed=SYNAPSED_CRATE_OUT");
    let Some(out) = env::var_os("SYNAPSED_CRATE_OUT").map(PathBuf::from) else {
        return; // a plain `cargo check`: nobody needs the headers
    };
    let target = out.join("include");
    let wasmtime = env::var_os("DEP_WASMTIME_C_API_INCLUDE")
        .expect("wasmtime-c-api-impl says where its headers are");
    copy_tree(Path::new(&wasmtime), &target).expect("Wasmtime's headers can be copied");
    copy_tree(Path::new("include"), &target).expect("our headers can be copied");
}
