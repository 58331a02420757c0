//! Events of installations, and what they change.
//!
//! Words come twice, late, and out of order. What is said of an older installing than the present one counts no more.

use std::cmp::Ordering;

use super::{Granted, Installation, InstallationStatus, Selection};
use crate::event::{self, InstallationAction};
use crate::ids::InstallationId;
use crate::timestamp::Timestamp;

/// A word about an installation, and how it came.
#[derive(Clone, Copy, Debug)]
pub struct InstallationEventContext<'a> {
    /// The forge.
    pub forge: &'a str,
    /// Its web address.
    pub origin: &'a str,
    /// Its event.
    pub word: &'a event::Installation,
    /// True if it is an older delivery that somebody replays: then it brings nothing back and renames nothing.
    pub replayed: bool,
    /// The id of the installation, where it was not known.
    pub fresh: InstallationId,
    /// The time when it came.
    pub at: Timestamp,
}

/// The outcome of applying an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyOutcome {
    /// Nothing: it counts no more, for this reason.
    Stale(&'static str),
    /// Nothing: all that was known.
    Known,
    /// The installation is like this.
    Changed(Box<Installation>, BindingEffect),
}

/// The effect of a change on bindings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingEffect {
    /// It is there, and covers more than before: who owns such a repository may be bound, and pairs that uninstalling took come again.
    Grew,
    /// It is there, and covers no more than before.
    Same,
    /// It is gone.
    Went,
}

/// Applies a word. The same word applied twice changes nothing the second time.
#[must_use]
pub fn apply_event(known: Option<&Installation>, hearing: &InstallationEventContext<'_>) -> ApplyOutcome {
    let word = hearing.word;
    let Some(known) = known else {
        return first(hearing);
    };
    let mut next = match by_number(&word.id, &known.number) {
        Ordering::Less => return ApplyOutcome::Stale("it is about an installing before the present one"),
        Ordering::Equal => known.clone(),
        // The account installed the app again; whatever was said before was about the installing that ended.
        Ordering::Greater => Installation {
            number: word.id.clone(),
            status: InstallationStatus::Active,
            selection: None,
            repositories: Vec::new(),
            permissions_accepted_at: None,
            ..known.clone()
        },
    };
    let is_gone = next.status == InstallationStatus::Uninstalled;
    if is_gone && (word.action != InstallationAction::Created || hearing.replayed) {
        return ApplyOutcome::Stale("the installation is gone");
    }
    if let Some(told) = &word.account.id {
        next.account_id.get_or_insert_with(|| told.clone());
        if !hearing.replayed && next.account_id.as_ref() == Some(told) {
            rename(&mut next, &word.account.login);
        }
    }
    next.origin.get_or_insert_with(|| hearing.origin.to_owned());
    let turn = act(&mut next, hearing);
    if next == *known {
        ApplyOutcome::Known
    } else {
        ApplyOutcome::Changed(Box::new(next), turn)
    }
}

/// A word about an installation that nobody told of before.
fn first(hearing: &InstallationEventContext<'_>) -> ApplyOutcome {
    let word = hearing.word;
    if word.action == InstallationAction::Deleted {
        return ApplyOutcome::Stale("the installation is gone");
    }
    let mut next = Installation {
        id: hearing.fresh,
        forge: hearing.forge.to_owned(),
        origin: Some(hearing.origin.to_owned()),
        account_id: word.account.id.clone(),
        account: word.account.login.clone(),
        number: word.id.clone(),
        status: InstallationStatus::Active,
        selection: None,
        repositories: Vec::new(),
        permissions_accepted_at: None,
        bindings: Vec::new(),
        created_at: hearing.at,
    };
    let turn = act(&mut next, hearing);
    ApplyOutcome::Changed(Box::new(next), turn)
}

