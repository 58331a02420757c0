//! Activity of people at a forge: pull requests from forks, heads, comments, approvals. Each method changes the fake forge and answers
//! the delivery that the real one would send.

use serde_json::{Value, json};

use crate::SECRET;
use crate::TestForge;
use crate::delivery::{Signed, sign, sign_for_app, sign_with_token};
use crate::forges::{Account, Comment, Level, Pull, Review};
use crate::test_forge::{INSTALLATION, REPOSITORY};

/// An account of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their number.
    pub id: u64,
    /// Their name.
    pub login: &'static str,
}

/// A person who may write to `acme/widgets`.
pub const ANN: Person = Person { id: 51, login: "ann" };
/// A person who may not write, and opens pull requests from the fork 8.
pub const BOB: Person = Person { id: 52, login: "bob" };

/// The number of the fork.
const FORK: u64 = 8;
const BASE: &str = "cccccccccccccccccccccccccccccccccccccccc";

impl TestForge {
    /// Adds `ANN` and `BOB` to the forge, and makes the account of the gateway's token an administrator, so that it may ask for levels.
    pub fn add_people(&self) {
        let mut world = self.fake.world();
        for person in [ANN, BOB] {
            world.accounts.push(Account {
                id: person.id,
                login: person.login.to_owned(),
                organization: false,
            });
        }
        let widgets = world.repositories.iter_mut().find(|it| it.id == REPOSITORY);
        let levels = &mut widgets.expect("the repository").levels;
        levels.insert("gate".to_owned(), Level::Admin);
        levels.insert(ANN.login.to_owned(), Level::Write);
    }

    /// Changes somebody's level in `acme/widgets`.
    pub fn set_level(&self, who: Person, level: Level) {
        let mut world = self.fake.world();
        let widgets = world.repositories.iter_mut().find(|it| it.id == REPOSITORY);
        widgets
            .expect("the repository")
            .levels
            .insert(who.login.to_owned(), level);
    }

    /// Opens a pull request from the fork.
    pub fn open_pull_request(&self, by: Person, number: u64, sha: &str) -> Signed {
        self.within(|pulls| {
            pulls.push(Pull {
                number,
                author: by.login.to_owned(),
                sha: sha.to_owned(),
                branch: "topic".to_owned(),
                head_repository: Some(FORK),
                base: "main".to_owned(),
                ..Pull::default()
            });
        });
        let id = format!("open-{number}");
        self.pull(("opened", "open"), by, number, sha, None, &id)
    }

    /// A delivery about a pull request of Bob's that the forge does not have.
    pub fn unknown_pull_request(&self, number: u64, sha: &str) -> Signed {
        self.pull(("opened", "open"), BOB, number, sha, None, &format!("unknown-{number}"))
    }

    /// Moves the head of a pull request at the forge; no delivery says so yet.
    pub fn move_head(&self, number: u64, sha: &str) {
        self.within(|pulls| {
            let it = pulls.iter_mut().find(|it| it.number == number).expect("a pull request");
            sha.clone_into(&mut it.sha);
        });
    }

    /// Pushes another head to a pull request.
    pub fn push_head(&self, by: Person, number: u64, before: &str, sha: &str) -> Signed {
        self.move_head(number, sha);
        let action = match self.id {
            "github" => "synchronize",
            _ => "synchronized",
        };
        let id = format!("push-{number}-{sha}");
        self.pull((action, "update"), by, number, sha, Some(before), &id)
    }

    /// Writes a comment; the delivery and the comment's number.
    pub fn write_comment(&self, by: Person, number: u64, body: &str) -> (Signed, u64) {
        let id = {
            let mut world = self.fake.world();
            let id = world.number();
            world.comments.push(Comment {
                id,
                repository: REPOSITORY,
                number,
                by: by.login.to_owned(),
                body: body.to_owned(),
                reactions: vec![],
            });
            id
        };
        (
            self.comment_delivery(by, number, id, body, &format!("comment-{id}")),
            id,
        )
    }

