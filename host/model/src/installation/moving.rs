//! Moves of repositories: a project keeps its repository when that is renamed or transferred; names are display, the pinned id decides.

use std::collections::HashMap;

use crate::plugin::Shorthand;
use crate::project::{Project, StableId};
use crate::repository::RepositoryIdentity;

/// A repository that has another path than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The stable id of the repository.
    pub id: StableId,
    /// The forge's web address.
    pub origin: String,
    /// Its path before, where that is told.
    pub from: Option<String>,
    /// Its path, as it is written there.
    pub to: String,
}

/// Moves, found by what a project knows of its repository.
#[derive(Debug, Default)]
pub struct Moves<'a> {
    by_id: HashMap<&'a StableId, &'a Move>,
    by_path: HashMap<RepositoryIdentity, &'a Move>,
}

impl<'a> Moves<'a> {
    /// Indexes these moves.
    #[must_use]
    pub fn of(moves: &'a [Move]) -> Self {
        let mut found = Self::default();
        for it in moves {
            found.by_id.insert(&it.id, it);
            let from = it.from.as_deref().and_then(|from| it.identity(from));
            if let Some(from) = from {
                found.by_path.insert(from, it);
            }
        }
        found
    }

    /// The move of a project's repository, if there may be one.
    #[must_use]
    pub fn concerning(&self, project: &Project) -> Option<&'a Move> {
        match &project.repository_id {
            Some(pinned) => self.by_id.get(pinned).copied(),
            None => self
                .by_path
                .get(&RepositoryIdentity::of_record(&project.identity))
                .copied(),
        }
    }
}

impl Move {
    fn identity(&self, path: &str) -> Option<RepositoryIdentity> {
        RepositoryIdentity::parse(&format!("{}/{path}", self.origin), &[]).ok()
    }
}

/// The project as it is after its repository moved; none where it is not its repository, or it was there already.
///
/// The pinned id decides. A project that has pinned nothing follows where its repository is exactly the one that moved, and pins it:
/// who says so was proved to be its forge. The spelling stays where it can.
#[must_use]
pub fn moved(project: &Project, it: &Move, shorthands: &[Shorthand]) -> Option<Project> {
    let to = it.identity(&it.to)?;
    let is_its_own = match &project.repository_id {
        Some(pinned) => *pinned == it.id,
        None => {
            let from = it.from.as_deref().and_then(|from| it.identity(from));
            from.is_some_and(|from| from.as_str() == project.identity)
        }
    };
    if !is_its_own || project.identity == to.as_str() {
        return None;
    }
    let respelled = respelled(project, &it.to)
        .filter(|text| RepositoryIdentity::parse(text, shorthands).is_ok_and(|found| found == to));
    Some(Project {
        repository: respelled.unwrap_or_else(|| format!("{}/{}", it.origin, it.to)),
        identity: to.as_str().to_owned(),
        repository_id: Some(it.id.clone()),
        ..project.clone()
    })
}

/// The project's own spelling with another path in it.
fn respelled(project: &Project, to: &str) -> Option<String> {
    let text = &project.repository;
    let (_, path) = project.identity.split_once('/')?;
    // The end of the path counts: a sub-path before it stays.
    let mut parts = path.rsplitn(3, '/');
    let (name, owner) = (parts.next()?, parts.next()?);
    let before = format!("{owner}/{name}");
    let place = text.to_ascii_lowercase().rfind(&before)?;
    Some(format!(
        "{}{to}{}",
        text.get(..place)?,
        text.get(place + before.len()..)?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, stable};

    fn shorthands() -> [Shorthand; 1] {
        [Shorthand {
            prefix: "hub".into(),
            host: "git.example".into(),
        }]
    }

    fn renamed() -> Move {
        Move {
            id: stable("42"),
            origin: "https://git.example".into(),
            from: Some("acme/Widgets".into()),
            to: "Acme/Gadgets".into(),
        }
    }

    fn project(repository: &str) -> Project {
        Project {
            repository: repository.into(),
            ..testing::project()
        }
    }

    #[test]
    fn a_project_keeps_its_spelling_and_follows_its_repository() {
        for (before, after) in [
            ("git@git.example:acme/Widgets.git", "git@git.example:Acme/Gadgets.git"),
            ("https://git.example/acme/widgets", "https://git.example/Acme/Gadgets"),
            ("hub:acme/widgets", "hub:Acme/Gadgets"),
            ("https://git.example//acme//widgets", "https://git.example/Acme/Gadgets"),
        ] {
            let next = moved(&project(before), &renamed(), &shorthands()).unwrap();
            assert_eq!(next.repository, after);
            assert_eq!(next.identity, "git.example/acme/gadgets");
            assert_eq!(moved(&next, &renamed(), &shorthands()), None, "twice");
        }
    }

    #[test]
    fn the_pinned_id_decides_and_without_one_the_path_before() {
        let other = Move {
            id: stable("43"),
            ..renamed()
        };
        assert_eq!(moved(&testing::project(), &other, &[]), None, "another under the name");
        let renamed_before = Move {
            from: None,
            ..renamed()
        };
        assert!(
            moved(&testing::project(), &renamed_before, &[]).is_some(),
            "the id is enough"
        );
        let unpinned = Project {
            repository_id: None,
            ..testing::project()
        };
        let followed = moved(&unpinned, &renamed(), &[]).unwrap();
        assert_eq!(followed.repository_id, Some(stable("42")));
        assert_eq!(moved(&unpinned, &renamed_before, &[]), None);
        let elsewhere = Move {
            from: Some("acme/other".into()),
            ..renamed()
        };
        assert_eq!(moved(&unpinned, &elsewhere, &[]), None);
    }

    #[test]
    fn a_move_is_found_by_pinned_id_and_else_by_the_path_before() {
        let moves = [renamed()];
        let moves = Moves::of(&moves);
        let unpinned = |identity: &str| Project {
            repository_id: None,
            identity: identity.into(),
            ..testing::project()
        };
        assert!(moves.concerning(&testing::project()).is_some());
        assert!(moves.concerning(&unpinned("git.example/acme/widgets")).is_some());
        assert!(moves.concerning(&unpinned("git.example/acme/other")).is_none());
        let other = Project {
            repository_id: Some(stable("43")),
            ..testing::project()
        };
        assert!(moves.concerning(&other).is_none());
    }

    #[test]
    fn a_repository_of_another_owner_is_followed_too() {
        let transferred = Move {
            to: "bob/widgets".into(),
            ..renamed()
        };
        let next = moved(&testing::project(), &transferred, &[]).unwrap();
        assert_eq!(next.repository, "git@git.example:bob/widgets.git");
    }
}
