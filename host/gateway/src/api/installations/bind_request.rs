//! Binding an installation that somebody names. The forge's word goes before theirs; where it cannot be asked, they are believed.

use std::sync::Arc;

use forgegate_model::event::User;
use forgegate_model::ids::OrganizationId;
use forgegate_model::installation::{Installation, pair_name};
use forgegate_model::integration::Integration;
use forgegate_storage::{Bound, NewBinding};
use ipnet::IpNet;

use super::asking::{Known, ask};
use crate::access::Caller;
use crate::clock::fresh_id;
use crate::core::Core;
use crate::forge_client::ForgeClient;
use crate::installations;
use crate::response::{Code, Problem};

/// An installation that somebody wants bound.
pub struct BindRequest<'a> {
    /// The organization that the installation is bound to.
    pub organization: OrganizationId,
    /// The forge whose app it is.
    pub forge: &'a str,
    /// The forge's number of it.
    pub number: &'a str,
    /// The account, as somebody says.
    pub account: Option<&'a str>,
    /// Networks that its deliveries may come from.
    pub allowed_ips: Vec<IpNet>,
}

impl BindRequest<'_> {
    /// Makes the pair of an installation in an organization, and attaches it to the projects that it matches.
    ///
    /// # Errors
    /// `app_not_configured`; `unknown_installation`; `bad_request` for an account that is not the installation's, or for none where
    /// the forge cannot be asked; `plugin_unavailable` where it can be and gives no answer; `forbidden` for an account that nobody
    /// confirmed; `already_exists` for a second installation of the account.
    pub async fn bind(
        self,
        core: &Core,
        client: &Arc<ForgeClient>,
        caller: &Caller,
    ) -> Result<(Installation, [Integration; 2]), Problem> {
        let (plugin, instance) = installations::app(core, self.forge)?;
        if self.number.is_empty() || !self.number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Problem::new(
                Code::UnknownInstallation,
                "`installation_id`: the forge's number of the installation",
            ));
        }
        let known = match ask(client, plugin, self.number).await? {
            Some(known) => self.agreed(known, caller)?,
            None => self.believed()?,
        };
        if pair_name(self.forge, &known.account.login).is_none() {
            return Err(Problem::new(Code::InvalidName, "`account`: it makes no name"));
        }
        let target = format!("{} installation {}", self.forge, known.number);
        let audit = caller.made(core, Some(self.organization), target);
        let may_know = self.named().is_some() || caller.administrates().is_ok();
        let binding = NewBinding {
            organization: self.organization,
            forge: self.forge.to_owned(),
            origin: instance.origin,
            base_url: instance.base_url,
            number: known.number,
            account: known.account,
            status: known.status,
            selection: known.selection,
            repositories: known.repositories,
            allowed_ips: self.allowed_ips,
            policy: instance.policy,
            plugins: installations::descriptions(core),
            seed: fresh_id(),
            at: core.clock.now(),
        };
        match core.store.bind_installation(binding, Some(audit)).await? {
            Bound::Made { installation, pair } => Ok((*installation, *pair)),
            Bound::Unconfirmed { account } => Err(unconfirmed(may_know.then_some(&account))),
        }
    }

    fn named(&self) -> Option<&str> {
        self.account.filter(|text| !text.is_empty())
    }

    /// The forge's word. Whoever names another account means another installation, and only an administrator is told whose it is.
    fn agreed(&self, known: Known, caller: &Caller) -> Result<Known, Problem> {
        let (number, login) = (&known.number, &known.account.login);
        match self.named() {
            Some(account) if !account.eq_ignore_ascii_case(login) => {
                let whose = match caller.administrates() {
                    Ok(()) => format!("that of `{login}`"),
                    Err(_) => "another's".to_owned(),
                };
                let sentence = format!("`account`: installation {number} is {whose}, not that of `{account}`");
                Err(Problem::bad_request(sentence))
            }
            _ => Ok(known),
        }
    }

    fn believed(&self) -> Result<Known, Problem> {
        let login = self.named().ok_or_else(|| {
            Problem::bad_request("`account`: the forge cannot be asked; name the account of the installation")
        })?;
        Ok(Known {
            number: self.number.to_owned(),
            account: User {
                id: None,
                login: login.to_owned(),
            },
            status: None,
            selection: None,
            repositories: None,
        })
    }
}

/// The account is named only to those who know it.
fn unconfirmed(account: Option<&String>) -> Problem {
    let account = account.map_or_else(|| "of the installation".to_owned(), |name| format!("`{name}`"));
    Problem::new(
        Code::Forbidden,
        format!("an administrator has to confirm the account {account} for the organization first"),
    )
}
