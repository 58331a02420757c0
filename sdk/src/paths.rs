//! The paths that a push changes.

use std::collections::BTreeSet;

/// The most paths that an event may list.
pub const MAX_CHANGED_PATHS: usize = 3_000;

/// Paths without repetition, in the order in which they were met.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangedPaths {
    /// The paths, at most [`MAX_CHANGED_PATHS`].
    pub list: Vec<String>,
    /// Whether there were more. The event must then say that its paths are not complete.
    pub cut_short: bool,
}

/// Joins lists of paths (what each commit adds, changes and removes) to one without repetition.
pub fn changed_paths<'a>(paths: impl IntoIterator<Item = &'a str>) -> ChangedPaths {
    let mut met = BTreeSet::new();
    let mut list = Vec::new();
    for path in paths {
        if !met.insert(path) {
            continue;
        }
        if list.len() == MAX_CHANGED_PATHS {
            return ChangedPaths {
                list,
                cut_short: true,
            };
        }
        list.push(path.to_owned());
    }
    ChangedPaths {
        list,
        cut_short: false,
    }
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
}
