//! Samples of what happens to code: pushes, pull requests, groups of them.

use forgegate_sdk::is_zero_id;
use forgegate_sdk::samples::Subject;
use serde_json::{Value, json};

use super::body::{base, head, owner, page, repository, time, topic, user};

pub fn push(about: &Subject, name: &str) -> Value {
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

pub fn pull_request(about: &Subject) -> Value {
    json!({"action": "opened", "number": 1, "pull_request": pull(about)})
}

pub fn pull(about: &Subject) -> Value {
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

pub fn merge_group(about: &Subject) -> Value {
    json!({
        "action": "checks_requested",
        "merge_group": {
            "head_sha": head(about), "head_ref": format!("refs/heads/gh-readonly-queue/main/pr-1-{}", base(about)),
            "base_sha": base(about), "base_ref": "refs/heads/main",
        },
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
