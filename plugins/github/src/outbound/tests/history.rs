//! What happened, list by list.

use forgegate_sdk::Headers;
use forgegate_sdk::events::{Detail, Event, PullRequestAction, PullRequestState, ReviewState, RunState};
use forgegate_sdk::outbound::{HistoryPage, OutboundError};
use forgegate_sdk::testing::{Step, expect};
use serde_json::{Value, json};

use super::{NO_PERMISSION, NOT_FOUND, SHA, forge, next, repository};
use crate::outbound::history::history;
use crate::parse::parse;

const SINCE: &str = "2026-03-01T00:00:00Z";
const LONG_AGO: &str = "2025-01-01T00:00:00Z";
const AT: &str = "2026-03-02T10:00:00Z";
const LATER: &str = "2026-03-03T10:00:00Z";
const OTHER: &str = "3333333333333333333333333333333333333333";

fn page(page: Option<&str>) -> HistoryPage {
    history(&repository(), SINCE, page).unwrap()
}

fn get(path: &str) -> Step {
    expect(&format!("GET /repos/acme/widgets{path}"))
}

/// The one page of a list, whose next is the list that follows.
fn listed(list: &str, steps: impl IntoIterator<Item = Step>, next: Option<&str>) -> Vec<Event> {
    let _forge = forge(steps);
    let page = page(Some(list));
    assert_eq!(page.next.as_deref(), next);
    page.events
}

fn ana() -> Value {
    json!({"id": 7, "login": "ana", "type": "User"})
}

/// The delivery of the same act, but for the repository, of which a list knows less.
fn delivered(event: &str, payload: &Value, listed: &Event) -> Event {
    let mut payload = payload.clone();
    payload["repository"] = json!({"id": 42, "full_name": "acme/widgets"});
    payload["sender"] = ana();
    let headers = Headers::from_iter::<[(&str, &str); 0]>([]);
    Event {
        repository: listed.repository.clone(),
        ..parse(event, &headers, payload.to_string().as_bytes()).unwrap()
    }
}

