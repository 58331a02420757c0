//! What people send to make or change an integration, read strictly.

use std::time::Duration;

use forgegate_api::{IntegrationChanges, NewIntegration};
use forgegate_model::client_address::parse_allowed_ip;
use forgegate_model::evidence::decode_signing_key;
use forgegate_model::ids::{IntegrationId, OrganizationId};
use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::plugin::Scope;
use forgegate_model::repository::RepositoryIdentity;
use forgegate_model::secret::Secret;
use forgegate_storage::{CredentialChange, Credentials, IntegrationChange};
use ipnet::IpNet;

use crate::api::shape::name;
use crate::clock::fresh_id;
use crate::config::{self, LEAST_SECRET_BYTES};
use crate::core::Core;
use crate::response::{Code, Problem};

/// What names an installation: its forge, its number there, its account, the addresses it may post from.
type Installation = (String, String, Option<String>, Vec<IpNet>);

/// The installation that the pair is wanted for, if it is one.
pub(super) fn installation(new: &NewIntegration) -> Result<Option<Installation>, Problem> {
    let Some(id) = &new.installation_id else {
        return Ok(None);
    };
    let own = [
        ("forges", new.forges.is_some()),
        ("mode", new.mode.is_some()),
        ("secret", new.secret.is_some()),
        ("signing_key", new.signing_key.is_some()),
        ("token", new.token.is_some()),
        ("base_url", new.base_url.is_some()),
        ("repositories", new.repositories.is_some()),
    ];
    refuse(&own, "it does not go with an app's `installation_id`")?;
    let allowed_ips = allowed_ips(new.allowed_ips.as_deref().unwrap_or_default())?;
    Ok(Some((new.forge.clone(), id.clone(), new.account.clone(), allowed_ips)))
}

/// Reads a integration that people make.
pub(super) fn integration(
    core: &Core,
    organization: OrganizationId,
    new: NewIntegration,
) -> Result<(Integration, Credentials), Problem> {
    let kind = new
        .kind
        .ok_or_else(|| Problem::bad_request("`kind`: `inbound` or `outbound` is needed"))?;
    let text = new
        .name
        .as_deref()
        .ok_or_else(|| Problem::bad_request("`name`: a name is needed"))?;
    belongs(kind, &new)?;
    let integration = Integration {
        id: IntegrationId(fresh_id()),
        organization,
        name: name(text)?,
        kind,
        forge: forge(core, new.forge)?,
        forges: new.forges.map(|forges| answers_to(core, forges)).transpose()?,
        mode: new.mode.unwrap_or_default(),
        base_url: new.base_url.as_deref().map(origin).transpose()?,
        secrets: Vec::new(),
        signing_key: None,
        has_token: false,
        allowed_ips: allowed_ips(&new.allowed_ips.unwrap_or_default())?,
        repositories: repositories(core, &new.repositories.unwrap_or_default())?,
        installation_id: None,
        account: None,
        created_at: core.clock.now(),
    };
    let credentials = Credentials {
        secret: new.secret.map(secret).transpose()?,
        signing_key: new.signing_key.map(signing_key).transpose()?,
        token: new.token.map(token).transpose()?,
    };
    Ok((integration, credentials))
}

/// Reads what people change of a integration.
pub(super) fn changed(
    core: &Core,
    before: &Integration,
    changes: IntegrationChanges,
) -> Result<IntegrationChange, Problem> {
    if before.is_app_managed() {
        return Err(Problem::new(
            Code::AppManaged,
            "the rows of an app cannot be changed; change or delete its installation",
        ));
    }
    belong(before.kind, &changes)?;
    let mut after = before.clone();
    if let Some(text) = &changes.name {
        after.name = name(text)?;
    }
    if let Some(forges) = changes.forges {
        after.forges = forges.map(|forges| answers_to(core, forges)).transpose()?;
    }
    if let Some(given) = changes.mode {
        after.mode = given;
    }
    if let Some(base_url) = &changes.base_url {
        after.base_url = base_url.as_deref().map(origin).transpose()?;
    }
    if let Some(list) = &changes.allowed_ips {
        after.allowed_ips = allowed_ips(list)?;
    }
    if let Some(list) = &changes.repositories {
        after.repositories = repositories(core, list)?;
    }
    let overlap = changes.keep_previous.as_deref().map(overlap).transpose()?;
    if overlap.is_some() && changes.secret.as_ref().is_none_or(String::is_empty) {
        return Err(Problem::bad_request(
            "`keep_previous`: it takes a `secret` to replace the older one",
        ));
    }
    Ok(IntegrationChange {
        before: before.clone(),
        after,
        secret: credential(changes.secret, secret)?,
        keep_previous: overlap.map(|span| core.clock.now().plus(span)),
        signing_key: credential(changes.signing_key, signing_key)?,
        token: credential(changes.token, token)?,
    })
}

fn credential(text: Option<String>, read: fn(String) -> Result<Secret, Problem>) -> Result<CredentialChange, Problem> {
    match text {
        None => Ok(CredentialChange::Keep),
        Some(text) if text.is_empty() => Ok(CredentialChange::Clear),
        Some(text) => read(text).map(CredentialChange::Set),
    }
}

