//! The crates of the workspace that a crate may depend on, and the libraries that only some crates may.

use std::fs;
use std::path::Path;

use super::root;

/// The crates of the host, each with the crates of this workspace that it may depend on.
const ARROWS: &[(&str, &[&str])] = &[
    ("host/model", &[]),
    ("host/bundled", &[]),
    ("host/api", &["forgegate-model"]),
    ("host/cli", &["forgegate-api", "forgegate-model"]),
    ("host/engine", &["forgegate-model"]),
    ("host/storage", &["forgegate-engine", "forgegate-model"]),
    ("host/sandbox", &["forgegate-model"]),
    ("host/forge-client", &["forgegate-model", "forgegate-sandbox"]),
    (
        "host/gateway",
        &[
            "forgegate-api",
            "forgegate-bundled",
            "forgegate-cli",
            "forgegate-forge-client",
            "forgegate-model",
            "forgegate-sandbox",
            "forgegate-storage",
        ],
    ),
];

/// Libraries with the crates of the host that may depend on them; no other may.
const DOORS: &[(&str, &[&str])] = &[
    ("wasmtime", &["host/sandbox"]),
    ("wasmtime-wasi", &["host/sandbox"]),
    ("redb", &["host/engine"]),
    ("chacha20poly1305", &["host/engine"]),
    ("hyper", &["host/gateway"]),
    ("axum", &["host/gateway"]),
    ("reqwest", &["host/cli", "host/forge-client"]),
    ("hmac", &["host/model"]),
    ("sha2", &["host/model"]),
    ("ipnet", &["host/forge-client", "host/gateway", "host/model"]),
];

/// Libraries that the model, which every crate of the host depends on, must not bring along.
const NOT_IN_THE_MODEL: &[&str] = &["tokio", "tracing"];

/// The crates of the host, from the workspace's root, each with the names under `[dependencies]` in its manifest.
fn host() -> Vec<(String, Vec<String>)> {
    let entries = fs::read_dir(root().join("host"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let entries = entries.filter(|path| path.join("Cargo.toml").is_file());
    entries
        .map(|folder| (relative(&folder), dependencies(&folder)))
        .collect()
}

fn relative(folder: &Path) -> String {
    folder.strip_prefix(root()).unwrap().to_str().unwrap().to_owned()
}

fn dependencies(folder: &Path) -> Vec<String> {
    let manifest: toml::Table = fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
    let names = manifest.get("dependencies").and_then(toml::Value::as_table);
    names.into_iter().flat_map(toml::Table::keys).cloned().collect()
}

#[test]
fn every_dependency_points_one_way() {
    for (folder, names) in host() {
        let (_, allowed) = ARROWS
            .iter()
            .find(|(it, _)| *it == folder)
            .unwrap_or_else(|| panic!("{folder} has no row"));
        for name in names.iter().filter(|name| name.starts_with("forgegate")) {
            assert!(
                allowed.contains(&name.as_str()),
                "{folder} depends on {name}; it may on {allowed:?}"
            );
        }
    }
}

#[test]
fn libraries_stay_behind_their_doors() {
    let host = host();
    for (library, allowed) in DOORS {
        let mut users = host
            .iter()
            .filter(|(_, names)| names.iter().any(|name| name == library));
        assert!(users.clone().count() > 0, "nobody depends on {library}: its row may go");
        assert!(
            users.all(|(folder, _)| allowed.contains(&folder.as_str())),
            "only {allowed:?} may depend on {library}"
        );
    }
    let (_, model) = host.iter().find(|(folder, _)| folder == "host/model").unwrap();
    for library in NOT_IN_THE_MODEL {
        assert!(
            !model.iter().any(|name| name == library),
            "host/model depends on {library}"
        );
    }
}
