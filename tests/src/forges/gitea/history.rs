//! The lists of what happened.

use serde_json::{Value, json};

use super::shapes::{list, shown, user};
use crate::forges::past::{PastCommit, PastPull, PastRef, since};
use crate::forges::world::{Repository, World};
use crate::forges::{Call, Reply};

/// None where it is another list.
pub(super) fn history(world: &World, call: &Call, repository: &Repository, path: &[&str]) -> Option<Reply> {
    let past = &repository.past;
    let entries = match path {
        ["commits"] => past.commits.iter().rev().map(|it| commit(world, it)).collect(),
        ["activities", "feeds"] => past.refs.iter().rev().flat_map(|it| acts(world, it)).collect(),
        ["pulls", number, "reviews"] => {
            let pull = past.pulls.iter().find(|it| it.number.to_string() == *number)?;
            let reviews = pull.reviews.iter().map(|(id, by, state, at)| {
                let state = match state.as_str() {
                    "approved" => "APPROVED",
                    "changes_requested" => "REQUEST_CHANGES",
                    _ => "COMMENT",
                };
                json!({ "id": id, "user": user(world, by), "state": state, "submitted_at": at, "commit_id": "ab".repeat(20) })
            });
            reviews.collect()
        }
        ["issues"] => {
            let issues = since(&past.issues, call.query("since"), |it| it.updated_at());
            let shown = issues.rev().map(|it| {
                json!({ "id": it.number, "number": it.number, "title": "It fails", "user": user(world, &it.by), "labels": [],
                    "state": if it.closed_at.is_some() { "closed" } else { "open" }, "created_at": it.at,
                    "updated_at": it.updated_at(), "closed_at": it.closed_at, "pull_request": null })
            });
            shown.collect()
        }
        ["issues", "comments"] => {
            let web = format!("{}/{}", world.web, repository.full_name);
            let comments = since(&past.comments, call.query("since"), |it| &it.at);
            let shown = comments.map(|it| {
                let (on_pull, on_issue) = match it.on_pull {
                    true => (format!("{web}/pulls/{}", it.number), String::new()),
                    false => (String::new(), format!("{web}/issues/{}", it.number)),
                };
                json!({ "id": it.id, "body": "Why?", "user": user(world, &it.by), "created_at": it.at, "updated_at": it.at,
                    "issue_url": on_issue, "pull_request_url": on_pull })
            });
            shown.collect()
        }
        ["actions", "runs"] => {
            let runs = past.runs.iter().rev().map(|it| {
                json!({ "id": it.id, "run_number": it.id, "head_sha": it.sha, "head_branch": "main", "event": "push",
                    "status": "completed", "conclusion": if it.well { "success" } else { "failure" },
                    "started_at": it.span.0, "completed_at": it.span.1 })
            });
            let runs: Vec<Value> = runs.collect();
            let (runs, total, next) = call.page(runs, 50);
            let body = json!({ "total_count": total, "workflow_runs": runs });
            return Some(Reply::json(200, body).linked(call, &world.web, total, next));
        }
        ["releases"] => {
            let releases = past.releases.iter().rev().map(|it| {
                json!({ "id": 1, "tag_name": it.tag, "name": it.tag, "draft": false, "prerelease": false, "created_at": it.at,
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
    let shown_pull = |it: &&PastPull| {
        let repository_shown = shown(world, repository);
        json!({ "id": it.number, "number": it.number, "title": "Add a feature", "user": user(world, &it.by), "labels": [],
            "state": if it.closed_at.is_some() { "closed" } else { "open" }, "draft": false, "merged": it.merged,
            "created_at": it.at, "updated_at": it.updated_at(), "closed_at": it.closed_at,
            "merged_at": it.closed_at.as_ref().filter(|_| it.merged), "merged_by": it.merged.then(|| user(world, "gate")),
            "head": { "label": "topic", "ref": "topic", "sha": "ab".repeat(20), "repo_id": repository.id, "repo": repository_shown },
            "base": { "label": "main", "ref": "main", "sha": "cd".repeat(20), "repo_id": repository.id, "repo": repository_shown } })
    };
    all.iter().map(shown_pull).collect()
}

fn commit(world: &World, it: &PastCommit) -> Value {
    json!({ "sha": it.sha, "created": it.at, "html_url": format!("{}/c/{}", world.web, it.sha),
        "commit": { "message": it.message, "author": { "name": "Ann", "email": "ann@example.com", "date": it.at },
            "committer": { "name": "Ann", "email": "ann@example.com", "date": it.at } } })
}

/// The feed's entries about a ref, newest first. A branch that was made has two: the push that came with it, and the making.
fn acts(world: &World, it: &PastRef) -> Vec<Value> {
    let act = |kind: &str, content: String| json!({ "op_type": kind, "ref_name": it.name, "created": it.at, "act_user": user(world, &it.by), "content": content });
    let head = json!({ "Commits": [], "HeadCommit": { "Sha1": it.sha, "Message": "a change" }, "Len": 1 }).to_string();
    match (it.name.starts_with("refs/tags/"), it.removed) {
        (true, true) => vec![act("delete_tag", String::new())],
        (true, false) => vec![act("push_tag", head)],
        (false, true) => vec![act("delete_branch", String::new())],
        (false, false) => vec![act("commit_repo", head), act("commit_repo", String::new())],
    }
}
