//! The payloads of samples: what GitHub sends, less most of the links.

use forgegate_sdk::is_zero_id;
use forgegate_sdk::samples::Subject;
use serde_json::{Map, Value, json};

use crate::parse::rfc3339;

/// GitHub's name of the event and its payload; `None` where GitHub has no such event.
pub fn delivery(kind: &str, about: &Subject) -> Option<(&'static str, Value)> {
    let (name, own) = match kind {
        "push" => ("push", push(about, &about.ref_)),
        "tag" => ("push", push(about, &format!("refs/tags/{}", tag(about)))),
        "pull-request" => ("pull_request", pull_request(about)),
        "comment" => ("issue_comment", comment(about)),
        "review" => ("pull_request_review", review(about)),
        "release" => ("release", release(about)),
        "merge-group" => ("merge_group", merge_group(about)),
        "installation" => ("installation", installation(about)),
        "ping" => ("ping", ping()),
        _ => return None,
    };
    Some((name, with_envelope(name, own, about)))
}

/// Adds what every delivery to an App has, where the payload has not its own.
fn with_envelope(event: &str, own: Value, about: &Subject) -> Value {
    let mut all = Map::new();
    if !matches!(event, "installation" | "ping") {
        all.insert("repository".into(), repository(about));
    }
    if event != "ping" {
        all.insert("installation".into(), json!({"id": about.repository_id}));
    }
    all.insert("sender".into(), user());
    if let Value::Object(own) = own {
        all.extend(own);
    }
    Value::Object(all)
}

fn push(about: &Subject, name: &str) -> Value {
    let deleted = is_zero_id(&about.after);
    let is_tag = name.starts_with("refs/tags/");
    let head = (!deleted).then(|| commit(about));
    let commits = head.iter().filter(|_| !is_tag).collect::<Vec<_>>();
    // In a push, and nowhere else, the repository's times are numbers.
    let mut repository = repository(about);
    if let Value::Object(fields) = &mut repository {
        fields.insert("created_at".into(), about.sent_at.into());
        fields.insert("pushed_at".into(), about.sent_at.into());
    }
    json!({
        "ref": name,
        "before": about.before,
        "after": about.after,
        "base_ref": null,
        "created": is_zero_id(&about.before),
        "deleted": deleted,
        "forced": false,
        "compare": format!("{}/compare/{}...{}", page(about), about.before, about.after),
        "commits": commits,
        "head_commit": head,
        "pusher": {"name": "octocat", "email": "octocat@example.com"},
        "repository": repository,
    })
}

fn commit(about: &Subject) -> Value {
    let person = json!({"name": "Octo Cat", "email": "octocat@example.com", "username": "octocat"});
    json!({
        "id": about.after,
        "tree_id": about.after,
        "distinct": true,
        "message": "Add the first page\n\nMore will follow.",
        "timestamp": time(about),
        "url": format!("{}/commit/{}", page(about), about.after),
        "author": person,
        "committer": person,
        "added": ["docs/first.md"],
        "modified": ["README.md"],
        "removed": [],
    })
}

fn pull_request(about: &Subject) -> Value {
    json!({"action": "opened", "number": 1, "pull_request": pull(about)})
}

fn pull(about: &Subject) -> Value {
    let side = |name: &str, sha: &str| {
        let label = format!("{}:{name}", owner(about));
        json!({"label": label, "ref": name, "sha": sha, "user": user(), "repo": repository(about)})
    };
    json!({
        "id": 1001,
        "number": 1,
        "title": "Add the first page",
        "body": "More will follow.",
        "state": "open",
        "draft": false,
        "locked": false,
        "merged": false,
        "merge_commit_sha": null,
        "html_url": format!("{}/pull/1", page(about)),
        "user": user(),
        "labels": [],
        "assignees": [],
        "requested_reviewers": [],
        "author_association": "MEMBER",
        "head": side(topic(about), head(about)),
        "base": side("main", base(about)),
        "created_at": time(about),
        "updated_at": time(about),
    })
}

