//! Imports between the modules of a crate run one way.

use std::fs;
use std::path::{Path, PathBuf};

use super::modules::Modules;
use super::{Source, root, sources};

/// The folders of all crates of the program, from the workspace's root.
fn crates() -> Vec<PathBuf> {
    let children = |folder: &str| -> Vec<PathBuf> {
        let entries = fs::read_dir(root().join(folder)).unwrap();
        entries
            .map(|entry| Path::new(folder).join(entry.unwrap().file_name()))
            .collect()
    };
    let mut found = [vec![PathBuf::from("sdk")], children("host"), children("plugins")].concat();
    found.retain(|folder| root().join(folder).join("src").is_dir());
    found.sort();
    found
}

#[test]
fn imports_between_modules_run_one_way() {
    let mut cycles = Vec::new();
    for folder in crates() {
        let found = Modules::new(&sources(&folder.join("src"))).cycles();
        cycles.extend(
            found
                .into_iter()
                .map(|import| format!("{}: {import}", folder.display())),
        );
    }
    assert!(
        cycles.is_empty(),
        "imports that are part of a cycle:\n{}",
        cycles.join("\n")
    );
}

/// The imports that are part of a cycle in a crate of these files.
fn cycles_of(files: &[(&str, &str)]) -> Vec<String> {
    let source = |(path, text): &(&str, &str)| Source {
        path: PathBuf::from(path),
        text: (*text).to_owned(),
    };
    Modules::new(&files.iter().map(source).collect::<Vec<_>>()).cycles()
}

#[test]
fn a_cycle_is_found_however_the_import_is_written() {
    let expected = ["a -> b", "b -> a"];
    for import in [
        "use crate::a::One;",
        "use super::a::One;",
        "use crate::{c::Three, a::{self, One}};",
        "use crate::One;",
        "fn two() -> crate::a::One { crate::a::One }",
        "fn two() { if true { super::a::one() } }",
        "#[cfg(test)]\nmod tests;\nuse crate::a::One;",
    ] {
        let files = [
            ("lib.rs", "pub use a::One;"),
            ("a.rs", "use crate::b::Two;"),
            ("b.rs", import),
            ("c.rs", ""),
        ];
        assert_eq!(cycles_of(&files), expected, "{import}");
    }
    let ring = [
        ("a.rs", "use crate::b::Two;"),
        ("b.rs", "use crate::c::Three;"),
        ("c/mod.rs", "use super::a::One;"),
    ];
    assert_eq!(cycles_of(&ring), ["a -> b", "b -> c", "c -> a"]);
}

#[test]
fn what_runs_one_way_or_is_a_test_is_no_cycle() {
    for import in [
        "",
        "use crate::c::Three;",
        "// use crate::a::One;",
        "#[cfg(test)]\nmod tests {\n use crate::a::One;\n}",
        "#[cfg(test)]\nuse crate::a::One;",
    ] {
        let files = [("a.rs", "use crate::b::Two;"), ("b.rs", import), ("c.rs", "")];
        assert!(cycles_of(&files).is_empty(), "{import}");
    }
}

#[test]
fn within_a_folder_files_may_import_each_other_but_folders_may_not() {
    let (one, two) = ("use super::b::Two;", "use super::a::One;");
    assert!(cycles_of(&[("x/mod.rs", ""), ("x/a.rs", one), ("x/b.rs", two)]).is_empty());
    let folder = [("x/mod.rs", ""), ("x/a.rs", one), ("x/b/mod.rs", two), ("x/b/c.rs", "")];
    assert_eq!(cycles_of(&folder), ["x::a -> x::b", "x::b -> x::a"]);
}
