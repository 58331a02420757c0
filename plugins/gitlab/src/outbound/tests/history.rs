use forgegate_sdk::events::{Detail, Event, IssueAction, PullRequestAction, PullRequestState, ReviewState, RunState};
use forgegate_sdk::outbound::HistoryPage;
use serde_json::{Value, json};

use super::*;
use crate::outbound::history::history;

const SINCE: &str = "2026-03-01T00:00:00Z";
const LONG_AGO: &str = "2025-01-01T00:00:00.000Z";
const AT: &str = "2026-03-02T10:00:00.000Z";
const LATER: &str = "2026-03-03T10:00:00.000Z";
const OTHER: &str = "9f7d2e0c9b8a7f6e5d4c3b2a190817263544f5e6";

fn page(page: Option<&str>) -> HistoryPage {
    history(&repository(), SINCE, page).unwrap()
}

fn get(path: &str) -> Step {
    expect(&format!("GET /projects/15{path}"))
}

fn events(kind: &str, length: u32) -> Step {
    get(&format!(
        "/events?action={kind}&after=2026-02-28&sort=asc&per_page={length}&page=1"
    ))
}

/// The one page of a list, whose next is the list that follows.
fn listed(list: &str, steps: impl IntoIterator<Item = Step>, next: Option<&str>) -> Vec<Event> {
    let _forge = forge(steps);
    let page = page(Some(list));
    assert_eq!(page.next.as_deref(), next);
    page.events
}

fn bea() -> Value {
    json!({"id": 8, "username": "bea", "name": "Bea"})
}

fn by(event: &Event) -> Option<&str> {
    event.actor.as_ref().map(|actor| actor.user.login.as_str())
}

