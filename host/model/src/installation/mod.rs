//! Installations of an app, and the organizations that they are bound to. `hearing` is what a forge's word makes of one, `binding` who
//! may be bound and as what, `moving` how a repository that was renamed keeps its projects.
//!
//! Nothing here asks or writes: storage applies these rules inside its transaction.

mod apply_event;
mod binding;
mod moving;

use std::collections::HashSet;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::event::User;
use crate::ids::{ActionId, InstallationId, IntegrationId, OrganizationId, ProjectId, TriggerId};
use crate::repository::RepositoryIdentity;
use crate::timestamp::Timestamp;

pub use apply_event::{ApplyOutcome, BindingEffect, InstallationEventContext, apply_event};
pub use binding::{Bind, ConfirmedAccount, may_bind, pair, pair_name};
pub use moving::{Move, Moves, moved};

/// The status of an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstallationStatus {
    /// The installation can be used.
    Active,
    /// It is switched off: nothing is asked or sent in its name.
    Suspended,
    /// It was removed at the forge. What it was bound to is remembered for the day that it comes again.
    Uninstalled,
}

/// The repositories of the account that an installation covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// All repositories of the account.
    All,
    /// Only the repositories that were chosen.
    Selected,
}

/// A repository that an installation covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// The forge's number of it.
    pub id: Option<String>,
    /// Its path on the forge, as it is written there.
    pub full_name: String,
}

/// Triggers and actions that named a pair.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// Triggers, with their projects.
    pub triggers: Vec<(ProjectId, TriggerId)>,
    /// Actions, with their projects.
    pub actions: Vec<(ProjectId, ActionId)>,
}

/// The binding of an installation to one organization: a pair of integrations, one each way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The organization's id.
    pub organization: OrganizationId,
    /// The row that deliveries come by.
    pub inbound: IntegrationId,
    /// The row that statuses go by.
    pub outbound: IntegrationId,
    /// Networks that deliveries may come from; empty means any.
    pub allowed_ips: Vec<IpNet>,
    /// The links that uninstalling took, with the pair; none while the pair is there.
    pub unlinked: Option<Links>,
    /// The time when it was made.
    pub created_at: Timestamp,
}

impl Binding {
    /// True if its pair is there.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        self.unlinked.is_none()
    }

    /// True if an integration is of its pair.
    #[must_use]
    pub fn has(&self, integration: IntegrationId) -> bool {
        self.inbound == integration || self.outbound == integration
    }
}

/// An installation of an app on an account, as far as the forge or an administrator told of it. It is known by forge, origin and the
/// account's number: the forge numbers it anew each time that the account installs the app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installation {
    /// The installation's id.
    pub id: InstallationId,
    /// The forge whose app it is.
    pub forge: String,
    /// The forge's web address, without a slash at its end; none where nobody told it so far.
    pub origin: Option<String>,
    /// The forge's number of the account; none where nobody told it so far.
    pub account_id: Option<String>,
    /// The account's name.
    pub account: String,
    /// The forge's number of the installation.
    pub number: String,
    /// The installation's status.
    pub status: InstallationStatus,
    /// The repositories that it covers; none where nobody told.
    pub selection: Option<Selection>,
    /// The repositories that are known to be covered, as they were told. Where all are covered there may be more.
    pub repositories: Vec<Granted>,
    /// The time when new permissions were last accepted.
    pub permissions_accepted_at: Option<Timestamp>,
    /// The organizations that it is bound to, one binding each.
    pub bindings: Vec<Binding>,
    /// The time when it was first heard of.
    pub created_at: Timestamp,
}

/// The repositories that an installation covers.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// The beginning of the identities of all repositories of the account, where all are covered.
    account: Option<String>,
    named: HashSet<RepositoryIdentity>,
}

impl Coverage {
    /// True if a repository is covered.
    #[must_use]
    pub fn has(&self, repository: &RepositoryIdentity) -> bool {
        let of_account = |prefix: &String| repository.as_str().starts_with(prefix.as_str());
        self.account.as_ref().is_some_and(of_account) || self.named.contains(repository)
    }
}

/// The name of an installation, as the forge or an administrator gives it.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// The forge's name.
    pub forge: &'a str,
    /// The forge's web address.
    pub origin: &'a str,
    /// The forge's number of the installation.
    pub number: &'a str,
    /// The account, its number where that is told.
    pub account: &'a User,
}

/// The certainty that a name means an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// By the account's name alone, where its number was never told.
    Login,
    /// By the number of the installation.
    Number,
    /// By the number of the account.
    Account,
}

impl Installation {
    /// The certainty that a name means this one; none where it does not. Numbers that differ are never one account, whatever their names.
    #[must_use]
    pub fn likeness(&self, named: &Named<'_>) -> Option<Likeness> {
        let here = self.forge == named.forge && self.origin.as_deref().is_none_or(|origin| origin == named.origin);
        let account = (self.account_id.as_deref(), named.account.id.as_deref());
        match account {
            _ if !here => None,
            (Some(own), Some(told)) => (own == told).then_some(Likeness::Account),
            _ if self.number == named.number => Some(Likeness::Number),
            (None, _) if self.account.eq_ignore_ascii_case(&named.account.login) => Some(Likeness::Login),
            _ => None,
        }
    }