#[test]
fn commits_come_as_pushes_of_the_default_branch() {
    let commits: Vec<Value> = (1..=23)
        .rev()
        .map(|number| {
            json!({"sha": format!("{number:040x}"), "html_url": "https://x.example/c", "commit": {"message": "Change it\n\nBecause.",
                "author": {"name": "Ana", "email": "ana@example.com", "date": LONG_AGO}, "committer": {"date": AT}}})
        })
        .collect();
    let line = |page: u32| get(&format!("/commits?since={SINCE}&per_page=100&page={page}"));
    let _forge = forge([
        get("").answer(200, r#"{"default_branch": "trunk"}"#),
        line(1).answer_with(200, &[("link", &next("page=2"))], &Value::from(commits).to_string()),
        line(2).answer(200, "[]"),
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
    assert!(
        pushes
            .iter()
            .all(|push| push.ref_ == "refs/heads/trunk" && !push.created && !push.deleted)
    );
    assert_eq!(pushes[1].commits[2].title, "Change it");
    let last = page(first.next.as_deref());
    assert_eq!((last.events.len(), last.next.as_deref()), (0, Some("branches-made")));
}

#[test]
fn an_empty_repository_has_no_commits_and_one_that_is_not_there_no_history() {
    let line = get(&format!("/commits?since={SINCE}&per_page=100&page=1"));
    let _forge = forge([
        get("").answer(200, "{}"),
        line.answer(409, r#"{"message": "Git Repository is empty."}"#),
    ]);
    assert_eq!(page(None).next.as_deref(), Some("branches-made"));
    drop(_forge);
    let _forge = forge([get("").answer(404, NOT_FOUND)]);
    assert_eq!(history(&repository(), SINCE, None), Err(OutboundError::NotFound));
}

#[test]
fn branches_are_told_by_the_activity() {
    let act = |name: &str, at: &str| json!({"ref": name, "timestamp": at, "before": "0".repeat(40), "after": SHA, "actor": ana()});
    let line = "/activity?activity_type=branch_creation&direction=desc&per_page=100";
    let acts = json!([act("refs/heads/topic", AT), act("refs/heads/old", LONG_AGO)]).to_string();
    let link = next("per_page=100&after=abc%3D%3D");
    let steps = [get(line).answer_with(200, &[("link", &link)], &acts)];
    let found = listed("branches-made", steps, Some("branches-made abc=="));
    let [event] = &found[..] else { panic!("{found:?}") };
    let push =
        json!({"ref": "refs/heads/topic", "before": "0".repeat(40), "after": SHA, "created": true, "commits": []});
    let Detail::Push(sent) = delivered("push", &push, event).detail else {
        panic!()
    };
    let Detail::Push(told) = &event.detail else {
        panic!("{event:?}")
    };
    assert_eq!(
        (&told.ref_, &told.before, &told.after, told.created),
        (&sent.ref_, &sent.before, &sent.after, sent.created)
    );
    assert_eq!(event.actor.as_ref().unwrap().user.login, "ana");

    let removed =
        json!([{"ref": "refs/heads/topic", "timestamp": LATER, "before": SHA, "after": "0".repeat(40), "actor": null}]);
    let line = "/activity?activity_type=branch_deletion&direction=desc&per_page=100&after=abc==";
    let found = listed(
        "branches-removed abc==",
        [get(line).answer(200, &removed.to_string())],
        Some("tags"),
    );
    assert!(matches!(&found[0].detail, Detail::Push(push) if push.deleted && push.before.as_deref() == Some(SHA)));
    let line = "/activity?activity_type=branch_deletion&direction=desc&per_page=100";
    assert_eq!(
        listed("branches-removed", [get(line).answer(404, NOT_FOUND)], Some("tags")),
        []
    );
}

#[test]
fn tags_are_told_with_the_commit_that_they_lead_to() {
    let refs = |has_next: bool, at: &str| {
        json!({"data": {"repository": {"refs": {"nodes": [
            {"name": "v2", "target": {"oid": OTHER, "message": "Two", "tagger": {"date": at}, "target": {"oid": SHA}}},
            {"name": "v1", "target": {"oid": SHA, "message": "Change it", "committedDate": at}},
        ], "pageInfo": {"hasNextPage": has_next, "endCursor": "MTAw"}}}}})
        .to_string()
    };
    let found = listed(
        "tags",
        [expect("POST /graphql").answer(200, &refs(true, AT))],
        Some("tags MTAw"),
    );
    let told: Vec<_> = found
        .iter()
        .map(|event| match &event.detail {
            Detail::Tag(tag) => (
                tag.name.as_str(),
                tag.object.as_deref(),
                tag.commit.as_deref(),
                tag.created,
            ),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        told,
        [("v2", Some(OTHER), Some(SHA), true), ("v1", Some(SHA), Some(SHA), true)]
    );
    assert_eq!(
        listed(
            "tags",
            [expect("POST /graphql").answer(200, &refs(true, LONG_AGO))],
            Some("pulls")
        ),
        []
    );
    assert_eq!(
        listed(
            "tags MTAw",
            [expect("POST /graphql").answer(404, NOT_FOUND)],
            Some("pulls")
        ),
        []
    );
    let errors = r#"{"data": {"repository": null}, "errors": [{"type": "FORBIDDEN"}]}"#;
    let _forge = forge([expect("POST /graphql").answer(200, errors)]);
    assert_eq!(page(Some("tags")).missing.len(), 1);
}

fn pull(number: u64, state: &str, merged: bool) -> Value {
    json!({"number": number, "title": "Do it", "state": state, "draft": false, "user": ana(), "created_at": AT,
        "updated_at": LATER, "closed_at": (state == "closed").then_some(LATER), "merged_at": merged.then_some(LATER),
        "head": {"ref": "topic", "sha": SHA, "repo": {"id": 42}}, "base": {"ref": "main", "sha": OTHER, "repo": {"id": 42}}})
}

const PULLS: &str = "/pulls?state=all&sort=updated&direction=desc&per_page=30&page=1";

#[test]
fn a_pull_request_is_an_event_for_each_act_and_review() {
    let mut old = pull(3, "open", false);
    old["updated_at"] = LONG_AGO.into();
    let review = |id: u64, state: &str, at: &str| json!({"id": id, "user": ana(), "state": state, "commit_id": SHA, "submitted_at": at});
    let reviews = json!([
        review(1, "APPROVED", LATER),
        review(2, "PENDING", LATER),
        review(3, "DISMISSED", LATER),
        review(4, "COMMENTED", LONG_AGO)
    ]);
    let steps = [
        get(PULLS).answer_with(
            200,
            &[("link", &next("page=2"))],
            &json!([pull(5, "closed", true), pull(4, "closed", false), old]).to_string(),
        ),
        get("/pulls/5/reviews?per_page=100&page=1").answer(200, &reviews.to_string()),
        get("/pulls/4/reviews?per_page=100&page=1").answer(200, "[]"),
    ];
    let found = listed("pulls", steps, Some("pulls 2"));
    let told: Vec<_> = found
        .iter()
        .map(|event| match &event.detail {
            Detail::PullRequest(it) => format!("{} {:?} {:?}", it.number, it.action, it.state),
            Detail::Review(it) => format!("{} {:?} {:?}", it.number, it.state, it.id.as_deref().unwrap()),
            other => panic!("{other:?}"),
        })
        .collect();
    use PullRequestAction::{Closed, Merged, Opened};
    assert_eq!(
        told,
        [
            format!("5 {Opened:?} {:?}", PullRequestState::Open),
            format!("5 {Merged:?} {:?}", PullRequestState::Merged),
            format!("5 {:?} \"1\"", ReviewState::Approved),
            format!("5 {:?} \"3\"", ReviewState::Dismissed),
            format!("4 {Opened:?} {:?}", PullRequestState::Open),
            format!("4 {Closed:?} {:?}", PullRequestState::Closed),
        ]
    );
    let times: Vec<_> = found.iter().map(|event| event.time.as_deref().unwrap()).collect();
    assert_eq!(times, [AT, LATER, LATER, LATER, AT, LATER]);
}

#[test]
fn what_a_list_tells_is_what_a_delivery_tells() {
    let merged = pull(5, "closed", true);
    let steps = [
        get(PULLS).answer(200, &json!([merged]).to_string()),
        get("/pulls/5/reviews?per_page=100&page=1").answer(404, NOT_FOUND),
    ];
    let found = listed("pulls", steps, Some("issues"));
    let mut sent = merged.clone();
    sent["merged"] = true.into();
    let closed = delivered(
        "pull_request",
        &json!({"action": "closed", "pull_request": sent}),
        &found[1],
    );
    assert_eq!((&found[1].detail, &found[1].time), (&closed.detail, &closed.time));
    let mut sent = pull(5, "open", false);
    sent["updated_at"] = AT.into();
    let opened = delivered(
        "pull_request",
        &json!({"action": "opened", "pull_request": sent}),
        &found[0],
    );
    assert_eq!(found[0], opened);

    let issue = json!({"number": 9, "title": "It fails", "state": "closed", "user": ana(), "labels": [], "created_at": AT,
        "updated_at": LATER, "closed_at": LATER});
    let mut request = issue.clone();
    request["pull_request"] = json!({});
    let line = format!("/issues?state=all&since={SINCE}&sort=created&direction=asc&per_page=100&page=1");
    let found = listed(
        "issues",
        [get(&line).answer(200, &json!([issue, request]).to_string())],
        Some("comments"),
    );
    assert_eq!(found.len(), 2);
    assert!(matches!(&found[0].detail, Detail::Issue(issue) if issue.open));
    let closed = delivered("issues", &json!({"action": "closed", "issue": issue}), &found[1]);
    assert_eq!((&found[1].detail, &found[1].time), (&closed.detail, &closed.time));

    let comment = |id: u64, kind: &str, at: &str| {
        json!({"id": id, "body": "Why?", "user": ana(), "created_at": at, "updated_at": LATER,
        "html_url": format!("https://github.com/acme/widgets/{kind}/5#issuecomment-{id}"),
        "issue_url": "https://api.github.com/repos/acme/widgets/issues/5"})
    };
    let answer = json!([
        comment(1, "pull", AT),
        comment(2, "issues", AT),
        comment(3, "pull", LONG_AGO)
    ]);
    let line = format!("/issues/comments?since={SINCE}&sort=created&direction=asc&per_page=100&page=1");
    let found = listed("comments", [get(&line).answer(200, &answer.to_string())], Some("runs"));
    let written = |comment: &Value, issue: Value| {
        delivered(
            "issue_comment",
            &json!({"action": "created", "issue": issue, "comment": comment}),
            &found[0],
        )
    };
    assert_eq!(
        found,
        [
            written(&answer[0], json!({"number": 5, "pull_request": {}})),
            written(&answer[1], json!({"number": 5})),
        ]
    );

    let run = json!({"id": 11, "run_number": 3, "head_sha": SHA, "head_branch": "main", "event": "push", "status": "completed",
        "conclusion": "failure", "run_started_at": "2026-03-02T09:59:00Z", "updated_at": AT, "actor": ana(),
        "repository": {"id": 42}, "head_repository": {"id": 42}});
    let line = format!("/actions/runs?status=completed&created=>={SINCE}&per_page=50&page=1");
    let answer = json!({"total_count": 1, "workflow_runs": [run]}).to_string();
    let found = listed("runs", [get(&line).answer(200, &answer)], Some("releases"));
    assert_eq!(
        found,
        [delivered(
            "workflow_run",
            &json!({"action": "completed", "workflow_run": run}),
            &found[0]
        )]
    );
    assert!(
        matches!(&found[0].detail, Detail::Pipeline(it) if it.state == RunState::Failed && it.duration_s == Some(60.0))
    );

    let release = json!({"tag_name": "v1", "name": "One", "draft": false, "prerelease": false, "published_at": AT, "author": ana()});
    let draft = json!({"tag_name": "v2", "draft": true, "published_at": null});
    let line = "/releases?per_page=100&page=1";
    let found = listed(
        "releases",
        [get(line).answer(200, &json!([draft, release]).to_string())],
        None,
    );
    assert_eq!(
        found,
        [delivered(
            "release",
            &json!({"action": "published", "release": release}),
            &found[0]
        )]
    );
}

#[test]
fn what_is_not_to_be_seen_is_said_and_limits_stop_the_walk() {
    let line = format!("/actions/runs?status=completed&created=>={SINCE}&per_page=50&page=1");
    let needed = [("x-accepted-github-permissions", "actions=read")];
    let _forge = forge([get(&line).answer_with(403, &needed, NO_PERMISSION)]);
    let found = page(Some("runs"));
    assert!(found.missing[0].contains("actions=read"), "{:?}", found.missing);
    assert_eq!(found.next.as_deref(), Some("releases"));
    drop(_forge);
    let _forge =
        forge([get(&line).answer_with(403, &[("retry-after", "7")], r#"{"message": "secondary rate limit"}"#)]);
    assert_eq!(
        history(&repository(), SINCE, Some("runs")),
        Err(OutboundError::TryLater(Some(7)))
    );
    drop(_forge);
    for body in [r#"{"workflow_runs": [{"id": "x"}]}"#, "{}", "<html>"] {
        let _forge = forge([get(&line).answer(200, body)]);
        let error = history(&repository(), SINCE, Some("runs"));
        assert!(matches!(error, Err(OutboundError::Malformed(_))), "{body}: {error:?}");
    }
    let _forge = forge([]);
    assert!(history(&repository(), SINCE, Some("stars")).is_err());
    assert!(history(&repository(), SINCE, Some("pulls x")).is_err());
}
