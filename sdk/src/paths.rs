//! The paths that a push changes.

use std::collections::BTreeSet;

/// The most paths that an event may list.
pub const MAX_CHANGED_PATHS: usize = 3_000;

/// The longest path that an event may hold; git itself knows no limit.
pub const MAX_PATH_BYTES: usize = 8 << 10;

/// The most bytes of all changed paths together. The host takes 4 MiB in all from one call.
const MAX_CHANGED_PATHS_BYTES: usize = 1 << 20;

/// Paths without repetition, in the order in which they were met.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangedPaths {
    /// The paths, as many and as long as an event may hold.
    pub list: Vec<String>,
    /// True if there were more. The event must then say that its paths are not complete.
    pub cut_short: bool,
}

/// Joins lists of paths (what each commit adds, changes and removes) to one without repetition.
pub fn changed_paths<'a>(paths: impl IntoIterator<Item = &'a str>) -> ChangedPaths {
    let mut met = BTreeSet::new();
    let mut changed = ChangedPaths {
        list: Vec::new(),
        cut_short: false,
    };
    let mut bytes = 0;
    for path in paths {
        if !met.insert(path) {
            continue;
        }
        let fits = path.len() <= MAX_PATH_BYTES
            && changed.list.len() < MAX_CHANGED_PATHS
            && bytes + path.len() <= MAX_CHANGED_PATHS_BYTES;
        if fits {
            bytes += path.len();
            changed.list.push(path.to_owned());
        } else {
            changed.cut_short = true;
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_listed_once_where_it_was_met_first() {
        let paths = changed_paths(["b", "a", "b", "c", "a"]);
        assert_eq!(paths.list, ["b", "a", "c"]);
        assert!(!paths.cut_short);
    }

    #[test]
    fn a_list_that_is_cut_says_so() {
        let names: Vec<String> = (0..=MAX_CHANGED_PATHS).map(|n| n.to_string()).collect();
        let all = names.iter().map(String::as_str);
        assert!(!changed_paths(all.clone().take(MAX_CHANGED_PATHS)).cut_short);
        let cut = changed_paths(all);
        assert_eq!(cut.list.len(), MAX_CHANGED_PATHS);
        assert!(cut.cut_short);
    }

    #[test]
    fn paths_that_are_too_long_are_left_out() {
        let long = "d".repeat(MAX_PATH_BYTES + 1);
        let paths = changed_paths(["a", &long, "b"]);
        assert_eq!(paths.list, ["a", "b"]);
        assert!(paths.cut_short);
        let names: Vec<String> = (0..200).map(|n| format!("{n:08192}")).collect();
        let paths = changed_paths(names.iter().map(String::as_str));
        assert_eq!(paths.list.len(), 128);
        assert!(paths.cut_short);
    }
}