    /// The delivery of a comment, under another id: as a second hook would send it.
    pub fn comment_delivery(&self, by: Person, number: u64, id: u64, body: &str, delivery: &str) -> Signed {
        match self.id {
            "gitlab" => {
                let payload = json!({ "object_kind": "note", "event_type": "note", "user": gitlab_user(by), "project_id": REPOSITORY,
                    "project": self.gitlab_project(), "repository": { "name": "widgets", "url": "", "homepage": "" },
                    "object_attributes": { "id": id, "note": body, "author_id": by.id, "noteable_type": "MergeRequest", "noteable_id": 100 + number,
                        "system": false, "internal": false, "action": "create", "url": "", "type": null, "project_id": REPOSITORY },
                    "merge_request": { "iid": number, "id": 100 + number, "author_id": BOB.id, "last_commit": { "id": self.head(number) },
                        "source_project_id": FORK, "target_project_id": REPOSITORY, "source_branch": "topic", "target_branch": "main" } });
                sign_with_token(&payload.to_string(), "Note Hook", delivery, SECRET)
            }
            _ => {
                let payload = json!({ "action": "created", "is_pull": true, "sender": user(by),
                    "issue": { "number": number, "title": "A change", "state": "open", "user": user(BOB), "pull_request": { "url": "" } },
                    "comment": { "id": id, "body": body, "user": user(by), "html_url": "" } });
                self.signed("issue_comment", "issue_comment", payload, delivery)
            }
        }
    }

    /// Approves a commit by the forge's own review.
    pub fn approve_in_review(&self, by: Person, number: u64, sha: &str) -> Signed {
        let review = Review {
            by: by.login.to_owned(),
            state: "approved".to_owned(),
            sha: sha.to_owned(),
        };
        let count = {
            let mut count = 0;
            self.within(|pulls| {
                let it = pulls.iter_mut().find(|it| it.number == number).expect("a pull request");
                it.reviews.push(review);
                count = it.reviews.len();
            });
            count
        };
        let id = format!("review-{number}-{count}-{sha}");
        match self.id {
            "gitlab" => self.pull(("", "approved"), by, number, &self.head(number), None, &id),
            "github" => {
                let payload = json!({ "action": "submitted", "sender": user(by),
                    "review": { "id": 9_000 + number * 10 + count as u64, "user": user(by), "state": "approved", "commit_id": sha, "submitted_at": null },
                    "pull_request": self.pull_request(number, sha) });
                self.signed("pull_request_review", "", payload, &id)
            }
            _ => {
                let payload = json!({ "action": "reviewed", "number": number, "sender": user(by),
                    "review": { "type": "pull_request_review_approved", "content": "" },
                    "pull_request": self.pull_request(number, sha) });
                self.signed("pull_request_approved", "pull_request_review_approved", payload, &id)
            }
        }
    }

    /// Presses a button of the app at the check that shows this evaluation.
    pub fn press_button(&self, by: Person, button: &str, evaluation: &str, sha: &str) -> Signed {
        let app = self.app.as_ref().expect("an app").settings().id;
        let payload = json!({ "action": "requested_action", "requested_action": { "identifier": button }, "sender": user(by),
            "check_run": { "id": 1001, "name": "check", "head_sha": sha, "external_id": evaluation, "status": "completed",
                "conclusion": "action_required", "app": { "id": app }, "check_suite": { "id": 2, "head_branch": null } } });
        self.signed("check_run", "", payload, &format!("press-{evaluation}"))
    }

    /// Publishes a release of a tag. The payload has no commit, except at a GitLab.
    pub fn publish_release(&self, by: Person, tag: &str, sha: &str) -> Signed {
        let id = format!("release-{tag}");
        if self.id == "gitlab" {
            let payload = json!({ "object_kind": "release", "id": 1, "tag": tag, "name": tag, "description": "", "action": "create", "url": "",
                "project": self.gitlab_project(), "commit": { "id": sha, "message": "", "title": "", "timestamp": "2026-01-02T03:04:05Z", "url": "",
                    "author": { "name": "Ann", "email": "" } }, "assets": { "count": 0, "links": [], "sources": [] } });
            return sign_with_token(&payload.to_string(), "Release Hook", &id, SECRET);
        }
        let payload = json!({ "action": "published", "sender": user(by),
            "release": { "id": 1, "tag_name": tag, "target_commitish": "main", "name": tag, "draft": false, "prerelease": false, "html_url": "",
                "author": user(by), "published_at": "2026-01-02T03:04:05Z", "created_at": "2026-01-02T03:04:05Z", "assets": [] } });
        self.signed("release", "release", payload, &id)
    }

    /// The head of a pull request as the forge has it now.
    pub fn head(&self, number: u64) -> String {
        let mut head = String::new();
        self.within(|pulls| {
            let it = pulls.iter().find(|it| it.number == number).expect("a pull request");
            head.clone_from(&it.sha);
        });
        head
    }

    /// The reactions to a comment.
    pub fn reactions(&self, comment: u64) -> Vec<String> {
        let world = self.fake.world();
        let found = world.comments.iter().find(|it| it.id == comment);
        found.expect("the comment").reactions.clone()
    }

    /// The texts of the comments that the gateway wrote under a pull request.
    pub fn replies(&self, number: u64) -> Vec<String> {
        let world = self.fake.world();
        let own = |it: &&Comment| it.number == number && it.by != ANN.login && it.by != BOB.login;
        world.comments.iter().filter(own).map(|it| it.body.clone()).collect()
    }