    /// True if something may be asked and sent in its name.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self.status, InstallationStatus::Active)
    }

    /// True if it need not be kept: it is gone, and nobody gets anything back when it comes again.
    #[must_use]
    pub const fn is_forgotten(&self) -> bool {
        matches!(self.status, InstallationStatus::Uninstalled) && self.bindings.is_empty()
    }

    /// The binding of an organization, its pair there or not.
    #[must_use]
    pub fn binding(&self, organization: OrganizationId) -> Option<&Binding> {
        self.bindings.iter().find(|it| it.organization == organization)
    }

    /// The repositories that it covers, ready to be asked about: those that were named, and all of the account where it covers all.
    /// Nothing where the forge's address is not known.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        let Some(origin) = self.origin.as_deref() else {
            return Coverage::default();
        };
        let identity = |path: &str| RepositoryIdentity::parse(&format!("{origin}/{path}"), &[]).ok();
        let all = (self.selection == Some(Selection::All)).then(|| identity(&self.account));
        Coverage {
            account: all.flatten().map(|it| format!("{it}/")),
            named: self
                .repositories
                .iter()
                .filter_map(|it| identity(&it.full_name))
                .collect(),
        }
    }
}

#[cfg(test)]
pub(crate) mod cases {
    use uuid::Uuid;

    use super::*;
    use crate::testing;

    pub(crate) const ORIGIN: &str = "https://hub.example";

    pub(crate) fn account(id: Option<&str>, login: &str) -> User {
        User {
            id: id.map(str::to_owned),
            login: login.to_owned(),
        }
    }

    pub(crate) fn granted(id: &str, full_name: &str) -> Granted {
        Granted {
            id: Some(id.to_owned()),
            full_name: full_name.to_owned(),
        }
    }

    pub(crate) fn installation() -> Installation {
        Installation {
            id: InstallationId(Uuid::from_u128(9)),
            forge: "hub".into(),
            origin: Some(ORIGIN.into()),
            account_id: Some("3".into()),
            account: "Acme".into(),
            number: "50".into(),
            selection: Some(Selection::Selected),
            repositories: vec![granted("28", "Acme/Widgets")],
            ..testing::installation()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::cases::{ORIGIN, account, installation};
    use super::*;

    #[test]
    fn an_installation_is_known_by_forge_origin_and_the_number_of_its_account() {
        let known = installation();
        let unnumbered = Installation {
            account_id: None,
            ..installation()
        };
        let likeness = |of: &Installation, forge, origin, number, id, login| {
            let account = account(id, login);
            of.likeness(&Named {
                forge,
                origin,
                number,
                account: &account,
            })
        };
        for (why, of, forge, origin, number, id, login, expected) in [
            (
                "its own",
                &known,
                "hub",
                ORIGIN,
                "50",
                Some("3"),
                "acme",
                Some(Likeness::Account),
            ),
            (
                "installed anew",
                &known,
                "hub",
                ORIGIN,
                "51",
                Some("3"),
                "acme",
                Some(Likeness::Account),
            ),
            (
                "renamed",
                &known,
                "hub",
                ORIGIN,
                "50",
                Some("3"),
                "acme2",
                Some(Likeness::Account),
            ),
            (
                "another account of the name",
                &known,
                "hub",
                ORIGIN,
                "50",
                Some("4"),
                "acme",
                None,
            ),
            ("another forge", &known, "tea", ORIGIN, "50", Some("3"), "acme", None),
            (
                "another origin",
                &known,
                "hub",
                "https://x.example",
                "50",
                Some("3"),
                "acme",
                None,
            ),
            (
                "an account that is gone",
                &known,
                "hub",
                ORIGIN,
                "50",
                None,
                "ghost",
                Some(Likeness::Number),
            ),
            ("a name alone", &known, "hub", ORIGIN, "51", None, "acme", None),
            (
                "first number of a name",
                &unnumbered,
                "hub",
                ORIGIN,
                "51",
                Some("3"),
                "ACME",
                Some(Likeness::Login),
            ),
            (
                "by number",
                &unnumbered,
                "hub",
                ORIGIN,
                "50",
                Some("3"),
                "other",
                Some(Likeness::Number),
            ),
            ("neither", &unnumbered, "hub", ORIGIN, "51", Some("3"), "other", None),
        ] {
            assert_eq!(likeness(of, forge, origin, number, id, login), expected, "{why}");
        }
    }

    #[test]
    fn it_covers_what_was_named_or_all_of_its_account() {
        let all = Installation {
            selection: Some(Selection::All),
            ..installation()
        };
        for (repository, selected, every) in [
            ("https://hub.example/acme/widgets.git", true, true),
            ("git@hub.example:ACME/Widgets", true, true),
            ("https://hub.example/acme/gadgets", false, true),
            ("https://hub.example/acme-x/widgets", false, false),
            ("https://other.example/acme/widgets", false, false),
        ] {
            let identity = RepositoryIdentity::parse(repository, &[]).unwrap();
            assert_eq!(installation().coverage().has(&identity), selected, "{repository}");
            assert_eq!(all.coverage().has(&identity), every, "{repository}");
        }
    }
}
