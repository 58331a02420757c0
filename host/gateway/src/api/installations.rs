//! An app's installations: each is bound to an organization as a pair of integrations, one each way.
//!
//! Nothing is asked of the forge here: the account is believed, as only administrators bind.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_model::client_address::parse_allowed_ip;
use forgegate_model::ids::{IntegrationId, OrganizationId};
use forgegate_model::integration::{Integration, IntegrationKind, IntegrationMode};
use forgegate_model::plugin::Scope;
use forgegate_storage::{CredentialChange, Credentials, IntegrationChange};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::extract::{At, Given, Query, nothing};
use super::projects;
use super::shape::{Deleted, Items, name, organization_name, page_of};
use crate::access::Caller;
use crate::clock::fresh_id;
use crate::gateway::Gateway;
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

/// An installation, as it is shown.
#[derive(Serialize, ToSchema)]
pub struct InstallationView {
    id: String,
    forge: String,
    account: Option<String>,
    account_id: Option<String>,
    organization: Option<String>,
    suspended: bool,
    repository_selection: Option<String>,
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
    let pair = make(
        &gateway,
        &caller,
        organization.id,
        &forge,
        &binding.installation_id,
        binding.account.as_deref(),
        allowed_ips,
    )
    .await?;
    let shown = view(&gateway, &pair).ok_or_else(|| nothing("installation"))?;
    Ok(created(shown))
}

/// Lists what is bound.
pub async fn list(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    At(forge): At<String>,
    query: Query,
) -> Result<Response, Problem> {
    caller.administrates()?;
    app(&gateway, &forge)?;
    let page = query.page(&[])?;
    let mut rows = Vec::new();
    for organization in super::orgs::all(&gateway).await? {
        let own = gateway.store.directory().integrations_of(organization.id);
        rows.extend(
            own.into_iter()
                .filter(|row| row.forge == forge && row.is_app_managed() && row.kind == IntegrationKind::Inbound),
        );
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.id));
    let listed = page_of(rows, &page, |row| row.id.to_string())?;
    let pair = |row: &Arc<Integration>| {
        let all = gateway
            .store
            .directory()
            .installation(&forge, row.installation_id.as_deref().unwrap_or_default());
        all.iter()
            .filter(|other| other.organization == row.organization)
            .map(|other| other.as_ref().clone())
            .collect::<Vec<_>>()
    };
    let next = listed.next;
    let items = listed
        .items
        .iter()
        .filter_map(|row| view(&gateway, &pair(row)))
        .collect();
    Ok(ok(Items { items, next }))
}

/// Shows one.
pub async fn show(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    At((forge, id)): At<(String, String)>,
) -> Result<Response, Problem> {
    caller.administrates()?;
    let pair = find(&gateway, &forge, &id)?;
    Ok(ok(view(&gateway, &pair)))
}

/// Changes the addresses that an installation's deliveries may come from.
pub async fn change(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    At((forge, id)): At<(String, String)>,
    Given(changes): Given<BindingChanges>,
) -> Result<Response, Problem> {
    caller.administrates()?;
    let allowed_ips = allowed_ips(&changes.allowed_ips)?;
    for before in find(&gateway, &forge, &id)?
        .into_iter()
        .filter(|row| row.kind == IntegrationKind::Inbound)
    {
        let audit = caller.changed(
            &gateway,
            Some(before.organization),
            format!("{forge} installation {id}"),
        );
        let after = Integration {
            allowed_ips: allowed_ips.clone(),
            ..before.clone()
        };
        let keep = || CredentialChange::Keep;
        let change = IntegrationChange {
            before,
            after,
            secret: keep(),
            keep_previous: None,
            signing_key: keep(),
            token: keep(),
        };
        gateway
            .store
            .update_integration(change, gateway.clock.now(), Some(audit))
            .await?;
    }
    Ok(ok(view(&gateway, &find(&gateway, &forge, &id)?)))
}

/// Ends a binding: its pair goes, and what was linked to it is linked to nothing.
pub async fn delete(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    At((forge, id)): At<(String, String)>,
) -> Result<Response, Problem> {
    caller.administrates()?;
    for row in find(&gateway, &forge, &id)? {
        let audit = caller.changed(&gateway, Some(row.organization), format!("{forge} installation {id}"));
        gateway.store.delete_integration(row.id, Some(audit)).await?;
    }
    Ok(ok(Deleted::DONE))
}

