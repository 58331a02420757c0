//! Builds the hostile plugins into components.

use std::env;
use std::fs;
use std::io;
use std::path::PathBuf;

/// The sources that the components are made from, seen from this folder.
const SOURCES: [&str; 6] = [
    "../../Cargo.lock",
    "../../Cargo.toml",
    "../../sdk",
    "../../wit",
    "guest",
    "impostor",
];

fn main() -> io::Result<()> {
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
    }
    let [guest, impostor] =
        forgegate_build::components_or_exit(["forgegate-hostile-guest", "forgegate-hostile-impostor"]);
    let folder = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(folder.join("guest.wasm"), guest)?;
    fs::write(folder.join("impostor.wasm"), impostor)
}
