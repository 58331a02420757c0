//! Deliveries: what was received and proved, and what became of it. Payloads leave by one route, and each time is on record.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use forgegate_api::{DeliveryView, FollowUpView, parameters};
use forgegate_model::answer::{self, Repetition};
use forgegate_model::delivery::{Contents, Delivery, Findings};
use forgegate_model::follow_up::FollowUp;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use super::extract::{Empty, JsonBody, PathParams, Query, id, nothing};
use super::filters;
use super::shape::{organization_name, page_view};
use crate::access::Caller;
use crate::core::Core;
use crate::response::{Problem, ok, with_json};
use crate::{delivery, record};

/// Lists them.
pub async fn list(State(core): State<Arc<Core>>, caller: Caller, query: Query) -> Result<Response, Problem> {
    let page = query.page(parameters::DELIVERIES)?;
    let filter = filters::deliveries(&core, &caller, &query)?;
    let listed = core.store.deliveries(filter, page).await?;
    Ok(ok(page_view(listed, |delivery| view(&core, &caller, delivery))))
}

/// Shows one in full.
pub async fn show(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams(delivery): PathParams<String>,
) -> Result<Response, Problem> {
    let (delivery, follow_up) = find_whole(&core, &caller, &delivery).await?;
    let contents = core.store.delivery_contents(&delivery).await?;
    let mut shown = view(&core, &caller, delivery);
    shown.headers = Some(Map::new());
    shown.steps = Some(Vec::new());
    shown.follow_up = follow_up.map(follow_up_view);
    if let Some(contents) = contents {
        complete(&mut shown, contents);
    }
    Ok(ok(shown))
}

/// Hands out the payload as it was proved. That it was shown is on record first.
pub async fn payload(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams(delivery): PathParams<String>,
) -> Result<Response, Problem> {
    let delivery = find(&core, &caller, &delivery).await?;
    if delivery.is_synthesized() {
        return Err(nothing("payload"));
    }
    let contents = core
        .store
        .delivery_contents(&delivery)
        .await?
        .ok_or_else(|| nothing("payload any more"))?;
    caller
        .record(
            &core,
            delivery.route.organization.as_ref().map(|(id, _)| *id),
            format!("delivery {}", delivery.id),
        )
        .await?;
    let mut response = Response::new(Body::from(contents.payload));
    let kind = contents
        .content_type
        .as_deref()
        .and_then(|kind| HeaderValue::from_str(kind).ok());
    let fields = response.headers_mut();
    fields.insert(
        header::CONTENT_TYPE,
        kind.unwrap_or(HeaderValue::from_static("application/octet-stream")),
    );
    // It is a stranger's text: a browser must not guess what it is, nor run it.
    fields.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    fields.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'"),
    );
    Ok(response)
}

/// Takes a delivery down the path again and answers what came of it, as a forge would get it.
pub async fn replay(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams(id): PathParams<String>,
    JsonBody(Empty {}): JsonBody<Empty>,
) -> Result<Response, Problem> {
    let delivery = find(&core, &caller, &id).await?;
    let (organization, target) = (
        delivery.route.organization.as_ref().map(|(id, _)| *id),
        format!("delivery {}", delivery.id),
    );
    let audit = caller.made(&core, organization, target);
    let replayed = delivery::replay(&core, delivery, audit).await?;
    let findings = within_reach(&caller, &replayed.findings);
    let body = answer::render(replayed.id, &findings, Repetition::First);
    Ok(with_json(StatusCode::CREATED, body))
}

fn follow_up_view(of: FollowUp) -> FollowUpView {
    FollowUpView {
        task: of.task.as_str(),
        stage: of.stage.as_str(),
        attempts: of.attempts,
        next_at: of.stage.is_open().then_some(of.next_at),
        sentences: of.sentences,
    }
}

/// Adds what is shown of one delivery only.
fn complete(view: &mut DeliveryView, contents: Contents) {
    let fields = contents
        .headers
        .into_iter()
        .map(|(name, value)| (name, Value::String(value)));
    view.headers = Some(fields.collect());
    view.steps = Some(contents.steps);
    if let Some(event) = contents.event.and_then(|text| serde_json::from_str(&text).ok()) {
        view.event = Some(event);
    }
}

