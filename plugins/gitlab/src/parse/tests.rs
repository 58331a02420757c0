use forgegate_sdk::MAX_PATH_BYTES;
use forgegate_sdk::events::{
    Comment, CommentAction, Issue, Job, Pipeline, PullRequest, PullRequestAction, PullRequestState, Push, Release,
    ReleaseAction, RepositoryChange, ReviewState, RunState, Tag,
};
use serde_json::{Value, json};

use super::*;

const BEFORE: &str = "1111111111111111111111111111111111111111";
const AFTER: &str = "2222222222222222222222222222222222222222";
const TAG_OBJECT: &str = "3333333333333333333333333333333333333333";
const ZEROS: &str = "0000000000000000000000000000000000000000";

fn read(hook: &str, body: &Value) -> Result<Event, ParseError> {
    parse(hook, body.to_string().as_bytes())
}

fn project() -> Value {
    json!({
        "id": 15, "name": "The Widgets", "namespace": "Acme Tools", "path_with_namespace": "acme/tools/Widgets.rs",
        "web_url": "https://git.example.com/acme/tools/Widgets.rs", "default_branch": "main",
        "git_http_url": "https://git.example.com/acme/tools/Widgets.rs.git",
        "git_ssh_url": "git@git.example.com:acme/tools/Widgets.rs.git",
    })
}

fn commit(id: &str, added: &[&str]) -> Value {
    json!({"id": id, "message": "Change", "added": added, "modified": [], "removed": []})
}

fn pushed() -> Value {
    json!({
        "object_kind": "push", "ref": "refs/heads/main", "before": BEFORE, "after": AFTER, "checkout_sha": AFTER,
        "user_id": 4, "user_username": "ada", "user_name": "Ada Lovelace", "project_id": 15, "project": project(),
        "commits": [commit(AFTER, &["a"])], "total_commits_count": 1,
    })
}

fn tagged() -> Value {
    let body = with(pushed(), "object_kind", json!("tag_push"));
    let body = with(body, "ref", json!("refs/tags/v1.0"));
    let body = with(body, "before", json!(ZEROS));
    with(body, "after", json!(TAG_OBJECT))
}

fn merge_request() -> Value {
    json!({
        "object_kind": "merge_request", "event_type": "merge_request", "project": project(),
        "user": {"id": 4, "username": "ada", "name": "Ada Lovelace", "email": "[REDACTED]"},
        "object_attributes": {
            "id": 990_007, "iid": 7, "action": "open", "state": "opened", "title": "Widen", "author_id": 4,
            "source_branch": "topic", "target_branch": "main", "source_project_id": 15, "target_project_id": 15,
            "last_commit": {"id": AFTER}, "draft": false, "updated_at": "2026-03-01 10:00:00 UTC",
        },
    })
}

