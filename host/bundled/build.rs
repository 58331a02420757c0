//! Builds the plugins of this workspace into components. The list below is the only list of forges under `host/`.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::PathBuf;

const FORGES: [&str; 4] = ["forgejo", "gitea", "github", "gitlab"];

/// The sources of a component, seen from this folder.
const SOURCES: [&str; 5] = [
    "../../Cargo.lock",
    "../../Cargo.toml",
    "../../plugins",
    "../../sdk",
    "../../wit",
];

fn main() -> io::Result<()> {
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
    }
    let packages = FORGES.map(|forge| format!("forgegate-plugin-{forge}"));
    let components = forgegate_build::components_or_exit(packages.each_ref().map(String::as_str));

    let folder = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut list = String::from("&[\n");
    for (forge, component) in FORGES.iter().zip(components) {
        let path = folder.join(format!("{forge}.wasm"));
        fs::write(&path, component)?;
        let _ = writeln!(
            list,
            "Component {{ forge: {forge:?}, wasm: include_bytes!({path:?}) }},"
        );
    }
    list.push(']');
    fs::write(folder.join("components.rs"), list)
}
