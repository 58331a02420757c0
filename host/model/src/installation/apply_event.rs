//! Events of installations, and what they change.
//!
//! Events come twice, late, and out of order. An event of an older installing than the present one counts no more.

use std::cmp::Ordering;

use super::{Granted, Installation, InstallationStatus, Selection};
use crate::event::{self, InstallationAction};
use crate::ids::InstallationId;
use crate::timestamp::Timestamp;

/// An event of an installation, with the circumstances in which it came.
#[derive(Clone, Copy, Debug)]
pub struct InstallationEventContext<'a> {
    /// The forge's name.
    pub forge: &'a str,
    /// The forge's web address.
    pub origin: &'a str,
    /// The event itself.
    pub event: &'a event::Installation,
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

/// Applies an event. The same event applied twice changes nothing the second time.
#[must_use]
pub fn apply_event(known: Option<&Installation>, context: &InstallationEventContext<'_>) -> ApplyOutcome {
    let event = context.event;
    let Some(known) = known else {
        return first(context);
    };
    let mut next = match by_number(&event.id, &known.number) {
        Ordering::Less => return ApplyOutcome::Stale("it is about an installing before the present one"),
        Ordering::Equal => known.clone(),
        // The account installed the app again; whatever was said before was about the installing that ended.
        Ordering::Greater => Installation {
            number: event.id.clone(),
            status: InstallationStatus::Active,
            selection: None,
            repositories: Vec::new(),
            permissions_accepted_at: None,
            ..known.clone()
        },
    };
    let is_gone = next.status == InstallationStatus::Uninstalled;
    if is_gone && (event.action != InstallationAction::Created || context.replayed) {
        return ApplyOutcome::Stale("the installation is gone");
    }
    if let Some(told) = &event.account.id {
        next.account_id.get_or_insert_with(|| told.clone());
        if !context.replayed && next.account_id.as_ref() == Some(told) {
            rename(&mut next, &event.account.login);
        }
    }
    next.origin.get_or_insert_with(|| context.origin.to_owned());
    let effect = act(&mut next, context);
    if next == *known {
        ApplyOutcome::Known
    } else {
        ApplyOutcome::Changed(Box::new(next), effect)
    }
}

/// An event about an installation that nobody told of before.
fn first(context: &InstallationEventContext<'_>) -> ApplyOutcome {
    let event = context.event;
    if event.action == InstallationAction::Deleted {
        return ApplyOutcome::Stale("the installation is gone");
    }
    let mut next = Installation {
        id: context.fresh,
        forge: context.forge.to_owned(),
        origin: Some(context.origin.to_owned()),
        account_id: event.account.id.clone(),
        account: event.account.login.clone(),
        number: event.id.clone(),
        status: InstallationStatus::Active,
        selection: None,
        repositories: Vec::new(),
        permissions_accepted_at: None,
        bindings: Vec::new(),
        created_at: context.at,
    };
    let effect = act(&mut next, context);
    ApplyOutcome::Changed(Box::new(next), effect)
}

