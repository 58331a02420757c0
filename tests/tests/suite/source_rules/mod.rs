//! Rules of this repository's source code that a compiler does not check.

mod cycles;
mod dependencies;
mod imports;
mod modules;

use std::fs;
use std::path::{Path, PathBuf};

use forgegate_tests::gateway::files;

/// The root folder of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A Rust file that is part of a program: tests and benchmarks are not.
struct Source {
    /// The path from the folder that was asked for.
    path: PathBuf,
    text: String,
}

/// The program's Rust files below a folder of the workspace, sorted by path.
fn sources(folder: &Path) -> Vec<Source> {
    let is_program = |path: &Path| {
        let aside = |part| matches!(part, "tests" | "benches" | "tests.rs");
        path.extension().is_some_and(|extension| extension == "rs")
            && !path.iter().filter_map(|it| it.to_str()).any(aside)
    };
    let folder = root().join(folder);
    let mut found: Vec<Source> = files(&folder)
        .into_iter()
        .map(|file| (file.strip_prefix(&folder).unwrap().to_owned(), file))
        .filter(|(path, _)| is_program(path))
        .map(|(path, file)| Source {
            path,
            text: fs::read_to_string(file).unwrap(),
        })
        .collect();
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// The lines of a file that are program: neither comment nor test module.
fn program(text: &str) -> impl Iterator<Item = &str> {
    let end = text.find("#[cfg(test)]").unwrap_or(text.len());
    text[..end]
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
}

#[test]
fn the_host_names_no_forge() {
    let names = ["gitea", "forgejo", "gitlab", "github", "gogs", "x-hub-"];
    let sources = sources(Path::new("host"));
    for Source { path, text } in sources.iter().filter(|source| !source.path.starts_with("bundled")) {
        for line in program(text) {
            let line = line.to_lowercase();
            assert!(
                !names.iter().any(|name| line.contains(name)),
                "host/{}: {line}",
                path.display()
            );
        }
    }
}

#[test]
fn unsafe_code_stands_in_two_crates_once_each() {
    let is_unsafe = |line: &str| {
        line.contains("expect(unsafe_code") || line.contains("allow(unsafe_code") || line == "unsafe_code,"
    };
    let files_of = |folder: &str| -> Vec<PathBuf> {
        let found = sources(Path::new(folder))
            .into_iter()
            .filter(|source| program(&source.text).any(is_unsafe));
        found.map(|source| Path::new(folder).join(source.path)).collect()
    };
    let found: Vec<PathBuf> = ["host", "sdk", "plugins"].into_iter().flat_map(files_of).collect();
    let [host, sdk] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert!(host.starts_with("host/sandbox") && sdk.starts_with("sdk"), "{found:?}");
}
