//! A sample delivery: made by the plugin, sealed by the host, sent down the request path as a forge's would be.

use std::net::IpAddr;

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

use super::finding::Finding;
use super::service::Connections;
use crate::delivery;
use crate::forge_access::sentences;
use crate::hook_endpoint::HookPath;
use crate::response::{Code, Problem};
use crate::samples::{self, SealError, Sealed, SealingKeys};

/// The repository of a sample where no project tells of one.
const EXAMPLE_REPOSITORY: &str = "https://git.example.com/acme/widgets";

/// A request for a test of the way in.
pub struct DeliveryTest<'a> {
    /// The inbound integration.
    pub integration: &'a Integration,
    /// The name of its organization.
    pub organization: &'a str,
    /// The plugin of the forge.
    pub plugin: &'a Plugin,
    /// The kind of event.
    pub event: &'a str,
    /// The URL that the forge posts to.
    pub url: &'a str,
    /// The address of the caller.
    pub source: IpAddr,
}

/// What came of a sample.
#[derive(Debug, Default)]
pub struct SampleResult {
    /// The record of the sample.
    pub delivery: Option<DeliveryId>,
    /// What the sample was answered.
    pub answer: Option<(StatusCode, Value)>,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// Seals a sample and takes it down the request path.
///
/// # Errors
/// `no_secret` and `app_not_configured` where there is nothing to seal a sample with, `bad_request` where the forge has no such event.
pub async fn send_sample(
    service: &Connections,
    test: &DeliveryTest<'_>,
    project: Option<&ProjectEntry>,
) -> Result<SampleResult, Problem> {
    let keys = sealing_keys(&keys(service, test)?);
    let mut result = SampleResult::default();
    match sample(test, project, &keys).await? {
        Err(error) => {
            let sentence = sentences::sentence(&error.to_string());
            result.findings.push(Finding::ill("sample", sentence));
        }
        Ok(sample) => {
            let path = HookPath {
                forge: test.plugin.forge().to_owned(),
                integration: (!test.integration.is_app_managed())
                    .then(|| (test.organization.to_owned(), test.integration.name.to_string())),
            };
            let (delivery, response) = delivery::receive_test(&service.core, &path, sample, test.source).await;
            let answer = read(response).await;
            let record = match delivery {
                Some(id) => service.core.store.delivery(id).await?,
                None => None,
            };
            result.delivery = record.as_ref().map(|record| record.id);
            result.findings.push(answered(&answer));
            result.findings.extend(record.and_then(|record| matched(&record)));
            result.answer = Some(answer);
        }
    }
    if !test.integration.allowed_ips.is_empty() {
        let sentence = "The allowlist was not tried: the sample comes from the gateway itself.";
        result.findings.push(Finding::open("source", sentence));
    }
    Ok(result)
}

/// The keys that prove a delivery to the integration, or to the app.
fn keys(service: &Connections, test: &DeliveryTest<'_>) -> Result<Keys, Problem> {
    if test.integration.is_app_managed() {
        let app = service.core.apps.get(test.plugin.forge());
        return app.map(|app| app.secrets.clone()).ok_or_else(|| {
            let sentence = "no app is configured for this forge; see `[apps]` in the configuration";
            Problem::new(Code::AppNotConfigured, sentence)
        });
    }
    let keys = service
        .core
        .store
        .inbound_keys(test.integration.id, service.core.clock.now())?;
    if keys.is_empty() {
        let sentence = "the integration has no secret; store one, and enter it in the forge's webhook form";
        return Err(Problem::new(Code::NoSecret, sentence));
    }
    Ok(keys)
}

/// The keys that a forge would hold: the newest of each kind.
fn sealing_keys(keys: &Keys) -> SealingKeys {
    SealingKeys {
        secret: keys.secrets.first().map(|live| live.key.clone()),
        signing_key: keys.signing_keys.first().map(|live| live.key.clone()),
    }
}

async fn sample(
    test: &DeliveryTest<'_>,
    project: Option<&ProjectEntry>,
    keys: &SealingKeys,
) -> Result<Result<Sealed, SealError>, Problem> {
    let sample = test.plugin.sample(test.event, &subject(test, project)?).await;
    let sample = sample.map_err(|error| {
        tracing::warn!(%error, "a plugin failed over a sample: {error}");
        Problem::new(Code::PluginUnavailable, sentences::failure(&error.into()))
    })?;
    let sample = sample.ok_or_else(|| {
        let forge = test.plugin.forge();
        Problem::bad_request(format!("`event`: `{forge}` has no sample of `{}`", test.event))
    })?;
    Ok(samples::seal(sample, keys))
}

/// The subject of the sample: the project's repository, else one that the integration is narrowed to, else an example.
fn subject(test: &DeliveryTest<'_>, project: Option<&ProjectEntry>) -> Result<Subject, Problem> {
    let narrowed = test.integration.repositories.first().map(String::as_str);
    let identity = project.map(|entry| entry.project().identity.as_str()).or(narrowed);
    let url = identity.map_or_else(
        || EXAMPLE_REPOSITORY.to_owned(),
        |identity| format!("https://{identity}"),
    );
    let subject = samples::subject(&url, "refs/heads/main", None);
    let mut subject = subject
        .or_else(|| samples::subject(EXAMPLE_REPOSITORY, "refs/heads/main", None))
        .ok_or_else(|| Problem::internal("a sample has no subject"))?;
    // Samples name the number of their repository as that of the installation.
    if let Some(number) = test.integration.installation_id.as_ref().and_then(|id| id.parse().ok()) {
        subject.repository_id = number;
    }
    Ok(subject)
}

async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let body = response.into_body().collect().await;
    let body = body.map(|body| body.to_bytes()).unwrap_or_default();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

fn answered((status, body): &(StatusCode, Value)) -> Finding {
    if status.is_success() {
        let sentence = "A delivery signed with the stored secret is proved, read and put on record.";
        return Finding::well("sample", sentence);
    }
    let why = body
        .get("message")
        .and_then(Value::as_str)
        .unwrap_or("the log has the cause");
    let sentence = format!("The sample was answered {status}: {why}");
    Finding::ill("sample", sentences::sentence(&sentence))
}

/// The projects that the sample concerns. It is the configuration that speaks here: nothing of it is ill.
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
