//! Modules of this crate and of the engine import each other one way only.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The modules at the top of a crate, each with the modules that it names.
fn modules(source: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut rest = vec![(String::new(), source.to_owned())];
    while let Some((module, folder)) = rest.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            if ["lib", "tests"].contains(&name.as_str()) {
                continue;
            }
            let module = if module.is_empty() { name } else { module.clone() };
            if path.is_dir() {
                rest.push((module, path));
            } else {
                found.entry(module).or_default().extend(named(&path));
            }
        }
    }
    found
}

/// The first segments of the paths from `crate` in a file's program.
fn named(path: &PathBuf) -> BTreeSet<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let program = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let mut names = BTreeSet::new();
    for after in program.split("crate::").skip(1) {
        let several = after.strip_prefix('{').and_then(|list| list.split("};").next());
        let (mut depth, mut start) = (0, true);
        for word in several
            .unwrap_or(after)
            .split_inclusive(|character| !is_word(character))
        {
            let name = word.trim_end_matches(|character| !is_word(character));
            if depth == 0 && start && !name.is_empty() {
                names.insert(name.to_owned());
                start = false;
                if several.is_none() {
                    break;
                }
            }
            match word.chars().last() {
                Some('{') => depth += 1,
                Some('}') => depth -= 1,
                Some(',') => start = true,
                _ => {}
            }
        }
    }
    names
}

#[test]
fn no_module_is_reached_from_itself() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    for source in [own.join("src"), own.join("../engine/src")] {
        let mut left = modules(&source);
        assert!(left.len() > 5, "the modules of {} were read", source.display());
        loop {
            let all: BTreeSet<String> = left.keys().cloned().collect();
            let before = left.len();
            left.retain(|module, names| names.iter().any(|name| name != module && all.contains(name)));
            if left.len() == before {
                break;
            }
        }
        assert!(left.is_empty(), "these import each other: {left:#?}");
    }
}
