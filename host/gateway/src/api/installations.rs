//! An app's installations: each is bound to organizations as a pair of integrations, one each way.
//!
//! The row is known by the forge's number of the installation, or by its own id. Bound to several organizations, it is one of each that is
//! shown, changed or deleted: `?organization=` says which.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_model::client_address::parse_allowed_ip;
use forgegate_model::event::User;
use forgegate_model::ids::{IntegrationId, OrganizationId};
use forgegate_model::installation::{Binding as Bound, ConfirmedAccount, Installation, Selection, Standing, pair_name};
use forgegate_model::integration::Integration;
use forgegate_storage::{Bound as Outcome, NewBinding};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::extract::{At, Given, Query, nothing};
use super::integrations::unlinked_view;
use super::shape::{Items, organization_name, page_of};
use crate::access::Caller;
use crate::clock::fresh_id;
use crate::gateway::Gateway;
use crate::installations::{self, Place};
use crate::response::{Code, Problem, created, ok};

/// What is bound to whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    organization: String,
    installation_id: String,
    #[serde(default)]
    account: Option<String>,
    #[serde(default)]
    allowed_ips: Vec<String>,
}

/// What may be changed of a binding.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BindingChanges {
    allowed_ips: Vec<String>,
}

/// An account that may be bound to an organization.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    organization: String,
    account: String,
    #[serde(default)]
    account_id: Option<String>,
}

/// An account that was confirmed, as it is shown.
#[derive(Serialize, ToSchema)]
pub struct AccountView {
    forge: String,
    organization: String,
    account: String,
    account_id: Option<String>,
    #[schema(value_type = String)]
    confirmed_at: forgegate_model::timestamp::Timestamp,
}

/// An installation, as it is shown.
#[derive(Serialize, ToSchema)]
pub struct InstallationView {
    id: String,
    forge: String,
    account: String,
    account_id: Option<String>,
    organization: Option<String>,
    suspended: bool,
    #[schema(value_type = Option<String>)]
    repository_selection: Option<Selection>,
    repositories: Vec<String>,
    #[schema(value_type = Object)]
    integrations: Value,
    allowed_ips: Vec<String>,
}

/// Binds an installation to an organization.
pub async fn bind(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    At(forge): At<String>,
    Given(binding): Given<Binding>,
) -> Result<Response, Problem> {
    caller.administrates()?;
    let organization = caller.organization(&gateway, &binding.organization)?;
    let allowed_ips = allowed_ips(&binding.allowed_ips)?;
    let wish = Wish {
        organization: organization.id,
        forge: &forge,
        number: &binding.installation_id,
        account: binding.account.as_deref(),
        allowed_ips,
    };
    let (installation, _) = wish.bind(&gateway, &caller).await?;
    let bound = installation.binding(organization.id);
    let shown = bound.map(|bound| view(&gateway, &installation, bound));
    Ok(created(shown.ok_or_else(|| nothing("installation"))?))
}

/// Lists what is bound, the newest first.
pub async fn list(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    At(forge): At<String>,
    query: Query,
) -> Result<Response, Problem> {
    caller.administrates()?;
    installations::app(&gateway, &forge)?;
    let page = query.page(&["organization"])?;
    let mut rows = live(&gateway, &forge, wanted(&gateway, &caller, &query)?);
    rows.sort_by_key(|(_, bound)| std::cmp::Reverse(bound.inbound));
    let listed = page_of(rows, &page, |(_, bound)| bound.inbound.to_string())?;
    Ok(ok(Items::of(listed, |(installation, bound)| {
        view(&gateway, &installation, &bound)
    })))
}

/// Shows one.
pub async fn show(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    At((forge, id)): At<(String, String)>,
    query: Query,
) -> Result<Response, Problem> {
    let (installation, bound) = find(&gateway, &caller, &forge, &id, &query)?;
    Ok(ok(view(&gateway, &installation, &bound)))
}

/// Changes the addresses that an installation's deliveries may come from.
pub async fn change(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    At((forge, id)): At<(String, String)>,
    query: Query,
    Given(changes): Given<BindingChanges>,
) -> Result<Response, Problem> {
    let (installation, bound) = find(&gateway, &caller, &forge, &id, &query)?;
    let allowed_ips = allowed_ips(&changes.allowed_ips)?;
    let audit = caller.changed(&gateway, Some(bound.organization), target(&installation));
    let changed = gateway
        .store
        .restrict_installation(installation.id, bound.organization, allowed_ips, Some(audit));
    let installation = changed.await?;
    let bound = installation.binding(bound.organization);
    let shown = bound.map(|bound| view(&gateway, &installation, bound));
    Ok(ok(shown.ok_or_else(|| nothing("installation"))?))
}

