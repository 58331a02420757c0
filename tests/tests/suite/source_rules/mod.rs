//! Rules of this repository's source code that a compiler does not check.

use std::path::{Path, PathBuf};

use forgegate_tests::gateway::files;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let rust = files(&root().join(folder))
        .into_iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "rs"));
    rust.map(|file| (file.clone(), std::fs::read_to_string(&file).unwrap()))
        .collect()
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
    for (file, text) in sources("host") {
        let relative = file.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        if relative.starts_with("host/bundled")
            || relative.contains("/tests/")
            || relative.contains("/benches/")
            || relative.ends_with("/tests.rs")
        {
            continue;
        }
        for line in program(&text) {
            let line = line.to_lowercase();
            assert!(!names.iter().any(|name| line.contains(name)), "{relative}: {line}");
        }
    }
}

#[test]
fn unsafe_code_stands_at_two_places() {
    let mut places: Vec<String> = Vec::new();
    for folder in ["host", "sdk", "plugins"] {
        for (file, text) in sources(folder) {
            if program(&text).any(|line| {
                line.contains("expect(unsafe_code") || line.contains("allow(unsafe_code") || line == "unsafe_code,"
            }) {
                places.push(file.strip_prefix(root()).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    places.sort();
    let rooms: Vec<&str> = places
        .iter()
        .map(|place| place.split('/').take(2).last().unwrap())
        .collect();
    assert_eq!(
        (
            rooms.len(),
            places[0].starts_with("host/sandbox"),
            places[1].starts_with("sdk")
        ),
        (2, true, true),
        "{places:?}"
    );
}

#[test]
fn every_dependency_points_one_way() {
    let forbidden = [
        (
            "host/model",
            ["tokio", "wasmtime", "redb", "hyper", "axum", "reqwest", "forgegate-"].as_slice(),
        ),
        (
            "host/sandbox",
            &[
                "redb",
                "chacha20poly1305",
                "hyper",
                "axum",
                "reqwest",
                "forgegate-storage",
            ],
        ),
        (
            "host/engine",
            &[
                "wasmtime",
                "hyper",
                "axum",
                "reqwest",
                "forgegate-sandbox",
                "forgegate-storage",
            ],
        ),
        (
            "host/storage",
            &[
                "wasmtime",
                "redb",
                "chacha20poly1305",
                "hyper",
                "axum",
                "reqwest",
                "forgegate-sandbox",
            ],
        ),
        (
            "host/gateway",
            &["wasmtime", "redb", "chacha20poly1305", "hmac", "sha2"],
        ),
    ];
    for (folder, names) in forbidden {
        let manifest = std::fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        let dependencies = manifest
            .split("[dependencies]")
            .nth(1)
            .unwrap()
            .split("\n[")
            .next()
            .unwrap();
        for line in dependencies.lines() {
            assert!(!names.iter().any(|name| line.starts_with(name)), "{folder}: {line}");
        }
    }
}
