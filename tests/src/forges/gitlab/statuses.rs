//! Statuses of commits: jobs of a pipeline that is made for them, with a state machine of their own.

use serde_json::{Value, json};

use super::{list, not_found, user};
use crate::forges::world::{Repository, Status, World};
use crate::forges::{Call, Reply};

/// The states, and what leads to each.
const STATES: [(&str, &str); 6] = [
    ("pending", "enqueue"),
    ("running", "run"),
    ("success", "success"),
    ("failed", "drop"),
    ("canceled", "cancel"),
    ("skipped", "skip"),
];

pub(super) fn set(world: &mut World, call: &Call, repository: &Repository, sha: &str, login: &str) -> Reply {
    let fields = call.json();
    let text = |name: &str| fields[name].as_str();
    let Some((state, event)) = STATES.into_iter().find(|(state, _)| text("state") == Some(state)) else {
        return Reply::json(400, json!({ "error": "state does not have a valid value" }));
    };
    if text("target_url").is_some_and(|url| url.chars().count() > 255) {
        return Reply::message(
            400,
            "Validation failed: Target url is too long (maximum is 255 characters)",
        );
    }
    if !repository.has(sha) {
        return not_found(" Commit");
    }
    let Some(ref_name) = text("ref").map(str::to_owned).or_else(|| leads_to(repository, sha)) else {
        return not_found(" References for commit");
    };
    let Some(pipeline) = pipeline(world, repository, sha, &ref_name, &fields["pipeline_id"]) else {
        return not_found(" Pipeline");
    };
    let context = text("name").or(text("context")).unwrap_or("default").to_owned();
    // Only a status of the same user that has not ended is changed; anything else becomes a new status.
    let open = world.statuses.iter().find(|it| {
        it.sha == sha
            && it.context == context
            && it.by == login
            && it.fields["ref"] == ref_name.as_str()
            && matches!(it.state.as_str(), "pending" | "running")
    });
    if let Some(from) = open
        .map(|it| it.state.as_str())
        .filter(|from| *from == state || state == "pending")
    {
        return Reply::message(400, &format!("Cannot transition status via :{event} from :{from}"));
    }
    let id = open.map(|it| it.id);
    let made = Status {
        id: id.unwrap_or_else(|| world.number()),
        repository: repository.id,
        sha: sha.to_owned(),
        context,
        state: state.to_owned(),
        by: login.to_owned(),
        check: false,
        fields: json!({ "ref": ref_name, "pipeline_id": pipeline, "target_url": fields["target_url"], "description": fields["description"] }),
    };
    world.show(made.clone());
    Reply::json(201, shown(world, &made))
}

pub(super) fn list_statuses(world: &World, call: &Call, repository: &Repository, sha: &str) -> Reply {
    let these = world
        .statuses
        .iter()
        .filter(|it| it.sha == sha && it.repository == repository.id);
    let these = these.filter(|it| call.query("name").is_none_or(|name| name == it.context));
    let these = these.filter(|it| call.query("ref").is_none_or(|name| it.fields["ref"] == name));
    let mut rows: Vec<_> = these.collect();
    if call.query("all") != Some("true") {
        let newest = |row: &&Status| !rows.iter().any(|it| it.id > row.id && it.context == row.context);
        rows = rows.iter().copied().filter(newest).collect();
    }
    list(world, call, rows.into_iter().map(|it| shown(world, it)).collect())
}

/// A branch or tag that contains the commit. That of a merge request from a fork is in none.
fn leads_to(repository: &Repository, sha: &str) -> Option<String> {
    let named = repository
        .branches
        .iter()
        .chain(&repository.tags)
        .find(|(_, head)| *head == sha);
    let elsewhere = repository
        .pulls
        .iter()
        .any(|it| it.sha == sha && it.head_repository != Some(repository.id));
    named
        .map(|(name, _)| name.clone())
        .or_else(|| (!elsewhere).then(|| "main".to_owned()))
}

/// The pipeline of the commit and the ref, made where there is none; none where another is asked for that does not fit.
fn pipeline(world: &mut World, repository: &Repository, sha: &str, ref_name: &str, asked: &Value) -> Option<u64> {
    let here = |it: &&Status| it.repository == repository.id && it.sha == sha && it.fields["ref"] == ref_name;
    let known = world
        .statuses
        .iter()
        .rev()
        .find(here)
        .and_then(|it| it.fields["pipeline_id"].as_u64());
    let asked = asked
        .as_u64()
        .or_else(|| asked.as_str().and_then(|text| text.parse().ok()));
    match (known, asked) {
        (_, Some(asked)) => known.filter(|known| *known == asked),
        (Some(known), None) => Some(known),
        (None, None) => Some(world.number()),
    }
}

fn shown(world: &World, it: &Status) -> Value {
    json!({ "id": it.id, "sha": it.sha, "ref": it.fields["ref"], "status": it.state, "name": it.context, "pipeline_id": it.fields["pipeline_id"],
        "target_url": it.fields["target_url"], "description": it.fields["description"], "author": user(world, &it.by) })
}