/// Does what the word says to an installation that it is about.
fn act(next: &mut Installation, hearing: &InstallationEventContext<'_>) -> BindingEffect {
    let word = hearing.word;
    let selection = word
        .all_repositories
        .map(|all| if all { Selection::All } else { Selection::Selected });
    next.selection = selection.or(next.selection);
    match word.action {
        InstallationAction::Created => {
            next.status = InstallationStatus::Active;
            next.repositories = granted(&word.added).collect();
            BindingEffect::Grew
        }
        InstallationAction::Deleted => {
            next.status = InstallationStatus::Uninstalled;
            next.repositories.clear();
            BindingEffect::Went
        }
        InstallationAction::RepositoriesChanged => {
            next.repositories
                .retain(|it| !word.removed.iter().any(|gone| is_same(it, gone)));
            for more in granted(&word.added) {
                next.repositories.retain(|it| !is_like(it, &more));
                next.repositories.push(more);
            }
            if word.added.is_empty() {
                BindingEffect::Same
            } else {
                BindingEffect::Grew
            }
        }
        InstallationAction::Suspended => {
            next.status = InstallationStatus::Suspended;
            BindingEffect::Same
        }
        InstallationAction::Unsuspended => {
            next.status = InstallationStatus::Active;
            BindingEffect::Same
        }
        InstallationAction::PermissionsAccepted => {
            next.permissions_accepted_at = next.permissions_accepted_at.max(Some(hearing.at));
            BindingEffect::Same
        }
        InstallationAction::Renamed | InstallationAction::Other => BindingEffect::Same,
    }
}

/// Gives the account its name of today, and the repositories below it.
fn rename(installation: &mut Installation, login: &str) {
    if installation.account == login {
        return;
    }
    for granted in &mut installation.repositories {
        if let Some((owner, name)) = granted.full_name.split_once('/')
            && owner.eq_ignore_ascii_case(&installation.account)
        {
            granted.full_name = format!("{login}/{name}");
        }
    }
    login.clone_into(&mut installation.account);
}

fn granted(names: &[event::RepositoryName]) -> impl Iterator<Item = Granted> {
    names.iter().map(|it| Granted {
        id: it.id.clone(),
        full_name: it.full_name.clone(),
    })
}

fn is_same(granted: &Granted, named: &event::RepositoryName) -> bool {
    match (&granted.id, &named.id) {
        (Some(own), Some(told)) => own == told,
        _ => granted.full_name.eq_ignore_ascii_case(&named.full_name),
    }
}

fn is_like(one: &Granted, other: &Granted) -> bool {
    match (&one.id, &other.id) {
        (Some(own), Some(told)) => own == told,
        _ => one.full_name.eq_ignore_ascii_case(&other.full_name),
    }
}