fn overlap(text: &str) -> Result<Duration, Problem> {
    let span = config::span(text).filter(|span| *span <= MOST_OVERLAP);
    span.ok_or_else(|| Problem::bad_request("`keep_previous`: a span such as `24h`, at most 90 days"))
}

/// An older secret must not live on forgotten.
const MOST_OVERLAP: Duration = Duration::from_secs(90 * 24 * 3600);

fn belong(kind: IntegrationKind, changes: &IntegrationChanges) -> Result<(), Problem> {
    let inbound = [
        ("forges", changes.forges.is_some()),
        ("mode", changes.mode.is_some()),
        ("secret", changes.secret.is_some()),
        ("signing_key", changes.signing_key.is_some()),
        ("allowed_ips", changes.allowed_ips.is_some()),
        ("repositories", changes.repositories.is_some()),
    ];
    match kind {
        IntegrationKind::Inbound => refuse(&[("token", changes.token.is_some())], OUTBOUND_ONLY),
        IntegrationKind::Outbound => refuse(&inbound, INBOUND_ONLY),
    }
}

const INBOUND_ONLY: &str = "it belongs to an inbound integration";
const OUTBOUND_ONLY: &str = "it belongs to an outbound integration";

/// What belongs to the other kind is refused rather than ignored.
fn belongs(kind: IntegrationKind, new: &NewIntegration) -> Result<(), Problem> {
    let inbound = [
        ("forges", new.forges.is_some()),
        ("mode", new.mode.is_some()),
        ("secret", new.secret.is_some()),
        ("signing_key", new.signing_key.is_some()),
        (
            "allowed_ips",
            new.allowed_ips.as_ref().is_some_and(|list| !list.is_empty()),
        ),
        (
            "repositories",
            new.repositories.as_ref().is_some_and(|list| !list.is_empty()),
        ),
    ];
    let outbound = [("token", new.token.is_some())];
    let app = [
        ("installation_id", new.installation_id.is_some()),
        ("account", new.account.is_some()),
    ];
    let (others, sentence): (&[_], _) = match kind {
        IntegrationKind::Inbound => (&outbound, OUTBOUND_ONLY),
        IntegrationKind::Outbound => (&inbound, INBOUND_ONLY),
    };
    refuse(others, sentence)?;
    refuse(&app, "it belongs to an app's installation")
}

fn refuse(fields: &[(&str, bool)], sentence: &str) -> Result<(), Problem> {
    match fields.iter().find(|(_, given)| *given) {
        Some((field, _)) => Err(Problem::bad_request(format!("`{field}`: {sentence}"))),
        None => Ok(()),
    }
}

/// A forge with a secret for each integration.
fn forge(core: &Core, forge: String) -> Result<String, Problem> {
    match core.plugins.get(&forge).map(|plugin| plugin.description().scope) {
        Some(Scope::PerIntegration) => Ok(forge),
        Some(Scope::PerApp) => Err(Problem::bad_request(format!(
            "`forge`: the rows of `{forge}` are made from its app's `installation_id`"
        ))),
        None => {
            let loaded: Vec<_> = core
                .plugins
                .all()
                .map(|plugin| format!("`{}`", plugin.forge()))
                .collect();
            Err(Problem::bad_request(format!(
                "`forge`: there is no plugin for it; there are {}",
                loaded.join(", ")
            )))
        }
    }
}

fn answers_to(core: &Core, forges: Vec<String>) -> Result<Vec<String>, Problem> {
    if forges.is_empty() {
        return Err(Problem::bad_request(
            "`forges`: name at least one, or leave the field out",
        ));
    }
    let mut read = forges
        .into_iter()
        .map(|name| forge(core, name))
        .collect::<Result<Vec<_>, _>>()?;
    read.sort_unstable();
    read.dedup();
    Ok(read)
}

fn origin(text: &str) -> Result<String, Problem> {
    config::origin(text).map_err(|sentence| Problem::bad_request(format!("`base_url`: {sentence}")))
}

fn allowed_ips(texts: &[String]) -> Result<Vec<IpNet>, Problem> {
    let read =
        |text: &String| parse_allowed_ip(text).map_err(|error| Problem::new(Code::InvalidAllowedIp, error.to_string()));
    texts.iter().map(read).collect()
}

fn repositories(core: &Core, texts: &[String]) -> Result<Vec<String>, Problem> {
    let shorthands = &core.shorthands;
    let read = |text: &String| {
        let identity = RepositoryIdentity::parse(text, shorthands);
        identity
            .map(|it| it.to_string())
            .map_err(|error| Problem::new(Code::InvalidRepository, error.to_string()))
    };
    texts.iter().map(read).collect()
}

fn secret(text: String) -> Result<Secret, Problem> {
    if text.len() < LEAST_SECRET_BYTES {
        return Err(Problem::new(
            Code::WeakSecret,
            format!("a secret has at least {LEAST_SECRET_BYTES} bytes"),
        ));
    }
    Ok(Secret::new(text))
}

fn signing_key(text: String) -> Result<Secret, Problem> {
    decode_signing_key(&text).map_err(|error| Problem::bad_request(format!("`signing_key`: {error}")))?;
    Ok(Secret::new(text))
}

fn token(text: String) -> Result<Secret, Problem> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    plain
        .then(|| Secret::new(text))
        .ok_or_else(|| Problem::bad_request("`token`: a token is printable ASCII without white space"))
}
