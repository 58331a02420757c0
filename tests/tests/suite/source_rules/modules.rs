//! The modules of one crate, and which of them import each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Source;
use super::imports::imports;

/// The path of a module or of an item below the crate: `["api", "installations"]`. The root of the crate is empty.
pub type ModulePath = Vec<String>;

/// Modules with those that each imports.
type Edges = BTreeMap<ModulePath, BTreeSet<ModulePath>>;

/// The modules of one crate, a module a file.
pub struct Modules {
    /// Every module with the paths that it names.
    imports: Edges,
    /// Names that the root of the crate exports again, with the path at which each is defined.
    exports: BTreeMap<String, ModulePath>,
}

impl Modules {
    /// Reads the imports of a crate's files, whose paths begin below `src`.
    pub fn new(files: &[Source]) -> Self {
        let read = |file: &Source| {
            let module = module_of(&file.path);
            let found = imports(&file.text, &module);
            (module, found)
        };
        let mut modules = Self {
            imports: Edges::new(),
            exports: BTreeMap::new(),
        };
        // `lib.rs` and `main.rs` are both the root.
        for (module, found) in files.iter().map(read) {
            modules.imports.entry(module).or_default().extend(found);
        }
        for path in modules.imports.get(&ModulePath::new()).into_iter().flatten() {
            if let [_, .., name] = path.as_slice() {
                modules.exports.insert(name.clone(), path.clone());
            }
        }
        modules
    }

    /// Every import, as `from -> to`, that is part of a cycle. Each folder's children are compared with each other, and an import
    /// counts as one of the child that it stands below. Files of one folder may form a cycle; a folder may not be part of one, and
    /// at the root nothing may.
    pub fn cycles(&self) -> Vec<String> {
        let above = |module: &ModulePath| {
            (0..module.len())
                .map(|length| module[..length].to_vec())
                .collect::<Vec<_>>()
        };
        let folders: BTreeSet<ModulePath> = self.imports.keys().flat_map(above).collect();
        let mut found = Vec::new();
        for parent in &folders {
            let edges = self.edges(parent);
            for (from, targets) in &edges {
                for to in targets.iter().filter(|to| reaches(&edges, to, from)) {
                    if parent.is_empty() || folders.contains(from) || folders.contains(to) {
                        found.push(format!("{} -> {}", from.join("::"), to.join("::")));
                    }
                }
            }
        }
        found
    }

    /// The imports from one child of a folder to another.
    fn edges(&self, parent: &ModulePath) -> Edges {
        let mut edges = Edges::new();
        for (from, paths) in &self.imports {
            for to in paths.iter().filter_map(|path| self.target(path)) {
                if let (Some(from), Some(to)) = (child(parent, from), child(parent, &to))
                    && from != to
                {
                    edges.entry(from).or_default().insert(to);
                }
            }
        }
        edges
    }

    /// The innermost module that a path leads into; none if it leads out of the crate.
    fn target(&self, path: &ModulePath) -> Option<ModulePath> {
        let path = match self.exports.get(path.first()?) {
            Some(defined) if !self.imports.contains_key(&path[..1]) => defined,
            _ => path,
        };
        let prefixes = (1..=path.len()).rev().map(|length| &path[..length]);
        prefixes
            .map(<[String]>::to_vec)
            .find(|prefix| self.imports.contains_key(prefix))
    }
}

/// The child of a folder that a module is, or lies in.
fn child(parent: &[String], module: &[String]) -> Option<ModulePath> {
    (module.len() > parent.len() && module.starts_with(parent)).then(|| module[..=parent.len()].to_vec())
}

/// Tells whether imports lead from one module to another, over any number of others.
fn reaches(edges: &Edges, from: &ModulePath, to: &ModulePath) -> bool {
    let mut waiting = vec![from];
    let mut seen = BTreeSet::new();
    while let Some(module) = waiting.pop() {
        if module == to {
            return true;
        }
        if seen.insert(module) {
            waiting.extend(edges.get(module).into_iter().flatten());
        }
    }
    false
}

/// The module that a file is: `lib.rs`, `main.rs` and `mod.rs` are their folder.
fn module_of(file: &Path) -> ModulePath {
    let parts = file.with_extension("");
    let mut module: ModulePath = parts.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if matches!(module.last().map(String::as_str), Some("lib" | "main" | "mod")) {
        module.pop();
    }
    module
}