/// Does what the event says to an installation that it is about.
fn act(next: &mut Installation, context: &InstallationEventContext<'_>) -> BindingEffect {
    let event = context.event;
    let selection = event
        .all_repositories
        .map(|all| if all { Selection::All } else { Selection::Selected });
    next.selection = selection.or(next.selection);
    match event.action {
        InstallationAction::Created => {
            next.status = InstallationStatus::Active;
            next.repositories = granted(&event.added).collect();
            BindingEffect::Grew
        }
        InstallationAction::Deleted => {
            next.status = InstallationStatus::Uninstalled;
            next.repositories.clear();
            BindingEffect::Went
        }
        InstallationAction::RepositoriesChanged => {
            next.repositories
                .retain(|it| !event.removed.iter().any(|gone| is_same(it, gone)));
            for more in granted(&event.added) {
                next.repositories.retain(|it| !is_like(it, &more));
                next.repositories.push(more);
            }
            if event.added.is_empty() {
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
            next.permissions_accepted_at = next.permissions_accepted_at.max(Some(context.at));
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

    fn event(action: InstallationAction) -> event::Installation {
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

    fn applied(known: Option<&Installation>, event: &event::Installation) -> ApplyOutcome {
        apply_event(known, &context(event))
    }

    fn context(event: &event::Installation) -> InstallationEventContext<'_> {
        InstallationEventContext {
            forge: "hub",
            origin: ORIGIN,
            event,
            replayed: false,
            fresh: InstallationId(Uuid::from_u128(9)),
            at: Timestamp::from_seconds(7),
        }
    }

    fn changed(heard: ApplyOutcome) -> (Installation, BindingEffect) {
        match heard {
            ApplyOutcome::Changed(next, effect) => (*next, effect),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_first_word_makes_an_installation_and_the_same_word_again_changes_nothing() {
        let created = event::Installation {
            added: vec![repository("28", "Acme/Widgets")],
            ..event(InstallationAction::Created)
        };
        let (made, effect) = changed(applied(None, &created));
        assert_eq!(effect, BindingEffect::Grew);
        assert_eq!(
            made,
            Installation {
                created_at: Timestamp::from_seconds(7),
                ..installation()
            }
        );
        assert_eq!(applied(Some(&made), &created), ApplyOutcome::Known);
        let gone = event(InstallationAction::Deleted);
        assert!(matches!(applied(None, &gone), ApplyOutcome::Stale(_)));
    }

    #[test]
    fn every_action_does_its_own() {
        use InstallationAction as A;
        let known = installation();
        for (action, standing, effect) in [
            (A::Suspended, InstallationStatus::Suspended, BindingEffect::Same),
            (A::Deleted, InstallationStatus::Uninstalled, BindingEffect::Went),
            (A::PermissionsAccepted, InstallationStatus::Active, BindingEffect::Same),
        ] {
            let (next, found) = changed(applied(Some(&known), &event(action)));
            assert_eq!((next.status, found), (standing, effect), "{action:?}");
            if action != A::PermissionsAccepted {
                let again = applied(Some(&next), &event(action));
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
        let (next, _) = changed(applied(Some(&suspended), &event(A::Unsuspended)));
        assert_eq!(next, known);
        assert_eq!(applied(Some(&known), &event(A::Other)), ApplyOutcome::Known);
    }

    #[test]
    fn repositories_come_and_go_by_number() {
        let changes = event::Installation {
            added: vec![repository("30", "Acme/Gadgets"), repository("28", "Acme/Widgets2")],
            removed: vec![repository("99", "Acme/Widgets")],
            ..event(InstallationAction::RepositoriesChanged)
        };
        let (next, effect) = changed(applied(Some(&installation()), &changes));
        assert_eq!(
            (next.repositories, effect),
            (
                vec![granted("30", "Acme/Gadgets"), granted("28", "Acme/Widgets2")],
                BindingEffect::Grew
            )
        );
        let removed = event::Installation {
            removed: vec![repository("28", "Acme/Renamed")],
            ..event(InstallationAction::RepositoriesChanged)
        };
        let (next, effect) = changed(applied(Some(&installation()), &removed));
        assert_eq!((next.repositories, effect), (Vec::new(), BindingEffect::Same));
    }

    #[test]
    fn an_account_that_is_renamed_takes_its_repositories_along() {
        let renamed = event::Installation {
            account: account(Some("3"), "acme-inc"),
            all_repositories: None,
            ..event(InstallationAction::Renamed)
        };
        let (next, _) = changed(applied(Some(&installation()), &renamed));
        assert_eq!(next.account, "acme-inc");
        assert_eq!(next.repositories, [granted("28", "acme-inc/Widgets")]);
        assert_eq!(next.selection, Some(Selection::Selected));
        let replayed = InstallationEventContext {
            replayed: true,
            ..context(&renamed)
        };
        assert_eq!(apply_event(Some(&installation()), &replayed), ApplyOutcome::Known);
    }

    #[test]
    fn what_is_said_of_an_older_installing_counts_no_more() {
        let second = event::Installation {
            id: "400".into(),
            ..event(InstallationAction::Created)
        };
        let (next, effect) = changed(applied(Some(&installation()), &second));
        assert_eq!((next.number.as_str(), effect), ("400", BindingEffect::Grew));
        assert_eq!(next.repositories, []);
        let late = event(InstallationAction::Deleted);
        assert!(matches!(applied(Some(&next), &late), ApplyOutcome::Stale(_)));
    }

    #[test]
    fn what_was_uninstalled_comes_again_only_by_being_installed() {
        let (gone, _) = changed(applied(Some(&installation()), &event(InstallationAction::Deleted)));
        for action in [
            InstallationAction::Suspended,
            InstallationAction::Unsuspended,
            InstallationAction::RepositoriesChanged,
        ] {
            assert!(
                matches!(applied(Some(&gone), &event(action)), ApplyOutcome::Stale(_)),
                "{action:?}"
            );
        }
        let created = event(InstallationAction::Created);
        let replayed = InstallationEventContext {
            replayed: true,
            ..context(&created)
        };
        assert!(matches!(apply_event(Some(&gone), &replayed), ApplyOutcome::Stale(_)));
        assert_eq!(
            changed(applied(Some(&gone), &created)).0.status,
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
        let (next, _) = changed(applied(Some(&by_hand), &event(InstallationAction::PermissionsAccepted)));
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
