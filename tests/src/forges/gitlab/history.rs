//! The lists of what happened.

use serde_json::{Value, json};

use super::{list, not_found, user};
use crate::forges::past::{PastPull, PastRef, PastRun, since};
use crate::forges::world::{Repository, World};
use crate::forges::{Call, Reply};

/// None where it is another list.
pub(super) fn history(world: &World, call: &Call, repository: &Repository, path: &[&str]) -> Option<Reply> {
    let past = &repository.past;
    let entries = match path {
        ["repository", "commits"] => {
            let commits = since(&past.commits, call.query("since"), |it| &it.at).rev().map(|it| {
                json!({ "id": it.sha, "title": it.message, "message": it.message, "author_name": "Ann",
                    "author_email": "ann@example.com", "committed_date": it.at, "web_url": world.web })
            });
            commits.collect()
        }
        ["events"] => events(world, call, repository),
        ["issues"] if call.query("confidential").is_some() => Vec::new(),
        ["issues"] => {
            let issues = since(&past.issues, call.query("updated_after"), |it| it.updated_at()).map(|it| {
                json!({ "iid": it.number, "title": "It fails", "state": if it.closed_at.is_some() { "closed" } else { "opened" },
                    "author": user(world, &it.by), "created_at": it.at, "updated_at": it.updated_at(),
                    "closed_at": it.closed_at, "closed_by": it.closed_at.as_ref().map(|_| user(world, "gate")), "labels": [],
                    "assignees": [], "confidential": false })
            });
            issues.collect()
        }
        ["pipelines"] => {
            let runs = since(&past.runs, call.query("updated_after"), |it| &it.span.1);
            runs.map(|it| json!({ "id": it.id, "iid": it.id, "status": state(it), "source": "push", "sha": it.sha }))
                .collect()
        }
        ["pipelines", id] => {
            let Some(it) = past.runs.iter().find(|it| it.id.to_string() == *id) else {
                return Some(not_found(""));
            };
            return Some(Reply::json(
                200,
                json!({ "id": it.id, "iid": it.id, "status": state(it), "source": "push", "sha": it.sha, "ref": "main",
                    "tag": false, "created_at": it.span.0, "started_at": it.span.0, "finished_at": it.span.1,
                    "duration": 60, "queued_duration": 1, "user": user(world, "gate") }),
            ));
        }
        ["releases"] => {
            let releases = past.releases.iter().rev().map(|it| {
                json!({ "tag_name": it.tag, "name": it.tag, "created_at": it.at, "released_at": it.at,
                    "author": user(world, &it.by), "commit": null, "assets": { "links": [] } })
            });
            releases.collect()
        }
        _ => return None,
    };
    Some(list(world, call, entries))
}

/// Merge requests that were changed since.
pub(super) fn requests(world: &World, call: &Call, repository: &Repository) -> Vec<Value> {
    let pulls = since(&repository.past.pulls, call.query("updated_after"), |it| {
        it.updated_at()
    });
    let shown = |it: &PastPull| {
        let state = match (&it.closed_at, it.merged) {
            (None, _) => "opened",
            (Some(_), true) => "merged",
            (Some(_), false) => "closed",
        };
        json!({ "id": it.number, "iid": it.number, "title": "Add a feature", "state": state, "draft": false,
            "sha": "ab".repeat(20), "source_branch": "topic", "target_branch": "main", "source_project_id": repository.id,
            "target_project_id": repository.id, "author": user(world, &it.by), "created_at": it.at,
            "updated_at": it.updated_at(), "merged_at": it.closed_at.as_ref().filter(|_| it.merged),
            "merge_user": it.merged.then(|| user(world, "gate")), "closed_at": it.closed_at.as_ref().filter(|_| !it.merged),
            "labels": [], "assignees": [], "reviewers": [] })
    };
    pulls.map(shown).collect()
}

/// Events of one kind since a day.
fn events(world: &World, call: &Call, repository: &Repository) -> Vec<Value> {
    let past = &repository.past;
    // The day itself is not among them.
    let after = call.query("after").map(|day| format!("{day}T23:59:59"));
    let after = after.as_deref();
    match call.query("action") {
        Some("pushed") => since(&past.refs, after, |it| &it.at)
            .map(|it| pushed(world, it))
            .collect(),
        Some("approved") => {
            let approvals = past.pulls.iter().flat_map(|pull| {
                let approved = pull.reviews.iter().filter(|(_, _, state, _)| state == "approved");
                approved.map(|(_, by, _, at)| {
                    json!({ "action_name": "approved", "target_type": "MergeRequest", "target_iid": pull.number,
                        "author": user(world, by), "created_at": at })
                })
            });
            approvals.collect()
        }
        Some("commented") => {
            let comments = since(&past.comments, after, |it| &it.at).map(|it| {
                let kind = if it.on_pull { "MergeRequest" } else { "Issue" };
                json!({ "action_name": "commented on", "author": user(world, &it.by), "created_at": it.at,
                    "note": { "id": it.id, "body": "Why?", "author": user(world, &it.by), "created_at": it.at, "system": false,
                        "noteable_type": kind, "noteable_iid": it.number } })
            });
            comments.collect()
        }
        _ => Vec::new(),
    }
}

fn pushed(world: &World, it: &PastRef) -> Value {
    let (kind, name) = match it.name.strip_prefix("refs/tags/") {
        Some(name) => ("tag", name),
        None => ("branch", it.name.trim_start_matches("refs/heads/")),
    };
    let (action, from, to) = if it.removed {
        ("removed", Some(&it.sha), None)
    } else {
        ("created", None, Some(&it.sha))
    };
    json!({ "action_name": "pushed", "author": user(world, &it.by), "created_at": it.at,
        "push_data": { "action": action, "ref_type": kind, "ref": name, "commit_from": from, "commit_to": to, "commit_count": 0 } })
}

fn state(it: &PastRun) -> &'static str {
    if it.well { "success" } else { "failed" }
}