#[test]
fn commits_come_as_pushes_of_the_default_branch() {
    let commits: Vec<Value> = (0..23)
        .rev()
        .map(|number| {
            json!({"id": format!("{:040x}", number + 1), "title": "Change it", "message": "Change it\n\nBecause.",
                "author_name": "Ada", "author_email": "ada@example.com", "committed_date": AT, "web_url": "https://x.example/c"})
        })
        .collect();
    let line = |page: u32| get(&format!("/repository/commits?since={SINCE}&per_page=100&page={page}"));
    let _forge = forge([
        get("").answer(200, r#"{"id": 15, "default_branch": "trunk"}"#),
        line(1).answer_with(200, &[("x-next-page", "2")], &Value::from(commits).to_string()),
        line(2).answer_with(200, &[("x-next-page", "")], "[]"),
    ]);
    let first = page(None);
    assert_eq!(first.next.as_deref(), Some("commits 2 trunk"));
    let pushes: Vec<_> = first
        .events
        .iter()
        .map(|event| match &event.detail {
            Detail::Push(push) => push,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!([pushes[0].commits.len(), pushes[1].commits.len()], [20, 3]);
    assert_eq!(
        pushes[0].commits[0].id,
        format!("{:040x}", 1),
        "the oldest is the first"
    );
    assert_eq!(pushes[1].after.as_deref(), Some(&*format!("{:040x}", 23)));
    assert!(
        pushes
            .iter()
            .all(|push| push.ref_ == "refs/heads/trunk" && !push.created && !push.deleted)
    );
    let last = page(first.next.as_deref());
    assert_eq!((last.events.len(), last.next.as_deref()), (0, Some("refs")));
}

#[test]
fn an_empty_project_has_no_commits_and_one_that_is_not_there_no_history() {
    let line = get(&format!("/repository/commits?since={SINCE}&per_page=100&page=1"));
    let _forge = forge([get("").answer(200, "{}"), line.answer(404, "{}")]);
    assert_eq!(page(None).next.as_deref(), Some("refs"));
    drop(_forge);
    let _forge = forge([get("").answer(404, "{}")]);
    assert_eq!(history(&repository(), SINCE, None), Err(OutboundError::NotFound));
}

fn pushed(action: &str, kind: &str, name: Value, from: Value, to: Value, at: &str) -> Value {
    json!({"action_name": "pushed to", "created_at": at, "author": bea(),
        "push_data": {"action": action, "ref_type": kind, "ref": name, "commit_from": from, "commit_to": to}})
}

#[test]
fn refs_that_were_made_or_removed_are_told_by_events() {
    let acts = json!([
        pushed("created", "branch", json!("topic"), json!(null), json!(SHA), AT),
        pushed("pushed", "branch", json!("topic"), json!(SHA), json!(OTHER), AT),
        pushed("removed", "branch", json!("topic"), json!(OTHER), json!(null), LATER),
        pushed("created", "tag", json!("v1"), json!(null), json!(OTHER), LATER),
        pushed("created", "branch", json!(null), json!(null), json!(null), LATER),
        pushed(
            "created",
            "branch",
            json!("old"),
            json!(null),
            json!(SHA),
            "2026-02-28T23:00:00.000Z"
        ),
    ]);
    let tag = json!({"name": "v1", "target": OTHER, "commit": {"id": SHA}});
    let steps = [
        events("pushed", 50).answer_with(200, &[("x-next-page", "2")], &acts.to_string()),
        get("/repository/tags/v1").answer(200, &tag.to_string()),
    ];
    let found = listed("refs", steps, Some("refs 2"));
    let [created, removed, tag] = &found[..] else {
        panic!("{found:?}")
    };
    let Detail::Push(push) = &created.detail else {
        panic!("{created:?}")
    };
    assert_eq!(
        (push.ref_.as_str(), push.after.as_deref(), push.created),
        ("refs/heads/topic", Some(SHA), true)
    );
    assert_eq!((created.time.as_deref(), by(created)), (Some(AT), Some("bea")));
    assert!(matches!(&removed.detail, Detail::Push(push) if push.deleted && push.before.as_deref() == Some(OTHER)));
    let Detail::Tag(tag) = &tag.detail else {
        panic!("{tag:?}")
    };
    assert_eq!(
        (tag.name.as_str(), tag.object.as_deref(), tag.commit.as_deref()),
        ("v1", Some(OTHER), Some(SHA))
    );
    assert!(tag.created && !tag.deleted);
}

fn changed(list: &str) -> Step {
    let query = format!("state=all&updated_after={SINCE}&order_by=created_at&sort=asc&per_page=50&page=1");
    get(&format!("/{list}?{query}"))
}

fn request(number: u64, state: &str) -> Value {
    json!({"iid": number, "title": "Do it", "state": state, "created_at": AT, "author": {"id": 7, "username": "ada"},
        "merged_at": (state == "merged").then_some(LATER), "merge_user": bea(), "closed_by": bea(),
        "closed_at": (state == "closed").then_some(LATER), "sha": SHA, "source_branch": "topic", "target_branch": "main",
        "source_project_id": 15, "target_project_id": 15, "labels": ["bug"], "draft": false, "assignees": [bea()],
        "web_url": "https://git.example.com/acme/tools/widgets/-/merge_requests/4"})
}

#[test]
fn a_merge_request_is_an_event_for_each_act() {
    let answer = json!([request(4, "merged"), request(5, "closed"), request(6, "opened")]);
    let found = listed(
        "requests",
        [changed("merge_requests").answer(200, &answer.to_string())],
        Some("approvals"),
    );
    let told: Vec<_> = found
        .iter()
        .map(|event| match &event.detail {
            Detail::PullRequest(it) => (
                it.number,
                it.action,
                it.state,
                event.time.as_deref().unwrap(),
                by(event).unwrap(),
            ),
            other => panic!("{other:?}"),
        })
        .collect();
    use PullRequestAction::{Closed, Merged, Opened};
    let expected = [
        (4, Opened, PullRequestState::Open, AT, "ada"),
        (4, Merged, PullRequestState::Merged, LATER, "bea"),
        (5, Opened, PullRequestState::Open, AT, "ada"),
        (5, Closed, PullRequestState::Closed, LATER, "bea"),
        (6, Opened, PullRequestState::Open, AT, "ada"),
    ];
    assert_eq!(told, expected);
    let Detail::PullRequest(first) = &found[0].detail else {
        panic!()
    };
    assert_eq!(
        (first.head.sha.as_deref(), first.head.ref_.as_str(), first.fork),
        (Some(SHA), "refs/heads/topic", false)
    );
    assert_eq!(
        (first.labels.clone(), first.fetch_ref.as_str()),
        (vec!["bug".to_owned()], "refs/merge-requests/4/head")
    );
    assert_eq!(first.assignees[0].login, "bea");
}

#[test]
fn approvals_are_told_by_events() {
    let act = json!({"action_name": "approved", "target_type": "MergeRequest", "target_iid": 4, "created_at": AT, "author": bea()});
    let found = listed(
        "approvals",
        [events("approved", 100).answer(200, &json!([act]).to_string())],
        Some("issues"),
    );
    let [event] = &found[..] else { panic!("{found:?}") };
    let Detail::Review(review) = &event.detail else {
        panic!("{event:?}")
    };
    assert_eq!(
        (review.state, review.number, review.author.login.as_str()),
        (ReviewState::Approved, 4, "bea")
    );
    assert_eq!(event.time.as_deref(), Some(AT));
}

#[test]
fn an_issue_is_an_event_for_each_act() {
    let issue = json!({"iid": 9, "title": "It fails", "state": "closed", "created_at": AT, "closed_at": LATER, "labels": [],
        "closed_by": bea(), "author": {"id": 7, "username": "ada"}, "assignees": [], "confidential": true});
    let old =
        json!({"iid": 3, "title": "Old", "state": "opened", "created_at": LONG_AGO, "author": null, "labels": []});
    let answer = json!([issue, old]).to_string();
    let found = listed("issues", [changed("issues").answer(200, &answer)], Some("comments"));
    let told: Vec<_> = found
        .iter()
        .map(|event| match &event.detail {
            Detail::Issue(it) => (
                it.number,
                it.action,
                it.open,
                it.confidential,
                event.time.as_deref().unwrap(),
            ),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        told,
        [
            (9, IssueAction::Opened, true, true, AT),
            (9, IssueAction::Closed, false, true, LATER)
        ]
    );
}

#[test]
fn comments_say_what_they_are_on_and_hide_what_is_hidden() {
    let note = |id: u64, kind: &str, number: u64, system: bool| {
        json!({"action_name": "commented on", "created_at": AT, "author": bea(),
            "note": {"id": id, "body": "Why?", "author": bea(), "created_at": AT, "system": system, "noteable_type": kind,
                "noteable_iid": number, "internal": false}})
    };
    let notes = json!([
        note(1, "MergeRequest", 4, false),
        note(2, "Issue", 9, false),
        note(3, "Issue", 10, false),
        note(4, "Commit", 0, false),
        note(5, "MergeRequest", 4, true),
    ]);
    let hidden = "/issues?confidential=true&per_page=100&iids[]=9&iids[]=10&page=1";
    let told = |answer: Step| {
        let steps = [events("commented", 100).answer(200, &notes.to_string()), answer];
        let found = listed("comments", steps, Some("pipelines"));
        let told = found.iter().map(|event| match &event.detail {
            Detail::Comment(it) => (it.id.clone(), it.number, it.on_pull_request, it.confidential),
            other => panic!("{other:?}"),
        });
        told.collect::<Vec<_>>()
    };
    let id = |id: u64| id.to_string();
    let expected = |issue_10| {
        [
            (id(1), Some(4), true, false),
            (id(2), Some(9), false, true),
            (id(3), Some(10), false, issue_10),
            (id(4), None, false, false),
        ]
    };
    assert_eq!(told(get(hidden).answer(200, r#"[{"iid": 9}]"#)), expected(false));
    assert_eq!(
        told(get(hidden).answer(404, "{}")),
        expected(true),
        "nobody says that it is for everybody"
    );
}

#[test]
fn pipelines_that_ended_are_told_with_their_duration() {
    let brief = |id: u64, status: &str, source: &str| json!({"id": id, "status": status, "source": source});
    let list = json!([
        brief(1, "success", "push"),
        brief(2, "running", "push"),
        brief(3, "failed", "external")
    ]);
    let query = format!("/pipelines?updated_after={SINCE}&order_by=id&sort=asc&per_page=50&page=1");
    let whole = json!({"id": 1, "iid": 3, "status": "success", "source": "push", "ref": "v1", "tag": true, "sha": SHA,
        "before_sha": "0".repeat(40), "created_at": AT, "finished_at": LATER, "duration": 61, "queued_duration": 2.5,
        "user": bea()});
    let steps = [
        get(&query).answer(200, &list.to_string()),
        get("/pipelines/1").answer(200, &whole.to_string()),
    ];
    let found = listed("pipelines", steps, Some("releases"));
    let [event] = &found[..] else { panic!("{found:?}") };
    let Detail::Pipeline(run) = &event.detail else {
        panic!("{event:?}")
    };
    assert_eq!(
        (run.state.clone(), run.duration_s, run.queued_s),
        (RunState::Success, Some(61.0), Some(2.5))
    );
    assert_eq!(
        (run.ref_.as_deref(), run.before.as_deref(), run.number),
        (Some("refs/tags/v1"), None, Some(3))
    );
    assert_eq!((event.time.as_deref(), by(event)), (Some(LATER), Some("bea")));
}

#[test]
fn releases_are_read_as_long_as_they_are_young_enough() {
    let release = |tag: &str, at: &str| {
        json!({"tag_name": tag, "name": "One", "created_at": at, "commit": {"id": SHA}, "author": bea(),
        "assets": {"links": [{"name": "a.tar", "url": "https://x.example/a.tar"}]}})
    };
    let line = || get("/releases?order_by=created_at&sort=desc&per_page=50&page=1");
    let next = [("x-next-page", "2")];
    let young = json!([release("v2", LATER), release("v1", LONG_AGO)]).to_string();
    let found = listed("releases", [line().answer_with(200, &next, &young)], Some("releases 2"));
    let [event] = &found[..] else { panic!("{found:?}") };
    let Detail::Release(it) = &event.detail else {
        panic!("{event:?}")
    };
    assert_eq!(
        (it.tag.as_str(), it.commit.as_deref(), it.assets.len()),
        ("v2", Some(SHA), 1)
    );
    let old = json!([release("v1", LONG_AGO)]).to_string();
    assert_eq!(listed("releases", [line().answer_with(200, &next, &old)], None), []);
}

#[test]
fn what_is_not_to_be_seen_is_said_and_what_is_malformed_is_no_history() {
    let query = format!("/pipelines?updated_after={SINCE}&order_by=id&sort=asc&per_page=50&page=1");
    let _forge = forge([get(&query).answer(403, r#"{"message": "403 Forbidden"}"#)]);
    let found = page(Some("pipelines"));
    assert_eq!((found.missing.len(), found.next.as_deref()), (1, Some("releases")));
    drop(_forge);
    for body in [r#"[{"iid": "x"}]"#, "{}", "<html>"] {
        let _forge = forge([changed("merge_requests").answer(200, body)]);
        let error = history(&repository(), SINCE, Some("requests"));
        assert!(matches!(error, Err(OutboundError::Malformed(_))), "{body}: {error:?}");
    }
    let _forge = forge([]);
    assert!(history(&repository(), SINCE, Some("stars")).is_err());
    assert!(history(&repository(), SINCE, Some("requests x")).is_err());
}
