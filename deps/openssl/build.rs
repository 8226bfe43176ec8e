//! Builds OpenSSL and puts its headers and libcrypto where CMake picks them up.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn copy_headers(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        fs::copy(&path, to.join(path.file_name().expect("entries have names")))?;
    }
    Ok(())
}

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=SYNAPSED_CRATE_OUT");
    let Some(out) = env::var_os("SYNAPSED_CRATE_OUT").map(PathBuf::from) else {
        return; // a plain `cargo check`: nobody needs the library
    };
    let built = openssl_src::Build::new().build();
    copy_headers(&built.include_dir().join("openssl"), &out.join("include/openssl"))
        .expect("the headers can be copied");
    fs::create_dir_all(out.join("lib")).expect("the folder can be made");
    fs::copy(built.lib_dir().join("libcrypto.a"), out.join("lib/libcrypto.a"))
        .expect("the library can be copied");
}
