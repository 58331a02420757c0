//! Samples of what people write: comments, reviews, releases, issues, pages.

use forgegate_sdk::samples::Subject;
use serde_json::{Value, json};

use super::body::{head, page, tag, time, user};
use super::code::pull;

pub fn comment(about: &Subject) -> Value {
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

pub fn review(about: &Subject) -> Value {
    json!({
        "action": "submitted",
        "review": {
            "id": 3001, "state": "approved", "body": null, "user": user(), "commit_id": head(about),
            "author_association": "MEMBER", "submitted_at": time(about),
        },
        "pull_request": pull(about),
    })
}

pub fn release(about: &Subject) -> Value {
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

pub fn issue(about: &Subject) -> Value {
    json!({
        "action": "opened",
        "issue": {
            "id": 5001, "number": 2, "title": "Write a second page", "body": null, "state": "open", "user": user(),
            "html_url": format!("{}/issues/2", page(about)), "labels": [], "assignees": [], "author_association": "MEMBER",
            "created_at": time(about), "updated_at": time(about),
        },
    })
}

pub fn wiki(about: &Subject) -> Value {
    json!({
        "pages": [{
            "page_name": "Home", "title": "Home", "summary": null, "action": "edited", "sha": head(about),
            "html_url": format!("{}/wiki/Home", page(about)),
        }],
    })
}