/// The order of a forge's numbers, which grow.
fn by_number(one: &str, other: &str) -> Ordering {
    (one.len(), one).cmp(&(other.len(), other))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::cases::{ORIGIN, account, granted, installation};
    use super::*;
    use crate::event::RepositoryName;

    fn word(action: InstallationAction) -> event::Installation {
        event::Installation {
            action,
            id: "50".into(),
            account: account(Some("3"), "Acme"),
            all_repositories: Some(false),
            added: Vec::new(),
            removed: Vec::new(),
        }
    }

    fn repository(id: &str, full_name: &str) -> RepositoryName {
        RepositoryName {
            id: Some(id.into()),
            full_name: full_name.into(),
        }
    }

    fn said(known: Option<&Installation>, word: &event::Installation) -> ApplyOutcome {
        apply_event(known, &hearing(word))
    }

    fn hearing(word: &event::Installation) -> InstallationEventContext<'_> {
        InstallationEventContext {
            forge: "hub",
            origin: ORIGIN,
            word,
            replayed: false,
            fresh: InstallationId(Uuid::from_u128(9)),
            at: Timestamp::from_seconds(7),
        }
    }

    fn changed(heard: ApplyOutcome) -> (Installation, BindingEffect) {
        match heard {
            ApplyOutcome::Changed(next, turn) => (*next, turn),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_first_word_makes_an_installation_and_the_same_word_again_changes_nothing() {
        let created = event::Installation {
            added: vec![repository("28", "Acme/Widgets")],
            ..word(InstallationAction::Created)
        };
        let (made, turn) = changed(said(None, &created));
        assert_eq!(turn, BindingEffect::Grew);
        assert_eq!(
            made,
            Installation {
                created_at: Timestamp::from_seconds(7),
                ..installation()
            }
        );
        assert_eq!(said(Some(&made), &created), ApplyOutcome::Known);
        let gone = word(InstallationAction::Deleted);
        assert!(matches!(said(None, &gone), ApplyOutcome::Stale(_)));
    }

    #[test]
    fn every_action_does_its_own() {
        use InstallationAction as A;
        let known = installation();
        for (action, standing, turn) in [
            (A::Suspended, InstallationStatus::Suspended, BindingEffect::Same),
            (A::Deleted, InstallationStatus::Uninstalled, BindingEffect::Went),
            (A::PermissionsAccepted, InstallationStatus::Active, BindingEffect::Same),
        ] {
            let (next, found) = changed(said(Some(&known), &word(action)));
            assert_eq!((next.status, found), (standing, turn), "{action:?}");
            if action != A::PermissionsAccepted {
                let again = said(Some(&next), &word(action));
                assert!(
                    !matches!(again, ApplyOutcome::Changed(..)),
                    "{action:?} twice: {again:?}"
                );
            }
        }
        let suspended = Installation {
            status: InstallationStatus::Suspended,
            ..installation()
        };
        let (next, _) = changed(said(Some(&suspended), &word(A::Unsuspended)));
        assert_eq!(next, known);
        assert_eq!(said(Some(&known), &word(A::Other)), ApplyOutcome::Known);
    }

    #[test]
    fn repositories_come_and_go_by_number() {
        let changes = event::Installation {
            added: vec![repository("30", "Acme/Gadgets"), repository("28", "Acme/Widgets2")],
            removed: vec![repository("99", "Acme/Widgets")],
            ..word(InstallationAction::RepositoriesChanged)
        };
        let (next, turn) = changed(said(Some(&installation()), &changes));
        assert_eq!(
            (next.repositories, turn),
            (
                vec![granted("30", "Acme/Gadgets"), granted("28", "Acme/Widgets2")],
                BindingEffect::Grew
            )
        );
        let removed = event::Installation {
            removed: vec![repository("28", "Acme/Renamed")],
            ..word(InstallationAction::RepositoriesChanged)
        };
        let (next, turn) = changed(said(Some(&installation()), &removed));
        assert_eq!((next.repositories, turn), (Vec::new(), BindingEffect::Same));
    }

    #[test]
    fn an_account_that_is_renamed_takes_its_repositories_along() {
        let renamed = event::Installation {
            account: account(Some("3"), "acme-inc"),
            all_repositories: None,
            ..word(InstallationAction::Renamed)
        };
        let (next, _) = changed(said(Some(&installation()), &renamed));
        assert_eq!(next.account, "acme-inc");
        assert_eq!(next.repositories, [granted("28", "acme-inc/Widgets")]);
        assert_eq!(next.selection, Some(Selection::Selected));
        let replayed = InstallationEventContext {
            replayed: true,
            ..hearing(&renamed)
        };
        assert_eq!(apply_event(Some(&installation()), &replayed), ApplyOutcome::Known);
    }

    #[test]
    fn what_is_said_of_an_older_installing_counts_no_more() {
        let second = event::Installation {
            id: "400".into(),
            ..word(InstallationAction::Created)
        };
        let (next, turn) = changed(said(Some(&installation()), &second));
        assert_eq!((next.number.as_str(), turn), ("400", BindingEffect::Grew));
        assert_eq!(next.repositories, []);
        let late = word(InstallationAction::Deleted);
        assert!(matches!(said(Some(&next), &late), ApplyOutcome::Stale(_)));
    }

    #[test]
    fn what_was_uninstalled_comes_again_only_by_being_installed() {
        let (gone, _) = changed(said(Some(&installation()), &word(InstallationAction::Deleted)));
        for action in [
            InstallationAction::Suspended,
            InstallationAction::Unsuspended,
            InstallationAction::RepositoriesChanged,
        ] {
            assert!(
                matches!(said(Some(&gone), &word(action)), ApplyOutcome::Stale(_)),
                "{action:?}"
            );
        }
        let created = word(InstallationAction::Created);
        let replayed = InstallationEventContext {
            replayed: true,
            ..hearing(&created)
        };
        assert!(matches!(apply_event(Some(&gone), &replayed), ApplyOutcome::Stale(_)));
        assert_eq!(
            changed(said(Some(&gone), &created)).0.status,
            InstallationStatus::Active
        );
    }

    #[test]
    fn what_was_bound_by_hand_learns_its_account() {
        let by_hand = Installation {
            origin: None,
            account_id: None,
            account: "acme".into(),
            ..installation()
        };
        let (next, _) = changed(said(Some(&by_hand), &word(InstallationAction::PermissionsAccepted)));
        assert_eq!(
            (
                next.account_id.as_deref(),
                next.account.as_str(),
                next.origin.as_deref()
            ),
            (Some("3"), "Acme", Some(ORIGIN))
        );
    }
}
