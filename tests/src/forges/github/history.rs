//! The lists of the past. The events interface, which alone lists tags, is at another path of an Enterprise Server.

use serde_json::{Value, json};

use super::repositories::{list, shown, user};
use crate::forges::past::{PastPull, since};
use crate::forges::world::{Repository, World};
use crate::forges::{Call, Reply};

/// None where it is another list.
pub(super) fn history(world: &World, call: &Call, repository: &Repository, path: &[&str]) -> Option<Reply> {
    let past = &repository.past;
    let entries = match path {
        ["commits"] => {
            let commits = since(&past.commits, call.query("since"), |it| &it.at).rev().map(|it| {
                let who = json!({ "name": "Ann", "email": "ann@example.com", "date": it.at });
                json!({ "sha": it.sha, "html_url": format!("{}/c/{}", world.web, it.sha), "author": null,
                    "commit": { "message": it.message, "author": who, "committer": who } })
            });
            commits.collect()
        }
        ["activity"] => {
            let removed = call.query("activity_type") == Some("branch_deletion");
            let acts = past
                .refs
                .iter()
                .rev()
                .filter(|it| it.removed == removed && it.name.starts_with("refs/heads/"));
            let zeros = "0".repeat(40);
            let shown = acts.map(|it| {
                let (before, after) = if removed { (&it.sha, &zeros) } else { (&zeros, &it.sha) };
                json!({ "ref": it.name, "before": before, "after": after, "timestamp": it.at, "actor": user(world, &it.by) })
            });
            shown.collect()
        }
        ["pulls", number, "reviews"] => {
            let pull = past.pulls.iter().find(|it| it.number.to_string() == *number)?;
            let reviews = pull.reviews.iter().map(|(id, by, state, at)| {
                json!({ "id": id, "user": user(world, by), "state": state.to_uppercase(), "submitted_at": at,
                    "commit_id": "ab".repeat(20) })
            });
            reviews.collect()
        }
        ["issues"] => {
            let issues = since(&past.issues, call.query("since"), |it| it.updated_at()).map(|it| {
                json!({ "number": it.number, "title": "It fails", "user": user(world, &it.by), "labels": [], "assignees": [],
                    "state": if it.closed_at.is_some() { "closed" } else { "open" }, "created_at": it.at,
                    "updated_at": it.updated_at(), "closed_at": it.closed_at })
            });
            issues.collect()
        }
        ["issues", "comments"] => {
            let web = format!("{}/{}", world.web, repository.full_name);
            let comments = since(&past.comments, call.query("since"), |it| &it.at).map(|it| {
                let kind = if it.on_pull { "pull" } else { "issues" };
                json!({ "id": it.id, "body": "Why?", "user": user(world, &it.by), "created_at": it.at, "updated_at": it.at,
                    "html_url": format!("{web}/{kind}/{}#issuecomment-{}", it.number, it.id),
                    "issue_url": format!("{}/api/v3/repos/{}/issues/{}", world.web, repository.full_name, it.number) })
            });
            comments.collect()
        }
        ["actions", "runs"] => {
            let from = call.query("created").map(|text| text.trim_start_matches(">="));
            let runs = since(&past.runs, from, |it| &it.span.0).rev().map(|it| {
                json!({ "id": it.id, "run_number": it.id, "head_sha": it.sha, "head_branch": "main", "event": "push",
                    "status": "completed", "conclusion": if it.well { "success" } else { "failure" },
                    "run_started_at": it.span.0, "created_at": it.span.0, "updated_at": it.span.1, "actor": user(world, "gate"),
                    "repository": { "id": repository.id }, "head_repository": { "id": repository.id } })
            });
            let (runs, total, next) = call.page(runs.collect::<Vec<Value>>(), 100);
            let body = json!({ "total_count": total, "workflow_runs": runs });
            return Some(Reply::json(200, body).linked(call, &world.web, total, next));
        }
        ["releases"] => {
            let releases = past.releases.iter().rev().map(|it| {
                json!({ "id": 1, "tag_name": it.tag, "name": it.tag, "draft": false, "prerelease": false,
                    "published_at": it.at, "author": user(world, &it.by), "assets": [] })
            });
            releases.collect()
        }
        _ => return None,
    };
    Some(list(world, call, entries))
}

/// All pull requests that are past, the last changed first.
pub(super) fn pulls(world: &World, repository: &Repository) -> Vec<Value> {
    let mut all: Vec<&PastPull> = repository.past.pulls.iter().collect();
    all.sort_by_key(|it| std::cmp::Reverse(it.updated_at()));
    let here = shown(world, repository);
    let shown_pull = |it: &&PastPull| {
        json!({ "id": it.number, "number": it.number, "title": "Add a feature", "user": user(world, &it.by), "labels": [],
            "state": if it.closed_at.is_some() { "closed" } else { "open" }, "draft": false, "created_at": it.at,
            "updated_at": it.updated_at(), "closed_at": it.closed_at,
            "merged_at": it.closed_at.as_ref().filter(|_| it.merged),
            "head": { "ref": "topic", "sha": "ab".repeat(20), "repo": here },
            "base": { "ref": "main", "sha": "cd".repeat(20), "repo": here } })
    };
    all.iter().map(shown_pull).collect()
}
