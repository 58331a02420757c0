//! Triggers of a project.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::{Deleted, TriggerRequest, TriggerView, parameters};
use forgegate_model::ids::TriggerId;
use forgegate_model::integration::IntegrationKind;
use forgegate_model::matching::TriggerPatterns;
use forgegate_model::schedule::{Schedule, USUAL_ZONE};
use forgegate_model::trigger::{Trigger, TriggerKind, is_action};
use forgegate_storage::ProjectEntry;

use super::extract::{JsonBody, PathParams, Query, id, nothing};
use super::projects;
use super::shape::{Newest, integration, integration_name, page_of, page_view};
use crate::access::Caller;
use crate::clock::fresh_id;
use crate::config;
use crate::core::Core;
use crate::metrics;
use crate::response::{Problem, created, ok};
use crate::schedules::Schedules;

/// A year: whoever means less often means a schedule.
const MOST_SECONDS: u64 = 365 * 24 * 3600;

/// Makes one.
pub async fn create(
    State(core): State<Arc<Core>>,
    State(schedules): State<Arc<Schedules>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
    JsonBody(fields): JsonBody<TriggerRequest>,
) -> Result<Response, Problem> {
    let entry = projects::find(&core, &caller, &org, &name)?;
    let kind = fields
        .kind
        .ok_or_else(|| Problem::bad_request("`kind`: which events the trigger listens to is needed"))?;
    if !matches!(fields.integration, Some(Some(_))) {
        return Err(Problem::bad_request(
            "`integration`: the inbound integration that delivers is needed, by name or id",
        ));
    }
    let fresh = Trigger::new(TriggerId(fresh_id()), entry.project().id, kind, None, core.clock.now());
    let trigger = onto(fields, &core, &entry, fresh)?;
    let audit = caller.made(
        &core,
        Some(entry.project().organization),
        format!("{org}/{name}/trigger {}", trigger.id),
    );
    core.store.create_trigger(trigger.clone(), Some(audit)).await?;
    Ok(created(view(&core, &schedules, &entry, &trigger)))
}

/// Lists those of a project.
pub async fn list(
    State(core): State<Arc<Core>>,
    State(schedules): State<Arc<Schedules>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
    query: Query,
) -> Result<Response, Problem> {
    let entry = projects::find(&core, &caller, &org, &name)?;
    let page = query.page(parameters::NONE)?;
    let mut rows: Vec<_> = entry.triggers().collect();
    rows.reverse();
    let listed = page_of(rows, &page, |trigger| Newest::of(trigger.id))?;
    Ok(ok(page_view(listed, |trigger| {
        view(&core, &schedules, &entry, trigger)
    })))
}

/// Shows one.
pub async fn show(
    State(core): State<Arc<Core>>,
    State(schedules): State<Arc<Schedules>>,
    caller: Caller,
    PathParams((org, name, trigger)): PathParams<(String, String, String)>,
) -> Result<Response, Problem> {
    let entry = projects::find(&core, &caller, &org, &name)?;
    Ok(ok(view(&core, &schedules, &entry, find(&entry, &trigger)?)))
}

/// Changes one.
pub async fn change(
    State(core): State<Arc<Core>>,
    State(schedules): State<Arc<Schedules>>,
    caller: Caller,
    PathParams((org, name, trigger)): PathParams<(String, String, String)>,
    JsonBody(fields): JsonBody<TriggerRequest>,
) -> Result<Response, Problem> {
    let entry = projects::find(&core, &caller, &org, &name)?;
    let before = find(&entry, &trigger)?;
    if fields.kind.is_some_and(|kind| kind != before.kind) {
        return Err(Problem::bad_request("`kind`: it is fixed; make another trigger"));
    }
    let trigger = onto(fields, &core, &entry, before.clone())?;
    let audit = caller.changed(
        &core,
        Some(entry.project().organization),
        format!("{org}/{name}/trigger {}", trigger.id),
    );
    core.store.update_trigger(trigger.clone(), Some(audit)).await?;
    Ok(ok(view(&core, &schedules, &entry, &trigger)))
}

/// Deletes one.
pub async fn delete(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams((org, name, trigger)): PathParams<(String, String, String)>,
) -> Result<Response, Problem> {
    let entry = projects::find(&core, &caller, &org, &name)?;
    let trigger = find(&entry, &trigger)?;
    let audit = caller.changed(
        &core,
        Some(entry.project().organization),
        format!("{org}/{name}/trigger {}", trigger.id),
    );
    core.store
        .delete_trigger(trigger.project, trigger.id, Some(audit))
        .await?;
    Ok(ok(Deleted::DONE))
}

