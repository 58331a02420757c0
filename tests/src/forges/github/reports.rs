//! Check runs and commit statuses.

use serde_json::{Value, json};

use super::repositories::{Visit, list, user};
use super::{invalid, not_found};
use crate::forges::world::{Status, World};
use crate::forges::{Call, Reply};

/// Statuses of one commit and context.
const MOST_STATUSES: usize = 1000;

pub(super) fn answer(visit: &Visit<'_>, world: &mut World, call: &Call, path: &[&str]) -> Reply {
    let here = visit.repository.id;
    match (call.method.as_str(), path) {
        ("POST", ["statuses", sha]) => set_status(visit, world, call, sha),
        ("GET", ["commits", sha, "statuses"]) => {
            let these = world
                .statuses
                .iter()
                .rev()
                .filter(|it| it.repository == here && it.sha == *sha && !it.check);
            list(world, call, these.map(|it| status(world, it)).collect())
        }
        ("POST", ["check-runs"]) => {
            let id = world.number();
            write_run(visit, world, id, call.json(), Value::Null)
        }
        ("PATCH", ["check-runs", id]) => {
            let is = |it: &&Status| it.check && it.repository == here && it.id.to_string() == *id;
            match world.statuses.iter().find(is).map(|it| (it.id, it.fields.clone())) {
                Some((id, before)) => write_run(visit, world, id, call.json(), before),
                None => not_found(),
            }
        }
        ("GET", ["commits", sha, "check-runs"]) => {
            let named = |it: &&Status| call.query("check_name").is_none_or(|name| name == it.context);
            let these = world
                .statuses
                .iter()
                .filter(|it| it.check && it.repository == here && it.sha == *sha);
            let mut these: Vec<_> = these.filter(named).collect();
            if call.query("filter") != Some("all") {
                let newest = |run: &&Status| !these.iter().any(|it| it.id > run.id && it.context == run.context);
                these = these.iter().copied().filter(newest).collect();
            }
            let (runs, total, next) = call.page(these.into_iter().map(run).collect(), 100);
            Reply::json(200, json!({ "total_count": total, "check_runs": runs })).linked(call, &world.web, total, next)
        }
        _ => not_found(),
    }
}

/// Each is a status of its own; contexts are equal whatever their case.
fn set_status(visit: &Visit<'_>, world: &mut World, call: &Call, sha: &str) -> Reply {
    let fields = call.json();
    let text = |name: &str| fields[name].as_str();
    let Some(state) = text("state").filter(|it| ["error", "failure", "pending", "success"].contains(it)) else {
        return invalid("state is not included in the list");
    };
    if text("description").is_some_and(|it| it.chars().count() > 140) {
        return invalid("description is too long (maximum is 140 characters)");
    }
    if text("target_url").is_some_and(|it| !it.starts_with("http://") && !it.starts_with("https://")) {
        return invalid("target_url must use http(s) scheme");
    }
    if !visit.repository.has(sha) {
        return Reply::message(422, &format!("No commit found for SHA: {sha}"));
    }
    let context = text("context").unwrap_or("default").to_owned();
    let same = |it: &&Status| !it.check && it.sha == sha && it.context.eq_ignore_ascii_case(&context);
    if world.statuses.iter().filter(same).count() >= MOST_STATUSES {
        return invalid("This SHA and context has reached the maximum number of statuses.");
    }
    let made = Status {
        id: world.number(),
        repository: visit.repository.id,
        sha: sha.to_owned(),
        context,
        state: state.to_owned(),
        by: visit.login.clone(),
        check: false,
        fields: fields.clone(),
    };
    world.show(made.clone());
    Reply::json(201, status(world, &made))
}

/// Makes a run, or changes what is sent of one. A conclusion ends it.
fn write_run(visit: &Visit<'_>, world: &mut World, id: u64, sent: Value, before: Value) -> Reply {
    let mut fields = before;
    for (name, value) in sent.as_object().into_iter().flatten() {
        fields[name] = value.clone();
    }
    if let Err(why) = checked(&sent) {
        return invalid(why);
    }
    if sent["conclusion"].is_string() {
        fields["status"] = "completed".into();
    } else if sent["status"].is_string() {
        fields["conclusion"] = Value::Null;
    }
    let (Some(name), Some(sha)) = (fields["name"].as_str(), fields["head_sha"].as_str()) else {
        return invalid("name and head_sha are required");
    };
    if fields["status"] == "completed" && !fields["conclusion"].is_string() {
        return invalid("a completed run needs a conclusion");
    }
    if !visit.repository.has(sha) {
        return Reply::message(422, &format!("No commit found for SHA: {sha}"));
    }
    let state = fields["conclusion"]
        .as_str()
        .or(fields["status"].as_str())
        .unwrap_or("queued");
    let made = Status {
        id,
        repository: visit.repository.id,
        sha: sha.to_owned(),
        context: name.to_owned(),
        state: state.to_owned(),
        by: visit.login.clone(),
        check: true,
        fields: fields.clone(),
    };
    let status = if sent["head_sha"].is_string() { 201 } else { 200 };
    world.show(made.clone());
    Reply::json(status, run(&made))
}

/// GitHub's words and limits.
fn checked(sent: &Value) -> Result<(), &'static str> {
    let one_of = |name: &str, words: &[&str]| sent[name].as_str().is_none_or(|word| words.contains(&word));
    let within = |value: &Value, most: usize| value.as_str().is_none_or(|text| text.chars().count() <= most);
    let conclusions = [
        "action_required",
        "cancelled",
        "failure",
        "neutral",
        "success",
        "skipped",
        "timed_out",
    ];
    let output = &sent["output"];
    if !one_of("status", &["queued", "in_progress", "completed"]) {
        return Err("status is not included in the list");
    }
    if !one_of("conclusion", &conclusions) {
        return Err("conclusion is not included in the list");
    }
    if output.is_object() && !(output["title"].is_string() && output["summary"].is_string()) {
        return Err("output needs a title and a summary");
    }
    if ["summary", "text"]
        .iter()
        .any(|name| output[name].as_str().is_some_and(|it| it.len() > 65_535))
    {
        return Err("output is too long (maximum is 65535 characters)");
    }
    if output["annotations"].as_array().is_some_and(|all| all.len() > 50) {
        return Err("output.annotations has more than 50 entries");
    }
    let actions = sent["actions"].as_array().map_or(&[][..], Vec::as_slice);
    let short =
        |it: &Value| within(&it["label"], 20) && within(&it["identifier"], 20) && within(&it["description"], 40);
    if actions.len() > 3 || !actions.iter().all(short) {
        return Err("actions has more than 3 entries, or one that is too long");
    }
    Ok(())
}

fn status(world: &World, it: &Status) -> Value {
    json!({ "id": it.id, "state": it.state, "context": it.context, "description": it.fields["description"], "target_url": it.fields["target_url"],
        "creator": user(world, &it.by) })
}

fn run(it: &Status) -> Value {
    json!({ "id": it.id, "name": it.context, "head_sha": it.sha, "status": it.fields["status"], "conclusion": it.fields["conclusion"],
        "external_id": it.fields["external_id"], "details_url": it.fields["details_url"], "output": it.fields["output"],
        "pull_requests": [] })
}
