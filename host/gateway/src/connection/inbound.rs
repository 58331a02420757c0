//! The test of an inbound row: a sample down the real path, and, where the forge can be asked, a delivery of its own.

use std::net::IpAddr;
use std::sync::Arc;

use axum::response::Response;
use forgegate_model::delivery::{Delivery, Reason};
use forgegate_model::evidence::Keys;
use forgegate_model::ids::DeliveryId;
use forgegate_model::integration::Integration;
use forgegate_model::plugin::Subject;
use forgegate_sandbox::Plugin;
use forgegate_storage::ProjectEntry;
use http::StatusCode;
use http_body_util::BodyExt;
use serde_json::Value;

use super::contact::{Contact, identity, lies_at, linked};
use super::{Deadline, Finding, PATIENCE, asked, words};
use crate::delivery;
use crate::gateway::Gateway;
use crate::hook_endpoint::HookPath;
use crate::response::{Code, Problem};
use crate::samples::{self, SealError, Sealed, SealingKeys};

/// The repository of a sample where no project tells of one.
const NOBODYS: &str = "https://git.example.com/acme/widgets";

/// What the test of an inbound row found.
#[derive(Debug)]
pub struct InwardTest {
    /// The record of the sample.
    pub delivery: Option<DeliveryId>,
    /// What the sample was answered.
    pub answer: Option<(StatusCode, Value)>,
    /// Whether the sample was taken.
    pub ok: bool,
    /// Whether a delivery that the forge was asked for arrived; none where it could not be asked.
    pub arrived: Option<bool>,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// What is tested, and in whose name.
pub struct DeliveryTest<'a> {
    /// The row.
    pub row: &'a Integration,
    /// The name of its organization.
    pub organization: &'a str,
    /// The plugin of the forge.
    pub plugin: &'a Plugin,
    /// The kind of event.
    pub event: &'a str,
    /// Where the forge posts to.
    pub url: &'a str,
    /// Who asks.
    pub source: IpAddr,
}

/// Tests an inbound row.
///
/// # Errors
/// `no_secret` and `app_not_configured` where there is nothing to seal a sample with, `bad_request` where the forge has no such event.
pub async fn test(gateway: &Arc<Gateway>, trial: &DeliveryTest<'_>) -> Result<InwardTest, Problem> {
    let deadline = Deadline::after(PATIENCE);
    let project = subject_of(gateway, trial);
    let mut test = rehearse(gateway, trial, project.as_deref()).await?;
    test.ok = super::all_well(&test.findings);
    let asked = asked::ask(gateway, trial, project.as_deref(), deadline).await;
    test.arrived = asked.arrived;
    test.findings.extend(asked.findings);
    Ok(test)
}

/// Seals a sample and takes it down the real path.
///
/// # Errors
/// As `test`.
pub(super) async fn rehearse(
    gateway: &Arc<Gateway>,
    trial: &DeliveryTest<'_>,
    project: Option<&ProjectEntry>,
) -> Result<InwardTest, Problem> {
    let keys = sealing_keys(&keys(gateway, trial)?);
    let mut test = InwardTest {
        delivery: None,
        answer: None,
        ok: false,
        arrived: None,
        findings: Vec::new(),
    };
    match sample(trial, project, &keys).await? {
        Err(error) => test
            .findings
            .push(Finding::ill("sample", words::sentence(&error.to_string()))),
        Ok(sample) => {
            let path = HookPath {
                forge: trial.plugin.forge().to_owned(),
                integration: (!trial.row.is_app_managed())
                    .then(|| (trial.organization.to_owned(), trial.row.name.to_string())),
            };
            let (delivery, response) = delivery::receive_test(gateway, &path, sample, trial.source).await;
            let answer = read(response).await;
            let record = match delivery {
                Some(id) => gateway.store.delivery(id).await?,
                None => None,
            };
            test.delivery = record.as_ref().map(|record| record.id);
            test.findings.push(taken(&answer));
            test.findings.extend(record.and_then(|record| matched(&record)));
            test.answer = Some(answer);
        }
    }
    if !trial.row.allowed_ips.is_empty() {
        let sentence = "The allowlist was not tried: the sample comes from the gateway itself.";
        test.findings.push(Finding::open("source", sentence));
    }
    Ok(test)
}

