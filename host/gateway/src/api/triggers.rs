//! Triggers of a project.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_model::ids::TriggerId;
use forgegate_model::integration::IntegrationKind;
use forgegate_model::matching::TriggerPatterns;
use forgegate_model::schedule::{Schedule, USUAL_ZONE};
use forgegate_model::timestamp::Timestamp;
use forgegate_model::trigger::{Trigger, TriggerKind, is_action};
use forgegate_storage::ProjectEntry;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{JsonBody, PathParams, Query, id, nothing, present};
use super::projects;
use super::shape::{Deleted, Items, Newest, integration, integration_name, page_of};
use crate::access::Caller;
use crate::clock::fresh_id;
use crate::config;
use crate::gateway::Gateway;
use crate::metrics;
use crate::response::{Problem, created, ok};

/// What a trigger is made of, or what is changed of it; `kind` and, to begin with, `integration` are needed to make one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TriggerFields {
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    kind: Option<TriggerKind>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    integration: Option<Option<String>>,
    #[serde(default)]
    branches: Option<Vec<String>>,
    #[serde(default)]
    tags: Option<Vec<String>>,
    #[serde(default)]
    target_branches: Option<Vec<String>>,
    #[serde(default)]
    paths: Option<Vec<String>>,
    #[serde(default)]
    actions: Option<Vec<String>>,
    #[serde(default)]
    labels: Option<Vec<String>>,
    #[serde(default)]
    drafts: Option<bool>,
    #[serde(default)]
    require_approval: Option<bool>,
    #[serde(default)]
    prereleases: Option<bool>,
    #[serde(default)]
    skip_ci: Option<bool>,
    /// Of a trigger that starts by the clock, as the next two.
    #[serde(default)]
    schedule: Option<String>,
    #[serde(default)]
    time_zone: Option<String>,
    #[serde(default)]
    interval: Option<String>,
    #[serde(default)]
    active: Option<bool>,
}

/// A year: whoever means less often means a schedule.
const MOST_SECONDS: u64 = 365 * 24 * 3600;

/// A trigger, as it is shown.
#[derive(Serialize, ToSchema)]
pub struct TriggerView {
    id: String,
    project: String,
    #[schema(value_type = String)]
    kind: TriggerKind,
    integration: Option<String>,
    branches: Vec<String>,
    tags: Vec<String>,
    target_branches: Vec<String>,
    paths: Vec<String>,
    actions: Vec<String>,
    labels: Vec<String>,
    drafts: bool,
    require_approval: bool,
    prereleases: bool,
    skip_ci: bool,
    schedule: Option<String>,
    time_zone: Option<String>,
    interval: String,
    /// When it starts next by the clock; null for one that does not, and until it was given its time.
    #[schema(value_type = Option<String>)]
    next_at: Option<Timestamp>,
    active: bool,
    #[schema(value_type = String)]
    created_at: Timestamp,
}

/// Makes one.
pub async fn create(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
    JsonBody(fields): JsonBody<TriggerFields>,
) -> Result<Response, Problem> {
    let entry = projects::find(&gateway, &caller, &org, &name)?;
    let kind = fields
        .kind
        .ok_or_else(|| Problem::bad_request("`kind`: which events the trigger listens to is needed"))?;
    if !matches!(fields.integration, Some(Some(_))) {
        return Err(Problem::bad_request(
            "`integration`: the inbound integration that delivers is needed, by name or id",
        ));
    }
    let fresh = Trigger::new(
        TriggerId(fresh_id()),
        entry.project().id,
        kind,
        None,
        gateway.clock.now(),
    );
    let row = fields.onto(&gateway, &entry, fresh)?;
    let audit = caller.made(
        &gateway,
        Some(entry.project().organization),
        format!("{org}/{name}/trigger {}", row.id),
    );
    gateway.store.create_trigger(row.clone(), Some(audit)).await?;
    Ok(created(view(&gateway, &entry, &row)))
}

/// Lists those of a project.
pub async fn list(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
    query: Query,
) -> Result<Response, Problem> {
    let entry = projects::find(&gateway, &caller, &org, &name)?;
    let page = query.page(&[])?;
    let mut rows: Vec<_> = entry.triggers().collect();
    rows.reverse();
    let listed = page_of(rows, &page, |row| Newest::of(row.id))?;
    Ok(ok(Items::of(listed, |row| view(&gateway, &entry, row))))
}

/// Shows one.
pub async fn show(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, name, trigger)): PathParams<(String, String, String)>,
) -> Result<Response, Problem> {
    let entry = projects::find(&gateway, &caller, &org, &name)?;
    Ok(ok(view(&gateway, &entry, find(&entry, &trigger)?)))
}

