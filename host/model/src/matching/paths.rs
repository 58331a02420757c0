//! The filter of changed paths.

use super::patterns::Patterns;
use crate::event::Push;

/// The verdict of a push on the paths that a trigger wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathsVerdict {
    /// One of them changed, or the trigger wants any.
    Changed,
    /// None of them changed.
    Unchanged,
    /// The list of changed paths is not complete, and names none of them. Counts as changed.
    Unknown,
}

impl PathsVerdict {
    /// The verdict of a push.
    #[must_use]
    pub fn of_push(wanted: &Patterns, push: &Push) -> Self {
        if wanted.is_empty() || push.changed_paths.iter().any(|path| wanted.matches(path)) {
            Self::Changed
        } else if push.paths_complete {
            Self::Unchanged
        } else {
            Self::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn an_incomplete_list_proves_only_what_it_names() {
        use PathsVerdict::{Changed, Unchanged, Unknown};
        for (wanted, changed, complete, incomplete) in [
            (&[][..], &[][..], Changed, Changed),
            (&["src/**"], &["src/a.rs"], Changed, Changed),
            (&["src/**"], &["docs/a", "src/a.rs"], Changed, Changed),
            (&["src/**"], &["docs/a"], Unchanged, Unknown),
            (&["src/**"], &[], Unchanged, Unknown),
            (&["!docs/**"], &["docs/a"], Unchanged, Unknown),
            (&["!docs/**"], &["docs/a", "b"], Changed, Changed),
        ] {
            let wanted = Patterns::compile(&wanted.iter().map(|&it| it.to_owned()).collect::<Vec<_>>()).unwrap();
            for (paths_complete, verdict) in [(true, complete), (false, incomplete)] {
                let changed_paths = changed.iter().map(|&it| it.to_owned()).collect();
                let push = Push {
                    changed_paths,
                    paths_complete,
                    ..testing::push("refs/heads/main")
                };
                assert_eq!(
                    PathsVerdict::of_push(&wanted, &push),
                    verdict,
                    "{changed:?} {paths_complete}"
                );
            }
        }
    }
}