fn comment(about: &Subject) -> Value {
    let page = format!("{}/pull/1", page(about));
    json!({
        "action": "created",
        "issue": {
            "id": 1001, "number": 1, "title": "Add the first page", "state": "open", "user": user(), "html_url": page,
            "pull_request": {"html_url": page, "merged_at": null},
        },
        "comment": {
            "id": 2001, "body": "Looks good.", "user": user(), "html_url": format!("{page}#issuecomment-2001"),
            "author_association": "MEMBER", "created_at": time(about), "updated_at": time(about),
        },
    })
}

fn review(about: &Subject) -> Value {
    json!({
        "action": "submitted",
        "review": {
            "id": 3001, "state": "approved", "body": null, "user": user(), "commit_id": head(about),
            "author_association": "MEMBER", "submitted_at": time(about),
        },
        "pull_request": pull(about),
    })
}

fn release(about: &Subject) -> Value {
    let tag = tag(about);
    json!({
        "action": "published",
        "release": {
            "id": 4001, "tag_name": tag, "name": tag, "target_commitish": "main", "draft": false, "prerelease": false,
            "html_url": format!("{}/releases/tag/{tag}", page(about)), "author": user(), "assets": [],
            "created_at": time(about), "published_at": time(about),
        },
    })
}

fn merge_group(about: &Subject) -> Value {
    json!({
        "action": "checks_requested",
        "merge_group": {
            "head_sha": head(about), "head_ref": format!("refs/heads/gh-readonly-queue/main/pr-1-{}", base(about)),
            "base_sha": base(about), "base_ref": "refs/heads/main",
        },
    })
}

fn installation(about: &Subject) -> Value {
    json!({
        "action": "created",
        "installation": {
            "id": about.repository_id, "app_id": 1, "account": account(owner(about), "Organization"),
            "repository_selection": "selected", "target_type": "Organization", "suspended_at": null,
            "created_at": about.sent_at, "updated_at": about.sent_at,
        },
        "repositories": [
            {"id": about.repository_id, "name": short_name(about), "full_name": about.full_name, "private": false},
        ],
    })
}

fn ping() -> Value {
    json!({
        "zen": "Keep it logically awesome.",
        "hook_id": 1,
        "hook": {"type": "App", "id": 1, "name": "web", "active": true, "app_id": 1, "events": ["push"]},
    })
}

fn repository(about: &Subject) -> Value {
    let page = page(about);
    let host = about.origin.split_once("://").map_or("", |(_, host)| host);
    json!({
        "id": about.repository_id,
        "name": short_name(about),
        "full_name": about.full_name,
        "private": false,
        "owner": account(owner(about), "Organization"),
        "html_url": page,
        "clone_url": format!("{page}.git"),
        "ssh_url": format!("git@{host}:{}.git", about.full_name),
        "git_url": format!("git://{host}/{}.git", about.full_name),
        "default_branch": "main",
        "fork": false,
        "archived": false,
        "visibility": "public",
    })
}

fn user() -> Value {
    account("octocat", "User")
}

fn account(login: &str, kind: &str) -> Value {
    json!({"login": login, "id": 583_231, "type": kind, "site_admin": false})
}

fn page(about: &Subject) -> String {
    format!("{}/{}", about.origin, about.full_name)
}

fn owner(about: &Subject) -> &str {
    about.full_name.split('/').next().unwrap_or_default()
}

fn short_name(about: &Subject) -> &str {
    about.full_name.rsplit('/').next().unwrap_or_default()
}

/// The head of the sample's pull request: a subject whose ref is gone has only the commit before.
fn head(about: &Subject) -> &str {
    if is_zero_id(&about.after) {
        &about.before
    } else {
        &about.after
    }
}

/// What it stands on: for a new ref there is nothing but its own commit.
fn base(about: &Subject) -> &str {
    if is_zero_id(&about.before) {
        &about.after
    } else {
        &about.before
    }
}

/// The subject's branch, unless that is the target itself.
fn topic(about: &Subject) -> &str {
    match about.ref_.strip_prefix("refs/heads/") {
        Some(name) if name != "main" => name,
        _ => "topic",
    }
}

/// The subject's tag, where it is one.
fn tag(about: &Subject) -> &str {
    about.ref_.strip_prefix("refs/tags/").unwrap_or("v1.0.0")
}

fn time(about: &Subject) -> Option<String> {
    rfc3339(about.sent_at)
}