/// Ends a binding: its pair goes, and what was linked to it is linked to nothing.
pub async fn delete(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    At((forge, id)): At<(String, String)>,
    query: Query,
) -> Result<Response, Problem> {
    let (installation, bound) = find(&gateway, &caller, &forge, &id, &query)?;
    let audit = caller.changed(&gateway, Some(bound.organization), target(&installation));
    let store = &gateway.store;
    let unlinked = store.unbind_installation(installation.id, bound.organization, Some(audit));
    let unlinked = unlinked.await?;
    let unlinked: Vec<Value> = unlinked.iter().map(|link| unlinked_view(&gateway, link)).collect();
    Ok(ok(json!({ "deleted": true, "unlinked": unlinked })))
}

/// Confirms an account for an organization: its installations may be bound to it from then on.
pub async fn confirm(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    At(forge): At<String>,
    Given(given): Given<Confirmation>,
) -> Result<Response, Problem> {
    caller.administrates()?;
    let (_, place) = installations::app(&gateway, &forge)?;
    let organization = caller.organization(&gateway, &given.organization)?;
    if given.account.is_empty() {
        return Err(Problem::bad_request("`account`: the name of the account is needed"));
    }
    let number = given
        .account_id
        .or_else(|| number_of(&gateway, &forge, &place, &given.account));
    let account = ConfirmedAccount {
        forge: forge.clone(),
        origin: place.origin,
        login: given.account,
        account_id: number,
        confirmed_at: gateway.clock.now(),
    };
    let audit = caller.made(
        &gateway,
        Some(organization.id),
        format!("{forge} account {}", account.login),
    );
    let confirmed = gateway
        .store
        .confirm_account(organization.id, account, Some(audit))
        .await?;
    Ok(created(account_view(confirmed, organization.name.as_str())))
}

/// Lists the accounts that were confirmed for an organization, those that it once had bound among them.
pub async fn accounts(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    At(forge): At<String>,
    query: Query,
) -> Result<Response, Problem> {
    caller.administrates()?;
    installations::app(&gateway, &forge)?;
    let page = query.page(&["organization"])?;
    let wanted = wanted(&gateway, &caller, &query)?;
    let mut all = Vec::new();
    for organization in super::orgs::all(&gateway).await? {
        if wanted.is_none_or(|id| id == organization.id) {
            let confirmed = gateway.store.confirmed_accounts(organization.id).await?;
            let own = confirmed.into_iter().filter(|it| it.forge == forge);
            all.extend(own.map(|it| account_view(it, organization.name.as_str())));
        }
    }
    all.sort_by_key(|it| std::cmp::Reverse(it.confirmed_at));
    let listed = page_of(all, &page, |it| format!("{}/{}", it.organization, it.account))?;
    Ok(ok(Items::of(listed, |it| it)))
}

/// An installation that somebody wants bound.
pub struct Wish<'a> {
    /// To whom.
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

impl Wish<'_> {
    /// Makes the pair of an installation in an organization, and attaches it to the projects that it matches.
    ///
    /// # Errors
    /// `app_not_configured`, `unknown_installation`, `bad_request` without an account where the forge cannot be asked, `forbidden` for an
    /// account that nobody confirmed, `already_exists` for a second installation of the account.
    pub async fn bind(self, gateway: &Gateway, caller: &Caller) -> Result<(Installation, [Integration; 2]), Problem> {
        let (_, place) = installations::app(gateway, self.forge)?;
        if self.number.is_empty() || !self.number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Problem::new(
                Code::UnknownInstallation,
                "`installation_id`: the forge's number of the installation",
            ));
        }
        let login = self.account.filter(|text| !text.is_empty()).ok_or_else(|| {
            Problem::bad_request("`account`: the forge cannot be asked; name the account of the installation")
        })?;
        if pair_name(self.forge, login).is_none() {
            return Err(Problem::new(Code::InvalidName, "`account`: it makes no name"));
        }
        let audit = caller.made(
            gateway,
            Some(self.organization),
            format!("{} installation {}", self.forge, self.number),
        );
        let binding = NewBinding {
            organization: self.organization,
            forge: self.forge.to_owned(),
            origin: place.origin,
            base_url: place.base_url,
            number: self.number.to_owned(),
            account: User {
                id: None,
                login: login.to_owned(),
            },
            standing: None,
            selection: None,
            allowed_ips: self.allowed_ips,
            policy: place.policy,
            plugins: installations::descriptions(gateway),
            seed: fresh_id(),
            at: gateway.clock.now(),
        };
        match gateway.store.bind_installation(binding, Some(audit)).await? {
            Outcome::Made { installation, pair } => Ok((*installation, *pair)),
            Outcome::Unconfirmed { account } => Err(Problem::new(
                Code::Forbidden,
                format!("an administrator has to confirm the account `{account}` for the organization first"),
            )),
        }
    }
}