/// Changes one.
pub async fn change(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, name, trigger)): PathParams<(String, String, String)>,
    JsonBody(fields): JsonBody<TriggerFields>,
) -> Result<Response, Problem> {
    let entry = projects::find(&gateway, &caller, &org, &name)?;
    let before = find(&entry, &trigger)?;
    if fields.kind.is_some_and(|kind| kind != before.kind) {
        return Err(Problem::bad_request("`kind`: it is fixed; make another trigger"));
    }
    let row = fields.onto(&gateway, &entry, before.clone())?;
    let audit = caller.changed(
        &gateway,
        Some(entry.project().organization),
        format!("{org}/{name}/trigger {}", row.id),
    );
    gateway.store.update_trigger(row.clone(), Some(audit)).await?;
    Ok(ok(view(&gateway, &entry, &row)))
}

/// Deletes one.
pub async fn delete(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, name, trigger)): PathParams<(String, String, String)>,
) -> Result<Response, Problem> {
    let entry = projects::find(&gateway, &caller, &org, &name)?;
    let row = find(&entry, &trigger)?;
    let audit = caller.changed(
        &gateway,
        Some(entry.project().organization),
        format!("{org}/{name}/trigger {}", row.id),
    );
    gateway.store.delete_trigger(row.project, row.id, Some(audit)).await?;
    Ok(ok(Deleted::DONE))
}

impl TriggerFields {
    /// Puts in what a trigger has that starts by the clock. What has no effect is refused rather than kept.
    fn clock(&self, gateway: &Gateway, row: &mut Trigger) -> Result<(), Problem> {
        let given = [
            ("schedule", self.schedule.is_some(), TriggerKind::Schedule),
            ("time_zone", self.time_zone.is_some(), TriggerKind::Schedule),
            ("interval", self.interval.is_some(), TriggerKind::Poll),
        ];
        if let Some((field, _, kind)) = given.iter().find(|(_, given, kind)| *given && *kind != row.kind) {
            let kind = metrics::word(kind);
            return Err(Problem::bad_request(format!(
                "`{field}`: only a trigger of kind `{kind}` has one"
            )));
        }
        row.schedule = self.schedule.clone().or(row.schedule.take());
        row.time_zone = self.time_zone.clone().or(row.time_zone.take());
        if let Some(text) = &self.interval {
            row.interval_s = interval(text)?;
        }
        if row.kind == TriggerKind::Schedule {
            let text = row.schedule.as_deref();
            let text = text
                .ok_or_else(|| Problem::bad_request("`schedule`: when it starts is needed, such as `30 4 * * 1-5`"))?;
            let zone = row.time_zone.as_deref().unwrap_or(USUAL_ZONE);
            Schedule::parse(text, zone, gateway.clock.now())
                .map_err(|error| Problem::bad_request(error.to_string()))?;
        }
        Ok(())
    }

    /// The trigger with what was given put in.
    fn onto(self, gateway: &Gateway, entry: &ProjectEntry, mut row: Trigger) -> Result<Trigger, Problem> {
        if let Some(link) = &self.integration {
            let find = |text: &String| {
                integration(gateway, entry.project().organization, IntegrationKind::Inbound, text).map(|row| row.id)
            };
            row.integration = link.as_ref().map(find).transpose()?;
        }
        self.clock(gateway, &mut row)?;
        let stranger = self.actions.iter().flatten().find(|word| !is_action(row.kind, word));
        if let Some(word) = stranger {
            return Err(Problem::bad_request(format!(
                "`actions`: events of this kind have no action `{word}`"
            )));
        }
        row.branches = self.branches.unwrap_or(row.branches);
        row.tags = self.tags.unwrap_or(row.tags);
        row.target_branches = self.target_branches.unwrap_or(row.target_branches);
        row.paths = self.paths.unwrap_or(row.paths);
        row.actions = self.actions.unwrap_or(row.actions);
        row.labels = self.labels.unwrap_or(row.labels);
        row.drafts = self.drafts.unwrap_or(row.drafts);
        row.require_approval = self.require_approval.unwrap_or(row.require_approval);
        row.prereleases = self.prereleases.unwrap_or(row.prereleases);
        row.skip_ci = self.skip_ci.unwrap_or(row.skip_ci);
        row.active = self.active.unwrap_or(row.active);
        TriggerPatterns::compile(&row).map_err(|error| Problem::bad_request(error.to_string()))?;
        Ok(row)
    }
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
        .find(|row| row.id == wanted)
        .ok_or_else(|| nothing("trigger"))
}

fn view(gateway: &Gateway, entry: &ProjectEntry, row: &Trigger) -> TriggerView {
    let interval = std::time::Duration::from_secs(row.interval_s);
    TriggerView {
        id: row.id.to_string(),
        project: entry.project().name.to_string(),
        kind: row.kind,
        integration: integration_name(gateway, row.integration),
        branches: row.branches.clone(),
        tags: row.tags.clone(),
        target_branches: row.target_branches.clone(),
        paths: row.paths.clone(),
        actions: row.actions.clone(),
        labels: row.labels.clone(),
        drafts: row.drafts,
        require_approval: row.require_approval,
        prereleases: row.prereleases,
        skip_ci: row.skip_ci,
        schedule: row.schedule.clone(),
        time_zone: row.time_zone.clone(),
        interval: humantime::format_duration(interval).to_string(),
        next_at: gateway.schedules.due(row.id).filter(|_| row.active),
        active: row.active,
        created_at: row.created_at,
    }
}