/// The delivery, where the caller may know of it.
pub(super) async fn find(core: &Core, caller: &Caller, text: &str) -> Result<Delivery, Problem> {
    caller.reach()?;
    let delivery = core.store.delivery(id(text, "delivery")?).await?;
    delivery
        .filter(|delivery| sees(caller, delivery))
        .ok_or_else(|| nothing("delivery"))
}

/// The delivery with its follow-up work, where all the projects that this concerns are within the caller's reach: what was said of one is
/// not told to another organization. Where the work is over, the delivery is what it made of it.
pub(super) async fn find_whole(
    core: &Core,
    caller: &Caller,
    text: &str,
) -> Result<(Delivery, Option<FollowUp>), Problem> {
    caller.reach()?;
    let follow_up = core.store.follow_up(id(text, "delivery")?).await?;
    let delivery = find(core, caller, text).await?;
    let directory = core.store.directory();
    let within_reach = |it: &FollowUp| {
        let owner = |id| directory.project_by_id(id).map(|entry| entry.project().organization);
        it.task
            .projects()
            .into_iter()
            .all(|project| caller.sees(owner(project)))
    };
    Ok((delivery, follow_up.filter(within_reach)))
}

/// An integration's belongs to its organization; an app's to each that it concerns, and to the administrator.
fn sees(caller: &Caller, delivery: &Delivery) -> bool {
    match &delivery.route.organization {
        Some((id, _)) => caller.sees(Some(*id)),
        None => caller.sees(None) || delivery.organizations.iter().any(|&id| caller.sees(Some(id))),
    }
}

fn view(core: &Core, caller: &Caller, delivery: Delivery) -> DeliveryView {
    let findings = within_reach(caller, &delivery.findings);
    let shown = Delivery { findings, ..delivery };
    let (status, body) = record::answer(&shown, Repetition::First);
    let app = shown.route.organization.is_none();
    let names = || {
        shown
            .organizations
            .iter()
            .filter(|&&id| caller.sees(Some(id)))
            .filter_map(|&id| organization_name(core, id))
            .collect()
    };
    DeliveryView {
        id: shown.id.to_string(),
        received_at: shown.received_at,
        duration_ms: shown.duration_ms,
        forge: shown.route.forge.clone(),
        organization: shown
            .route
            .organization
            .as_ref()
            .map(|(id, name)| organization_name(core, *id).unwrap_or_else(|| name.clone())),
        integration: shown.route.integration.as_ref().map(|(_, name)| name.clone()),
        organizations: app.then(names),
        source_ip: (!shown.is_synthesized()).then_some(shown.source_ip),
        headers: None,
        payload_bytes: shown.payload_bytes,
        event: shown
            .event
            .as_ref()
            .map(|(kind, action)| json!({ "kind": kind, "action": action })),
        outcome: shown.outcome,
        steps: None,
        answer: json!({ "status": status.as_u16(), "body": serde_json::from_str::<Value>(&body).unwrap_or(Value::Null) }),
        reason: shown.findings.reason,
        evaluations: shown
            .findings
            .queued
            .iter()
            .map(|entry| entry.evaluation_id.to_string())
            .collect(),
        duplicates: shown.duplicates,
        last_duplicate_at: shown.last_duplicate_at,
        repeat_of: shown.repeat_of.map(|id| id.to_string()),
        replay_of: shown.replay_of.map(|id| id.to_string()),
        recovered: shown.recovered,
        test: shown.test,
        follow_up: None,
    }
}

/// The findings without what concerns other organizations.
pub(super) fn within_reach(caller: &Caller, findings: &Findings) -> Findings {
    let mut shown = findings.clone();
    shown.queued.retain(|entry| caller.sees(Some(entry.organization_id)));
    shown.skipped.retain(|entry| caller.sees(Some(entry.organization_id)));
    let hidden = findings.queued.len() + findings.skipped.len() - shown.queued.len() - shown.skipped.len();
    shown.projects_scanned = findings
        .projects_scanned
        .saturating_sub(u32::try_from(hidden).unwrap_or(u32::MAX));
    shown
}