fn noted(kind: &str, thread: &str) -> Value {
    json!({
        "object_kind": "note", "event_type": "note", "project": project(), "user": {"id": 4, "username": "ada"},
        "object_attributes": {"id": 31, "note": "Hm.", "noteable_type": kind, "noteable_id": 990_007, "author_id": 4},
        thread: {"id": 990_007, "iid": 7, "last_commit": {"id": AFTER}},
    })
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

fn with_attribute(mut body: Value, field: &str, value: Value) -> Value {
    body["object_attributes"][field] = value;
    body
}

fn update(oldrev: Value, changes: Value) -> Value {
    let body = with_attribute(merge_request(), "action", json!("update"));
    with(with_attribute(body, "oldrev", oldrev), "changes", changes)
}

macro_rules! detail {
    ($kind:ident, $hook:expr, $body:expr) => {
        match read($hook, $body).unwrap().detail {
            Detail::$kind(detail) => detail,
            other => panic!("{other:?}"),
        }
    };
}

fn push(body: &Value) -> Push {
    detail!(Push, "Push Hook", body)
}

fn tag(body: &Value) -> Tag {
    detail!(Tag, "Tag Push Hook", body)
}

fn pull_request(body: &Value) -> PullRequest {
    detail!(PullRequest, "Merge Request Hook", body)
}

fn comment(body: &Value) -> Comment {
    detail!(Comment, "Note Hook", body)
}

fn issue(hook: &str, body: &Value) -> Issue {
    detail!(Issue, hook, body)
}

fn pipeline(body: &Value) -> Pipeline {
    detail!(Pipeline, "Pipeline Hook", body)
}

fn job(body: &Value) -> Job {
    detail!(Job, "Job Hook", body)
}

fn release(body: &Value) -> Release {
    detail!(Release, "Release Hook", body)
}

fn is_malformed(hook: &str, body: &Value) -> bool {
    matches!(read(hook, body), Err(ParseError::Malformed(_)))
}

fn unknown_name(hook: &str, body: &Value) -> String {
    detail!(Unknown, hook, body)
}

// What a body is.

#[test]
fn what_is_no_json_is_malformed() {
    for payload in [
        "",
        "hello",
        "{\"object_kind\":\"push\"",
        "payload=%7B%7D",
        "{\"object_kind\":}",
    ] {
        assert!(
            matches!(parse("Push Hook", payload.as_bytes()), Err(ParseError::Malformed(_))),
            "{payload}"
        );
    }
}

#[test]
fn a_body_of_a_template_is_an_unknown_event() {
    for payload in [
        "{}",
        "[]",
        "null",
        "\"pushed\"",
        "{\"text\":\"Ada pushed\"}",
        "{\"object_kind\":7}",
    ] {
        let event = parse("Push Hook", payload.as_bytes()).unwrap();
        assert_eq!(event.detail, Detail::Unknown("Push Hook".into()), "{payload}");
        assert_eq!(event.repository, None);
    }
}

#[test]
fn a_template_that_keeps_the_kind_and_drops_the_rest_is_an_unknown_event() {
    assert_eq!(unknown_name("Push Hook", &json!({"object_kind": "push"})), "Push Hook");
    for field in ["ref", "before", "after", "project"] {
        assert_eq!(
            unknown_name("Push Hook", &with(pushed(), field, json!(null))),
            "Push Hook",
            "{field}"
        );
    }
    for field in ["iid", "title", "author_id", "source_branch", "target_branch"] {
        let body = with_attribute(merge_request(), field, json!(null));
        assert_eq!(
            unknown_name("Merge Request Hook", &body),
            "Merge Request Hook",
            "{field}"
        );
    }
}

#[test]
fn a_field_of_another_type_is_malformed_and_not_repeated() {
    for (field, value) in [
        ("ref", json!(5)),
        ("commits", json!("secret words")),
        ("project", json!([])),
    ] {
        let Err(ParseError::Malformed(text)) = read("Push Hook", &with(pushed(), field, value)) else {
            panic!("{field}");
        };
        assert!(!text.contains("secret words"), "{text}");
    }
}

#[test]
fn the_event_field_must_agree_with_the_body() {
    assert!(is_malformed("Merge Request Hook", &pushed()));
    assert!(is_malformed("Push Hook", &tagged()));
    for hook in ["Push Hook", "System Hook", "Service Hook", ""] {
        assert!(
            matches!(read(hook, &pushed()).unwrap().detail, Detail::Push(_)),
            "{hook}"
        );
    }
}

#[test]
fn an_unknown_event_has_the_name_that_says_most() {
    let milestone = json!({"object_kind": "milestone", "project": project(), "user": {"id": 4, "username": "ada"}});
    let event = read("Milestone Hook", &milestone).unwrap();
    assert_eq!(event.detail, Detail::Unknown("Milestone Hook".into()));
    assert_eq!(event.repository.unwrap().id.as_deref(), Some("15"));
    assert_eq!(event.actor.unwrap().user.login, "ada");
    let created = json!({"event_name": "user_create", "username": "ada"});
    assert_eq!(unknown_name("System Hook", &created), "user_create");
    assert_eq!(
        unknown_name("Member Hook", &json!({"event_name": "user_add_to_group"})),
        "Member Hook"
    );
    assert_eq!(unknown_name("", &milestone), "milestone");
}

// Pushes and tags.

#[test]
fn paths_and_not_titles_name_the_project() {
    let repository = read("Push Hook", &pushed()).unwrap().repository.unwrap();
    assert_eq!(repository.full_name, "acme/tools/Widgets.rs");
    assert_eq!(repository.id.as_deref(), Some("15"));
    assert_eq!(
        repository.urls,
        [
            "https://git.example.com/acme/tools/Widgets.rs.git",
            "git@git.example.com:acme/tools/Widgets.rs.git"
        ]
    );
}

#[test]
fn a_system_hook_names_its_event_elsewhere() {
    let mut body = with(pushed(), "event_name", json!("push"));
    body.as_object_mut().unwrap().remove("object_kind");
    let event = read("System Hook", &body).unwrap();
    assert!(matches!(event.detail, Detail::Push(_)));
}

#[test]
fn zeros_of_both_lengths_say_new_and_gone() {
    for length in [40, 64] {
        let zeros = json!("0".repeat(length));
        let long = json!("ab".repeat(length / 2));
        let made = push(&with(with(pushed(), "before", zeros.clone()), "after", long.clone()));
        assert!(made.created && !made.deleted && made.before.is_none());
        let gone = with(with(pushed(), "before", long), "after", zeros);
        let gone = push(&with(with(gone, "checkout_sha", json!(null)), "commits", json!([])));
        assert!(!gone.created && gone.deleted && gone.after.is_none() && !gone.paths_complete);
    }
}

#[test]
fn ids_that_cannot_be_are_malformed() {
    let nowhere = with(with(pushed(), "before", json!(ZEROS)), "after", json!(ZEROS));
    assert!(is_malformed("Push Hook", &nowhere));
    for id in ["", "main", "0", &"g".repeat(40)] {
        assert!(is_malformed("Push Hook", &with(pushed(), "after", json!(id))), "{id}");
        assert!(
            is_malformed("Push Hook", &with(pushed(), "commits", json!([commit(id, &[])]))),
            "{id}"
        );
    }
}

#[test]
fn a_ref_of_the_other_kind_is_malformed() {
    assert!(is_malformed("Push Hook", &with(pushed(), "ref", json!("refs/tags/v1"))));
    assert!(is_malformed("Push Hook", &with(pushed(), "ref", json!("main"))));
    assert!(is_malformed(
        "Tag Push Hook",
        &with(tagged(), "ref", json!("refs/heads/v1"))
    ));
}

#[test]
fn an_annotated_tag_leads_to_the_commit_that_is_checked_out() {
    let read = tag(&with(tagged(), "message", json!("First")));
    assert_eq!((read.name.as_str(), read.message.as_deref()), ("v1.0", Some("First")));
    assert_eq!(
        (read.object.as_deref(), read.commit.as_deref()),
        (Some(TAG_OBJECT), Some(AFTER))
    );
    assert!(read.created && !read.deleted);
}

#[test]
fn a_tag_without_words_has_those_of_its_commit() {
    assert_eq!(
        tag(&with(tagged(), "message", json!(null))).message.as_deref(),
        Some("Change")
    );
    assert_eq!(tag(&with(tagged(), "commits", json!([]))).message, None);
}

#[test]
fn a_tag_that_is_gone_has_no_commit() {
    let body = with(with(tagged(), "before", json!(TAG_OBJECT)), "after", json!(ZEROS));
    let read = tag(&with(body, "checkout_sha", json!(null)));
    assert!(read.deleted && read.object.is_none() && read.commit.is_none());
    assert_eq!(read.before.as_deref(), Some(TAG_OBJECT));
}

#[test]
fn paths_are_complete_where_all_commits_are_listed_up_to_the_head() {
    let read = push(&pushed());
    assert!(read.paths_complete);
    assert_eq!(read.changed_paths, ["a"]);
    assert_eq!(read.forced, None);
}

#[test]
fn paths_are_incomplete_where_anything_may_be_missing() {
    let mut no_lists = pushed();
    no_lists["commits"][0].as_object_mut().unwrap().remove("modified");
    for (case, body) in [
        ("more commits", with(pushed(), "total_commits_count", json!(2))),
        ("no total", with(pushed(), "total_commits_count", json!(null))),
        (
            "set back",
            with(with(pushed(), "commits", json!([])), "total_commits_count", json!(0)),
        ),
        ("new", with(pushed(), "before", json!(ZEROS))),
        (
            "another head",
            with(pushed(), "commits", json!([commit(BEFORE, &["a"])])),
        ),
        ("a list left out", no_lists),
    ] {
        assert!(!push(&body).paths_complete, "{case}");
    }
}

#[test]
fn the_newest_twenty_commits_are_kept_oldest_first() {
    let mut commits: Vec<Value> = (1..30).map(|n| commit(&format!("{n:040x}"), &[])).collect();
    commits.push(commit(AFTER, &["last"]));
    let read = push(&with(pushed(), "commits", json!(commits)));
    assert_eq!(read.commits.len(), 20);
    assert_eq!(read.commits[0].id, format!("{:040x}", 11));
    assert_eq!(read.commits[19].id, AFTER);
    assert_eq!(read.commits_total, Some(1));
}

#[test]
fn the_longest_push_stays_below_what_the_host_takes_back() {
    let paths: Vec<String> = (0..300).map(|n| format!("{n:0>4000}")).collect();
    let mut big = commit(AFTER, &[]);
    big["added"] = json!(paths);
    big["message"] = json!("é".repeat(40 << 10));
    let read = push(&with(pushed(), "commits", json!(vec![big; 20])));
    let paths = |list: &[String]| list.iter().map(String::len).sum::<usize>();
    let commits: usize = read
        .commits
        .iter()
        .map(|c| c.message.len() + c.title.len() + paths(&c.added))
        .sum();
    let total = commits + paths(&read.changed_paths);
    assert!(total < 3 << 20, "{total} bytes");
    assert!(!read.paths_complete);
    assert!(!read.commits[19].added.is_empty());
}

#[test]
fn a_path_that_the_host_would_not_take_makes_the_list_incomplete() {
    let longest = "d/".repeat(MAX_PATH_BYTES / 2);
    let of = |path: &str| push(&with(pushed(), "commits", json!([commit(AFTER, &["a", path])])));
    assert!(of(&longest).paths_complete);
    let read = of(&format!("{longest}f"));
    assert_eq!((read.changed_paths, read.paths_complete), (vec!["a".to_owned()], false));
    assert_eq!(read.commits[0].added, ["a"]);
}

#[test]
fn a_commit_lists_no_more_paths_than_the_host_takes() {
    let paths: Vec<String> = (0..3_001).map(|n| n.to_string()).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let read = push(&with(pushed(), "commits", json!([commit(AFTER, &paths)])));
    assert_eq!((read.commits[0].added.len(), read.changed_paths.len()), (3_000, 3_000));
    assert!(!read.paths_complete);
}

#[test]
fn a_push_by_nobody_has_no_actor() {
    let mut body = pushed();
    for field in ["user_id", "user_username", "user_name"] {
        body[field] = json!(null);
    }
    assert_eq!(read("Push Hook", &body).unwrap().actor, None);
}

#[test]
fn an_address_that_nobody_shows_is_none() {
    let mut body = pushed();
    body["commits"][0]["author"] = json!({"name": "Ada", "email": "[REDACTED]"});
    let author = push(&body).commits[0].author.clone();
    assert_eq!((author.name.as_str(), author.email), ("Ada", None));
}

// Merge requests.

#[test]
fn a_merge_request_is_known_by_the_number_that_people_see() {
    let read = pull_request(&merge_request());
    assert_eq!(read.number, 7);
    assert_eq!(read.action, PullRequestAction::Opened);
    assert_eq!(read.fetch_ref, "refs/merge-requests/7/head");
    assert_eq!(
        (read.head.ref_.as_str(), read.head.sha.as_deref()),
        ("refs/heads/topic", Some(AFTER))
    );
    assert_eq!(
        (read.base.ref_.as_str(), read.base.sha.as_deref()),
        ("refs/heads/main", None)
    );
    assert_eq!(
        (read.author.id.as_deref(), read.author.login.as_str()),
        (Some("4"), "ada")
    );
    assert!(read.new_code && !read.fork && !read.draft);
}

#[test]
fn an_update_has_new_code_only_where_the_head_moved() {
    let moved = pull_request(&update(json!(BEFORE), json!({})));
    assert_eq!((moved.action, moved.new_code), (PullRequestAction::Updated, true));
    assert_eq!(moved.before.as_deref(), Some(BEFORE));
    for oldrev in [json!(null), json!(AFTER)] {
        let labels = json!({"labels": {"previous": [], "current": [{"id": 1, "title": "ready"}]}});
        let same = pull_request(&update(oldrev, labels));
        assert_eq!((same.action, same.new_code), (PullRequestAction::Labeled, false));
        assert_eq!(same.before, None);
    }
    let nothing = pull_request(&update(json!(null), json!(null)));
    assert_eq!((nothing.action, nothing.new_code), (PullRequestAction::Other, false));
}

#[test]
fn a_move_counts_before_whatever_else_changed() {
    let body = update(json!(BEFORE), json!({"title": {"previous": "a", "current": "b"}}));
    assert_eq!(pull_request(&body).action, PullRequestAction::Updated);
}

#[test]
fn every_way_to_end_a_merge_request_has_its_state() {
    for (action, state, expected, now) in [
        ("close", "closed", PullRequestAction::Closed, PullRequestState::Closed),
        ("merge", "merged", PullRequestAction::Merged, PullRequestState::Merged),
        ("reopen", "opened", PullRequestAction::Reopened, PullRequestState::Open),
        ("update", "locked", PullRequestAction::Other, PullRequestState::Open),
    ] {
        let body = with_attribute(
            with_attribute(merge_request(), "action", json!(action)),
            "state",
            json!(state),
        );
        let read = pull_request(&body);
        assert_eq!((read.action, read.state), (expected, now), "{action}");
        assert_eq!(read.new_code, action == "reopen", "{action}");
    }
}

#[test]
fn a_body_without_action_may_hold_new_code() {
    let read = pull_request(&with_attribute(merge_request(), "action", json!(null)));
    assert_eq!((read.action, read.new_code), (PullRequestAction::Other, true));
}

#[test]
fn a_head_that_is_not_known_to_be_the_projects_is_a_fork() {
    for source in [json!(16), json!(null)] {
        let read = pull_request(&with_attribute(merge_request(), "source_project_id", source.clone()));
        assert!(read.fork, "{source}");
        assert_eq!(read.head.repository_id, source.as_u64().map(|id| id.to_string()));
        assert_eq!(read.base.repository_id.as_deref(), Some("15"));
    }
}

#[test]
fn a_merge_request_without_commits_has_no_head() {
    let read = pull_request(&with_attribute(merge_request(), "last_commit", json!(null)));
    assert_eq!(read.head.sha, None);
}

#[test]
fn an_author_who_does_not_act_has_a_number_and_no_name() {
    let read = pull_request(&with_attribute(merge_request(), "author_id", json!(51)));
    assert_eq!(
        (read.author.id.as_deref(), read.author.login.as_str()),
        (Some("51"), "")
    );
}

#[test]
fn a_draft_is_known_by_its_older_word_too() {
    let mut body = with_attribute(merge_request(), "work_in_progress", json!(true));
    body["object_attributes"].as_object_mut().unwrap().remove("draft");
    assert!(pull_request(&body).draft);
    assert!(pull_request(&with_attribute(merge_request(), "draft", json!(true))).draft);
}

#[test]
fn lists_are_cut_to_what_the_host_takes() {
    let person = json!({"id": 4, "username": "ada"});
    let body = with_attribute(merge_request(), "labels", json!(vec![json!({"title": "bug"}); 101]));
    let body = with(body, "assignees", json!(vec![person.clone(); 200]));
    let read = pull_request(&with(body, "reviewers", json!(vec![person; 200])));
    assert_eq!(
        (read.labels.len(), read.assignees.len(), read.reviewers.len()),
        (100, 100, 100)
    );
    let stages = with_attribute(ran(), "stages", json!(vec!["test"; 201]));
    assert_eq!(pipeline(&stages).stages.len(), 200);
}

#[test]
fn approvals_are_reviews_of_no_commit() {
    for (action, state) in [
        ("approved", ReviewState::Approved),
        ("approval", ReviewState::Approved),
        ("unapproved", ReviewState::Dismissed),
        ("unapproval", ReviewState::Dismissed),
    ] {
        let body = with_attribute(merge_request(), "action", json!(action));
        let review = detail!(Review, "Merge Request Hook", &body);
        assert_eq!((review.state, review.number), (state, 7), "{action}");
        assert_eq!((review.author.id.as_deref(), review.commit), (Some("4"), None));
    }
}

// Comments.

#[test]
fn a_comment_on_a_merge_request_has_its_number_and_head() {
    let read = comment(&noted("MergeRequest", "merge_request"));
    assert!(read.on_pull_request && !read.confidential);
    assert_eq!((read.number, read.head.as_deref()), (Some(7), Some(AFTER)));
    assert_eq!((read.id.as_str(), read.action), ("31", CommentAction::Created));
}

#[test]
fn comments_elsewhere_are_not_on_a_merge_request() {
    let on_issue = comment(&noted("Issue", "issue"));
    assert_eq!((on_issue.number, on_issue.on_pull_request), (Some(7), false));
    for kind in ["Commit", "Snippet", "DesignManagement::Design"] {
        // Whatever other block stands beside it.
        let read = comment(&noted(kind, "merge_request"));
        assert_eq!(
            (read.number, read.on_pull_request, read.head),
            (None, false, None),
            "{kind}"
        );
    }
}

#[test]
fn only_a_comment_just_written_is_created() {
    let act = |word: &str| with_attribute(noted("MergeRequest", "merge_request"), "action", json!(word));
    assert_eq!(comment(&act("create")).action, CommentAction::Created);
    assert_eq!(comment(&act("update")).action, CommentAction::Edited);
    assert_eq!(comment(&act("delete")).action, CommentAction::Deleted);
    assert_eq!(unknown_name("Note Hook", &act("resolve")), "Note Hook");
}

#[test]
fn what_gitlab_writes_itself_is_no_comment() {
    let body = with_attribute(noted("MergeRequest", "merge_request"), "system", json!(true));
    assert_eq!(unknown_name("Note Hook", &body), "Note Hook");
}

#[test]
fn an_edit_by_another_leaves_the_author() {
    let body = with_attribute(noted("MergeRequest", "merge_request"), "action", json!("update"));
    let body = with_attribute(body, "author_id", json!(9));
    let event = read("Note Hook", &body).unwrap();
    assert_eq!(event.actor.unwrap().user.id.as_deref(), Some("4"));
    assert_eq!(comment(&body).author.id.as_deref(), Some("9"));
}

#[test]
fn one_sign_of_confidentiality_is_enough() {
    let plain = noted("Issue", "issue");
    assert!(!comment(&plain).confidential);
    for body in [
        with(plain.clone(), "event_type", json!("confidential_note")),
        with_attribute(plain.clone(), "internal", json!(true)),
        with_attribute(plain.clone(), "confidential", json!(true)),
        with(plain.clone(), "issue", json!({"iid": 7, "confidential": true})),
    ] {
        assert!(comment(&body).confidential, "{body}");
    }
    assert!(detail!(Comment, "Confidential Note Hook", &plain).confidential);
}

// The others.

#[test]
fn work_items_and_confidential_issues_are_issues() {
    let body = with(merge_request(), "object_kind", json!("issue"));
    let read = issue("Issue Hook", &body);
    assert!(read.open && !read.confidential);
    assert_eq!(read.number, 7);
    assert!(issue("Issue Hook", &with_attribute(body.clone(), "confidential", json!(true))).confidential);
    assert!(issue("Confidential Issue Hook", &body).confidential);
    let item = with(with(body, "object_kind", json!("work_item")), "project", json!(null));
    let event = read_issue(&item);
    assert_eq!(event.repository, None);
}

fn read_issue(body: &Value) -> Event {
    let event = read("Issue Hook", body).unwrap();
    assert!(matches!(event.detail, Detail::Issue(_)));
    event
}

#[test]
fn a_release_is_published_when_it_is_made() {
    let body = json!({"object_kind": "release", "action": "create", "tag": "v1", "project": project()});
    assert_eq!(release(&body).action, ReleaseAction::Published);
    assert_eq!(
        release(&with(body.clone(), "action", json!("update"))).action,
        ReleaseAction::Updated
    );
    assert_eq!(
        release(&with(body.clone(), "action", json!("delete"))).action,
        ReleaseAction::Deleted
    );
    assert_eq!(
        unknown_name("Release Hook", &with(body, "action", json!("archive"))),
        "Release Hook"
    );
}

fn ran() -> Value {
    json!({
        "object_kind": "pipeline", "project": project(),
        "object_attributes": {
            "id": 31, "iid": 3, "ref": "main", "tag": false, "sha": AFTER, "before_sha": ZEROS, "status": "manual",
            "source": "external",
        },
    })
}

#[test]
fn a_pipeline_keeps_its_source_and_the_words_without_a_state() {
    let read = pipeline(&ran());
    assert_eq!(read.source.as_deref(), Some("external"));
    assert_eq!(read.state, RunState::Other("manual".into()));
    assert_eq!((read.ref_.as_deref(), read.before), (Some("refs/heads/main"), None));
    let of_tag = pipeline(&with_attribute(ran(), "tag", json!(true)));
    assert_eq!(of_tag.ref_.as_deref(), Some("refs/tags/main"));
}

#[test]
fn a_pipeline_of_a_fork_is_not_on_a_branch_of_the_project() {
    let of = |source: u64| {
        with(
            ran(),
            "merge_request",
            json!({"iid": 7, "source_project_id": source, "target_project_id": 15}),
        )
    };
    assert_eq!(pipeline(&of(16)).ref_.as_deref(), Some("refs/merge-requests/7/head"));
    assert_eq!(pipeline(&of(15)).ref_.as_deref(), Some("refs/heads/main"));
}

#[test]
fn a_job_without_a_project_block_is_placed_by_its_page() {
    let body = json!({
        "object_kind": "build", "ref": "v1", "tag": true, "sha": AFTER, "build_id": 5, "build_name": "test",
        "build_status": "success", "build_failure_reason": "unknown_failure", "project_id": 15, "project_name": "Acme / Widgets",
        "repository": {"homepage": "https://git.example.com/acme/tools/widgets", "git_http_url": "https://git.example.com/acme/tools/widgets.git"},
    });
    let repository = read("Job Hook", &body).unwrap().repository.unwrap();
    assert_eq!(
        (repository.id.as_deref(), repository.full_name.as_str()),
        (Some("15"), "acme/tools/widgets")
    );
    let read = job(&body);
    assert_eq!(
        (read.ref_.as_deref(), read.failure_reason),
        (Some("refs/tags/v1"), None)
    );
    let failed = job(&with(body, "build_status", json!("failed")));
    assert_eq!(failed.failure_reason.as_deref(), Some("unknown_failure"));
}

#[test]
fn renaming_and_moving_a_project_tell_the_path_before() {
    let body = |name: &str| json!({"event_name": name, "project_id": 15, "path_with_namespace": "acme/new", "old_path_with_namespace": "acme/old"});
    for (name, change) in [
        ("project_rename", RepositoryChange::Renamed("acme/old".into())),
        ("project_transfer", RepositoryChange::Transferred("acme/old".into())),
        ("project_destroy", RepositoryChange::Deleted),
        ("project_update", RepositoryChange::Other("project_update".into())),
    ] {
        let event = read("System Hook", &body(name)).unwrap();
        assert_eq!(event.detail, Detail::Repository(change));
        assert_eq!(event.repository.unwrap().full_name, "acme/new");
    }
}

#[test]
fn what_moved_in_a_repository_is_told_by_the_pushes() {
    let body = json!({
        "event_name": "repository_update", "user_id": 4, "user_name": "Ada", "project_id": 15, "project": project(),
        "changes": [{"before": BEFORE, "after": AFTER, "ref": "refs/heads/main"}], "refs": ["refs/heads/main"],
    });
    let event = read("System Hook", &body).unwrap();
    assert_eq!(
        event.detail,
        Detail::Repository(RepositoryChange::Other("repository_update".into()))
    );
    assert_eq!(event.actor.unwrap().user.id.as_deref(), Some("4"));
}