/// Puts in what a trigger has that starts by the clock. What has no effect is refused rather than kept.
fn clock(fields: &TriggerRequest, core: &Core, trigger: &mut Trigger) -> Result<(), Problem> {
    let given = [
        ("schedule", fields.schedule.is_some(), TriggerKind::Schedule),
        ("time_zone", fields.time_zone.is_some(), TriggerKind::Schedule),
        ("interval", fields.interval.is_some(), TriggerKind::Poll),
    ];
    if let Some((field, _, kind)) = given.iter().find(|(_, given, kind)| *given && *kind != trigger.kind) {
        let kind = metrics::word(kind);
        return Err(Problem::bad_request(format!(
            "`{field}`: only a trigger of kind `{kind}` has one"
        )));
    }
    trigger.schedule = fields.schedule.clone().or(trigger.schedule.take());
    trigger.time_zone = fields.time_zone.clone().or(trigger.time_zone.take());
    if let Some(text) = &fields.interval {
        trigger.interval_s = interval(text)?;
    }
    if trigger.kind == TriggerKind::Schedule {
        let text = trigger.schedule.as_deref();
        let text =
            text.ok_or_else(|| Problem::bad_request("`schedule`: when it starts is needed, such as `30 4 * * 1-5`"))?;
        let zone = trigger.time_zone.as_deref().unwrap_or(USUAL_ZONE);
        Schedule::parse(text, zone, core.clock.now()).map_err(|error| Problem::bad_request(error.to_string()))?;
    }
    Ok(())
}

/// The trigger with what was given put in.
fn onto(fields: TriggerRequest, core: &Core, entry: &ProjectEntry, mut trigger: Trigger) -> Result<Trigger, Problem> {
    if let Some(link) = &fields.integration {
        let find = |text: &String| {
            integration(core, entry.project().organization, IntegrationKind::Inbound, text).map(|it| it.id)
        };
        trigger.integration = link.as_ref().map(find).transpose()?;
    }
    clock(&fields, core, &mut trigger)?;
    let stranger = fields
        .actions
        .iter()
        .flatten()
        .find(|word| !is_action(trigger.kind, word));
    if let Some(word) = stranger {
        return Err(Problem::bad_request(format!(
            "`actions`: events of this kind have no action `{word}`"
        )));
    }
    trigger.branches = fields.branches.unwrap_or(trigger.branches);
    trigger.tags = fields.tags.unwrap_or(trigger.tags);
    trigger.target_branches = fields.target_branches.unwrap_or(trigger.target_branches);
    trigger.paths = fields.paths.unwrap_or(trigger.paths);
    trigger.actions = fields.actions.unwrap_or(trigger.actions);
    trigger.labels = fields.labels.unwrap_or(trigger.labels);
    trigger.drafts = fields.drafts.unwrap_or(trigger.drafts);
    trigger.require_approval = fields.require_approval.unwrap_or(trigger.require_approval);
    trigger.prereleases = fields.prereleases.unwrap_or(trigger.prereleases);
    trigger.skip_ci = fields.skip_ci.unwrap_or(trigger.skip_ci);
    trigger.active = fields.active.unwrap_or(trigger.active);
    TriggerPatterns::compile(&trigger).map_err(|error| Problem::bad_request(error.to_string()))?;
    Ok(trigger)
}

/// How often, in seconds.
fn interval(text: &str) -> Result<u64, Problem> {
    let span = config::span(text).map(|span| span.as_secs());
    let span = span.filter(|seconds| (1..=MOST_SECONDS).contains(seconds));
    span.ok_or_else(|| {
        Problem::bad_request(format!(
            "`interval`: `{text}` is no span such as `5m`, from a second to a year"
        ))
    })
}

fn find<'a>(entry: &'a ProjectEntry, text: &str) -> Result<&'a Trigger, Problem> {
    let wanted: TriggerId = id(text, "trigger")?;
    entry
        .triggers()
        .find(|trigger| trigger.id == wanted)
        .ok_or_else(|| nothing("trigger"))
}

fn view(core: &Core, schedules: &Schedules, entry: &ProjectEntry, trigger: &Trigger) -> TriggerView {
    let interval = std::time::Duration::from_secs(trigger.interval_s);
    TriggerView {
        id: trigger.id.to_string(),
        project: entry.project().name.to_string(),
        kind: trigger.kind,
        integration: integration_name(core, trigger.integration),
        branches: trigger.branches.clone(),
        tags: trigger.tags.clone(),
        target_branches: trigger.target_branches.clone(),
        paths: trigger.paths.clone(),
        actions: trigger.actions.clone(),
        labels: trigger.labels.clone(),
        drafts: trigger.drafts,
        require_approval: trigger.require_approval,
        prereleases: trigger.prereleases,
        skip_ci: trigger.skip_ci,
        schedule: trigger.schedule.clone(),
        time_zone: trigger.time_zone.clone(),
        interval: humantime::format_duration(interval).to_string(),
        next_at: schedules.due(trigger.id).filter(|_| trigger.active),
        active: trigger.active,
        created_at: trigger.created_at,
    }
}