/// Makes the pair of an installation in an organization, and attaches it to the projects that it matches.
///
/// # Errors
/// `app_not_configured`, `bad_request` without an account, `already_exists` for a second installation of the account.
pub async fn make(
    gateway: &Gateway,
    caller: &Caller,
    organization: OrganizationId,
    forge: &str,
    installation: &str,
    account: Option<&str>,
    allowed_ips: Vec<IpNet>,
) -> Result<Vec<Integration>, Problem> {
    app(gateway, forge)?;
    let account = account.filter(|text| !text.is_empty());
    let account = account.ok_or_else(|| {
        Problem::bad_request("`account`: the forge cannot be asked; name the account of the installation")
    })?;
    if installation.is_empty() || !installation.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::new(
            Code::UnknownInstallation,
            "`installation_id`: the forge's number of the installation",
        ));
    }
    let row = |kind, allowed_ips| {
        Ok::<_, Problem>(Integration {
            id: IntegrationId(fresh_id()),
            organization,
            name: name(&pair_name(forge, account))?,
            kind,
            forge: forge.to_owned(),
            forges: None,
            mode: IntegrationMode::Push,
            base_url: None,
            secrets: Vec::new(),
            signing_key: None,
            has_token: false,
            allowed_ips,
            repositories: Vec::new(),
            installation_id: Some(installation.to_owned()),
            account: Some(account.to_owned()),
            created_at: gateway.clock.now(),
        })
    };
    let none = || Credentials {
        secret: None,
        signing_key: None,
        token: None,
    };
    let pair = vec![
        (row(IntegrationKind::Inbound, allowed_ips)?, none()),
        (row(IntegrationKind::Outbound, Vec::new())?, none()),
    ];
    let audit = caller.made(
        gateway,
        Some(organization),
        format!("{forge} installation {installation}"),
    );
    let pair = gateway.store.create_integrations(pair, Some(audit)).await?;
    projects::attach(gateway, organization).await?;
    Ok(pair)
}

/// `{forge}-{account}`, lower-cased, each character outside `a-z0-9-` a `-`; within the length of a name, without a `-` at its end.
fn pair_name(forge: &str, account: &str) -> String {
    let plain = |sign: char| {
        if sign.is_ascii_lowercase() || sign.is_ascii_digit() {
            sign
        } else {
            '-'
        }
    };
    let account: String = account.to_lowercase().chars().map(plain).collect();
    let text: String = format!("{forge}-{account}").chars().take(63).collect();
    text.trim_end_matches('-').to_owned()
}

/// The app must be there.
fn app(gateway: &Gateway, forge: &str) -> Result<(), Problem> {
    let plugin = gateway.plugins.get(forge).ok_or_else(|| nothing("forge"))?;
    if plugin.description().scope == Scope::PerIntegration {
        return Err(Problem::not_found(
            "this forge has no apps; it delivers to integrations",
        ));
    }
    if gateway.apps.contains_key(forge) {
        Ok(())
    } else {
        Err(Problem::new(
            Code::AppNotConfigured,
            "no app is configured for this forge; see `[apps]` in the configuration",
        ))
    }
}

fn find(gateway: &Gateway, forge: &str, installation: &str) -> Result<Vec<Integration>, Problem> {
    let rows = gateway.store.directory().installation(forge, installation);
    if rows.is_empty() {
        return Err(nothing("installation"));
    }
    Ok(rows.iter().map(|row| row.as_ref().clone()).collect())
}

fn allowed_ips(texts: &[String]) -> Result<Vec<IpNet>, Problem> {
    let read =
        |text: &String| parse_allowed_ip(text).map_err(|error| Problem::new(Code::InvalidAllowedIp, error.to_string()));
    texts.iter().map(read).collect()
}

fn view(gateway: &Gateway, pair: &[Integration]) -> Option<InstallationView> {
    let of = |kind| pair.iter().find(move |row| row.kind == kind);
    let inbound = of(IntegrationKind::Inbound)?;
    let outbound = of(IntegrationKind::Outbound);
    Some(InstallationView {
        id: inbound.installation_id.clone()?,
        forge: inbound.forge.clone(),
        account: inbound.account.clone(),
        account_id: None,
        organization: organization_name(gateway, inbound.organization),
        suspended: false,
        repository_selection: None,
        repositories: inbound.repositories.clone(),
        integrations: json!({ "inbound": inbound.name, "outbound": outbound.map(|row| row.name.as_str()) }),
        allowed_ips: inbound.allowed_ips.iter().map(ToString::to_string).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_named_after_its_account() {
        assert_eq!(pair_name("hub", "Acme_Corp.x"), "hub-acme-corp-x");
        assert!(
            pair_name("hub", &"é".repeat(100))
                .parse::<forgegate_model::name::Name>()
                .is_ok_and(|name| name.as_str() == "hub")
        );
    }
}