/// The number of an account, as far as its installation told it.
fn number_of(gateway: &Gateway, forge: &str, place: &Place, login: &str) -> Option<String> {
    let known = gateway.store.installations(forge);
    let named = known
        .iter()
        .find(|it| it.origin.as_deref() == Some(&place.origin) && it.account.eq_ignore_ascii_case(login));
    named?.account_id.clone()
}

/// Every binding whose pair is there, of one organization or of all.
fn live(gateway: &Gateway, forge: &str, organization: Option<OrganizationId>) -> Vec<(Arc<Installation>, Bound)> {
    let mut found = Vec::new();
    for installation in gateway.store.installations(forge) {
        let wanted = |it: &&Bound| it.is_live() && organization.is_none_or(|id| it.organization == id);
        let bound: Vec<_> = installation.bindings.iter().filter(wanted).cloned().collect();
        found.extend(bound.into_iter().map(|it| (Arc::clone(&installation), it)));
    }
    found
}

fn find(
    gateway: &Gateway,
    caller: &Caller,
    forge: &str,
    id: &str,
    query: &Query,
) -> Result<(Arc<Installation>, Bound), Problem> {
    caller.administrates()?;
    query.page(&["organization"])?;
    let mut found = live(gateway, forge, wanted(gateway, caller, query)?);
    found.retain(|(row, _)| row.number == id || row.id.to_string() == id);
    match found.pop() {
        None => Err(nothing("installation")),
        Some(one) if found.is_empty() => Ok(one),
        Some(_) => Err(Problem::new(
            Code::Conflict,
            "the installation is bound to several organizations; name one with `?organization=`",
        )),
    }
}

/// The organization that a query is narrowed to.
fn wanted(gateway: &Gateway, caller: &Caller, query: &Query) -> Result<Option<OrganizationId>, Problem> {
    let named = query.text("organization");
    named
        .map(|name| caller.organization(gateway, name).map(|row| row.id))
        .transpose()
}

fn target(installation: &Installation) -> String {
    format!("{} installation {}", installation.forge, installation.number)
}

fn allowed_ips(texts: &[String]) -> Result<Vec<IpNet>, Problem> {
    let read =
        |text: &String| parse_allowed_ip(text).map_err(|error| Problem::new(Code::InvalidAllowedIp, error.to_string()));
    texts.iter().map(read).collect()
}

fn account_view(account: ConfirmedAccount, organization: &str) -> AccountView {
    AccountView {
        forge: account.forge,
        organization: organization.to_owned(),
        account: account.login,
        account_id: account.account_id,
        confirmed_at: account.confirmed_at,
    }
}

fn view(gateway: &Gateway, installation: &Installation, bound: &Bound) -> InstallationView {
    let name = |id: IntegrationId| {
        gateway
            .store
            .directory()
            .integration(id)
            .map(|row| row.name.to_string())
    };
    InstallationView {
        id: installation.number.clone(),
        forge: installation.forge.clone(),
        account: installation.account.clone(),
        account_id: installation.account_id.clone(),
        organization: organization_name(gateway, bound.organization),
        suspended: installation.standing == Standing::Suspended,
        repository_selection: installation.selection,
        repositories: installation
            .repositories
            .iter()
            .map(|it| it.full_name.clone())
            .collect(),
        integrations: json!({ "inbound": name(bound.inbound), "outbound": name(bound.outbound) }),
        allowed_ips: bound.allowed_ips.iter().map(ToString::to_string).collect(),
    }
}
