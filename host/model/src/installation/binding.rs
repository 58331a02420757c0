//! Bindings: the accounts that may be bound to an organization, and the pair that is made then.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{Binding, Installation, Named};
use crate::event::User;
use crate::integration::{Integration, IntegrationKind, IntegrationMode};
use crate::name::Name;
use crate::timestamp::Timestamp;

/// The accounts that may be bound to an organization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bind {
    /// Any while there is a single organization; with more, those that an administrator confirmed for it.
    #[default]
    Matching,
    /// Only those that an administrator confirmed for it.
    Verified,
}

/// An account that an administrator confirmed for an organization, or that it once had bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmedAccount {
    /// The forge whose app it is.
    pub forge: String,
    /// The forge's web address.
    pub origin: String,
    /// The account's name when it was confirmed.
    pub login: String,
    /// The account's number; none until it is told, and from then on the name counts no more.
    pub account_id: Option<String>,
    /// The time when it was confirmed.
    pub confirmed_at: Timestamp,
}

impl ConfirmedAccount {
    /// True if an account is this one: by number, or by name where the number was never told.
    #[must_use]
    pub fn is(&self, forge: &str, origin: &str, account: &User) -> bool {
        let alike = match (&self.account_id, &account.id) {
            (Some(own), Some(told)) => own == told,
            _ => self.login.eq_ignore_ascii_case(&account.login),
        };
        self.forge == forge && self.origin == origin && alike
    }
}

/// True if an account may be bound to one of so many organizations.
#[must_use]
pub fn may_bind(bind: Bind, organizations: usize, named: &Named<'_>, confirmed: &[ConfirmedAccount]) -> bool {
    let free = bind == Bind::Matching && organizations <= 1;
    free || confirmed
        .iter()
        .any(|it| it.is(named.forge, named.origin, named.account))
}

/// `{forge}-{account}`, lower-cased, each character outside `a-z0-9-` a `-`; within the length of a name, without a `-` at its end.
/// None where that is no name.
#[must_use]
pub fn pair_name(forge: &str, account: &str) -> Option<Name> {
    let plain = |sign: char| {
        if sign.is_ascii_lowercase() || sign.is_ascii_digit() {
            sign
        } else {
            '-'
        }
    };
    let account: String = account.to_lowercase().chars().map(plain).collect();
    let text: String = format!("{forge}-{account}").chars().take(63).collect();
    text.trim_end_matches('-').parse().ok()
}

/// The pair of a binding: the row that comes in and the row that goes out. `base_url` is the forge's web address where that is not a
/// public one.
#[must_use]
pub fn pair(installation: &Installation, binding: &Binding, name: &Name, base_url: Option<&str>) -> [Integration; 2] {
    let row = |id, kind, allowed_ips: Vec<IpNet>| Integration {
        id,
        organization: binding.organization,
        name: name.clone(),
        kind,
        forge: installation.forge.clone(),
        forges: None,
        mode: IntegrationMode::Push,
        base_url: base_url.map(str::to_owned),
        secrets: Vec::new(),
        signing_key: None,
        has_token: false,
        allowed_ips,
        repositories: Vec::new(),
        installation_id: Some(installation.number.clone()),
        account: Some(installation.account.clone()),
        created_at: binding.created_at,
    };
    [
        row(binding.inbound, IntegrationKind::Inbound, binding.allowed_ips.clone()),
        row(binding.outbound, IntegrationKind::Outbound, Vec::new()),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::cases::{ORIGIN, account};
    use super::*;

    fn confirmed(id: Option<&str>) -> ConfirmedAccount {
        ConfirmedAccount {
            forge: "hub".into(),
            origin: ORIGIN.into(),
            login: "acme".into(),
            account_id: id.map(str::to_owned),
            confirmed_at: Timestamp::default(),
        }
    }

    #[test]
    fn with_one_organization_any_account_may_be_bound_and_else_a_confirmed_one() {
        let (by_name, by_number) = (confirmed(None), confirmed(Some("3")));
        let (acme, other, taken) = (
            account(Some("3"), "Acme"),
            account(Some("5"), "other"),
            account(Some("4"), "acme"),
        );
        let none: &[ConfirmedAccount] = &[];
        for (why, bind, organizations, account, confirmed, expected) in [
            ("alone", Bind::Matching, 1, &acme, none, true),
            ("alone, verified", Bind::Verified, 1, &acme, none, false),
            ("two", Bind::Matching, 2, &acme, none, false),
            (
                "confirmed by name",
                Bind::Matching,
                2,
                &acme,
                std::slice::from_ref(&by_name),
                true,
            ),
            (
                "confirmed by number",
                Bind::Verified,
                2,
                &acme,
                std::slice::from_ref(&by_number),
                true,
            ),
            (
                "another",
                Bind::Verified,
                1,
                &other,
                std::slice::from_ref(&by_name),
                false,
            ),
            (
                "who took the name",
                Bind::Matching,
                2,
                &taken,
                std::slice::from_ref(&by_number),
                false,
            ),
        ] {
            let named = Named {
                forge: "hub",
                origin: ORIGIN,
                number: "50",
                account,
            };
            assert_eq!(may_bind(bind, organizations, &named, confirmed), expected, "{why}");
        }
        assert!(!by_number.is("tea", ORIGIN, &acme) && !by_number.is("hub", "https://x.example", &acme));
    }

    #[test]
    fn a_pair_is_named_after_its_account() {
        let name = |account: &str| pair_name("hub", account).map(|name| name.to_string());
        assert_eq!(name("Acme_Corp.x").as_deref(), Some("hub-acme-corp-x"));
        assert_eq!(name(&"é".repeat(100)).as_deref(), Some("hub"));
    }
}