    fn within(&self, change: impl FnOnce(&mut Vec<Pull>)) {
        let mut world = self.fake.world();
        let widgets = world.repositories.iter_mut().find(|it| it.id == REPOSITORY);
        change(&mut widgets.expect("the repository").pulls);
    }

    fn pull(
        &self,
        (action, gitlab_action): (&str, &str),
        by: Person,
        number: u64,
        sha: &str,
        before: Option<&str>,
        id: &str,
    ) -> Signed {
        if self.id == "gitlab" {
            let mut attributes = json!({ "id": 100 + number, "iid": number, "author_id": BOB.id, "title": "A change", "state": "opened",
                "draft": false, "source_branch": "topic", "target_branch": "main", "source_project_id": FORK, "target_project_id": REPOSITORY,
                "last_commit": { "id": sha }, "url": "", "action": gitlab_action });
            if let Some(before) = before {
                attributes["oldrev"] = before.into();
            }
            let payload = json!({ "object_kind": "merge_request", "event_type": "merge_request", "user": gitlab_user(by),
                "project": self.gitlab_project(), "object_attributes": attributes, "labels": [], "changes": {},
                "repository": { "name": "widgets", "url": "", "homepage": "" } });
            return sign_with_token(&payload.to_string(), "Merge Request Hook", id, SECRET);
        }
        let mut payload = json!({ "action": action, "number": number, "sender": user(by), "pull_request": self.pull_request(number, sha) });
        if let Some(before) = before.filter(|_| self.id == "github") {
            payload["before"] = before.into();
            payload["after"] = sha.into();
        }
        let event_type = if before.is_some() {
            "pull_request_sync"
        } else {
            "pull_request"
        };
        self.signed("pull_request", event_type, payload, id)
    }

    fn pull_request(&self, number: u64, sha: &str) -> Value {
        let fork = json!({ "id": FORK, "name": "widgets", "full_name": "bob/widgets", "fork": true, "owner": { "login": "bob", "id": 52 } });
        json!({ "id": 100 + number, "number": number, "user": user(BOB), "title": "A change", "body": "", "labels": [], "state": "open",
            "draft": false, "merged": false, "html_url": "",
            "base": { "ref": "main", "label": "main", "sha": BASE, "repo_id": REPOSITORY, "repo": self.repository() },
            "head": { "ref": "topic", "label": "topic", "sha": sha, "repo_id": FORK, "repo": fork } })
    }

    /// A signed delivery about `acme/widgets`, of a forge that is not GitLab. `event_type` is a header of Gitea and Forgejo alone.
    pub fn signed(&self, event: &str, event_type: &str, mut payload: Value, id: &str) -> Signed {
        payload["repository"] = self.repository();
        let Some(app) = &self.app else {
            return sign(&payload.to_string(), event, id, SECRET).with("x-gitea-event-type", event_type);
        };
        payload["installation"] = json!({ "id": INSTALLATION });
        sign_for_app(&payload.to_string(), "application/json", id, SECRET)
            .with("x-github-event", event)
            .and("x-github-hook-installation-target-id", &app.settings().id.to_string())
            .and("x-github-hook-installation-target-type", "integration")
    }

    fn repository(&self) -> Value {
        let url = self.fake.url();
        json!({ "id": REPOSITORY, "name": "widgets", "full_name": "acme/widgets", "owner": { "login": "acme", "id": 30 }, "private": false,
            "fork": false, "html_url": format!("{url}/acme/widgets"), "clone_url": format!("{url}/acme/widgets.git"),
            "ssh_url": "git@127.0.0.1:acme/widgets.git", "default_branch": "main" })
    }

    fn gitlab_project(&self) -> Value {
        let url = self.fake.url();
        json!({ "id": REPOSITORY, "name": "widgets", "web_url": format!("{url}/acme/widgets"), "path_with_namespace": "acme/widgets",
            "git_ssh_url": "git@127.0.0.1:acme/widgets.git", "git_http_url": format!("{url}/acme/widgets.git"), "default_branch": "main",
            "namespace": "acme", "homepage": format!("{url}/acme/widgets"), "url": "git@127.0.0.1:acme/widgets.git",
            "ssh_url": "git@127.0.0.1:acme/widgets.git", "http_url": format!("{url}/acme/widgets.git") })
    }
}

fn user(who: Person) -> Value {
    json!({ "id": who.id, "login": who.login, "type": "User" })
}

fn gitlab_user(who: Person) -> Value {
    json!({ "id": who.id, "username": who.login, "name": who.login, "avatar_url": null, "email": "" })
}