/// The oldest project that is linked to the row, one of this forge first.
pub(super) fn subject_of(gateway: &Gateway, trial: &DeliveryTest<'_>) -> Option<Arc<ProjectEntry>> {
    let entries = linked(gateway, trial.row);
    let at_forge = |entry: &&Arc<ProjectEntry>| {
        let identity = identity(entry);
        let known = Contact::find(gateway, trial.row, trial.plugin, Some(&identity)).is_some();
        known || lies_at(trial.plugin.description(), trial.row, &identity)
    };
    entries.iter().find(at_forge).or_else(|| entries.first()).cloned()
}

fn keys(gateway: &Gateway, trial: &DeliveryTest<'_>) -> Result<Keys, Problem> {
    if trial.row.is_app_managed() {
        let app = gateway.apps.get(trial.plugin.forge());
        return app.map(|app| app.secrets.clone()).ok_or_else(|| {
            let sentence = "no app is configured for this forge; see `[apps]` in the configuration";
            Problem::new(Code::AppNotConfigured, sentence)
        });
    }
    let keys = gateway.store.inbound_keys(trial.row.id, gateway.clock.now())?;
    if keys.is_empty() {
        let sentence = "the integration has no secret; store one, and enter it in the forge's webhook form";
        return Err(Problem::new(Code::NoSecret, sentence));
    }
    Ok(keys)
}

/// What a forge would hold: the newest of each.
fn sealing_keys(keys: &Keys) -> SealingKeys {
    SealingKeys {
        secret: keys.secrets.first().map(|live| live.key.clone()),
        signing_key: keys.signing_keys.first().map(|live| live.key.clone()),
    }
}

async fn sample(
    trial: &DeliveryTest<'_>,
    project: Option<&ProjectEntry>,
    keys: &SealingKeys,
) -> Result<Result<Sealed, SealError>, Problem> {
    let sample = trial.plugin.sample(trial.event, &about(trial, project)?).await;
    let sample = sample.map_err(|error| Problem::new(Code::PluginUnavailable, words::failed(&error)))?;
    let sample = sample.ok_or_else(|| {
        let forge = trial.plugin.forge();
        Problem::bad_request(format!("`event`: `{forge}` has no sample of `{}`", trial.event))
    })?;
    Ok(samples::seal(sample, keys))
}

fn about(trial: &DeliveryTest<'_>, project: Option<&ProjectEntry>) -> Result<Subject, Problem> {
    let narrowed = trial.row.repositories.first().map(String::as_str);
    let identity = project.map(|entry| entry.project().identity.as_str()).or(narrowed);
    let url = identity.map_or_else(|| NOBODYS.to_owned(), |identity| format!("https://{identity}"));
    let about = samples::subject(&url, "refs/heads/main", None);
    let mut about = about
        .or_else(|| samples::subject(NOBODYS, "refs/heads/main", None))
        .ok_or_else(|| Problem::internal("a sample has no subject"))?;
    // Samples name the number of their repository as that of the installation.
    if let Some(number) = trial.row.installation_id.as_ref().and_then(|id| id.parse().ok()) {
        about.repository_id = number;
    }
    Ok(about)
}

async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let body = response.into_body().collect().await;
    let body = body.map(|body| body.to_bytes()).unwrap_or_default();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

fn taken((status, body): &(StatusCode, Value)) -> Finding {
    if status.is_success() {
        let sentence = "A delivery signed with the stored secret is proved, read and put on record.";
        return Finding::well("sample", sentence);
    }
    let why = body
        .get("message")
        .and_then(Value::as_str)
        .unwrap_or("the log has the cause");
    Finding::ill(
        "sample",
        words::sentence(&format!("The sample was answered {status}: {why}")),
    )
}

/// Whom the sample concerns. It is the configuration that speaks here: nothing of it is ill.
fn matched(record: &Delivery) -> Option<Finding> {
    let sentence = match (record.findings.reason, record.findings.skipped.first()) {
        (Some(Reason::NoLinkedProject), _) => {
            "No trigger names this integration: its deliveries queue nothing.".to_owned()
        }
        (Some(Reason::NoMatchingRepository), _) => {
            "No project with a trigger here has the sample's repository.".to_owned()
        }
        (Some(Reason::NoTriggerForEvent), _) => {
            "The projects' triggers here are of other kinds than the sample.".to_owned()
        }
        (Some(Reason::NotThisRepository), _) => "The integration is narrowed to other repositories.".to_owned(),
        (Some(_), _) => return None,
        (None, Some(skipped)) => format!("The project `{}` would skip such a delivery.", skipped.project_name),
        (None, None) => match record.findings.projects_scanned {
            0 => return None,
            1 => "One project listens to such deliveries.".to_owned(),
            more => format!("{more} projects listen to such deliveries."),
        },
    };
    Some(Finding::open("match", sentence))
}
