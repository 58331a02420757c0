//! What happened, list by list.

use forgegate_sdk::events::{Detail, Event, PullRequestAction, PullRequestState, ReviewState, RunState};
use forgegate_sdk::outbound::HistoryPage;
use serde_json::{Value, json};

use super::*;
use crate::outbound::history::history;
use crate::parse::parse;

const SINCE: &str = "2026-03-01T00:00:00Z";
const LONG_AGO: &str = "2025-01-01T00:00:00Z";
const AT: &str = "2026-03-02T10:00:00Z";
const LATER: &str = "2026-03-03T10:00:00Z";

fn page(page: Option<&str>) -> HistoryPage {
    history(&repository(), SINCE, page).unwrap()
}

/// The one page of a list, whose next is the list that follows.
fn listed(list: &str, step: Step, next: Option<&str>) -> Vec<Event> {
    let _forge = forge([step]);
    let page = page(Some(list));
    assert_eq!(page.next.as_deref(), next);
    page.events
}

fn get(path: &str) -> Step {
    expect(&format!("GET /repos/acme/widgets{path}"))
}

fn next(page: u32) -> String {
    format!(r#"<https://git.example.com/x?page={page}>; rel="next""#)
}

fn commit(sha: &str, at: &str) -> Value {
    json!({"sha": sha, "created": at, "html_url": format!("https://git.example.com/acme/widgets/commit/{sha}"),
        "commit": {"message": "Change it\n\nBecause.", "author": {"name": "Ana", "email": "ana@example.com", "date": AT}}})
}

fn sha(number: u32) -> String {
    format!("{number:040x}").replace('0', "a")
}

const COMMITS: &str = "/commits?page=1&limit=50&stat=false&verification=false&files=false";

#[test]
fn commits_come_as_pushes_of_the_default_branch() {
    let commits: Vec<Value> = (1..=23).rev().map(|number| commit(&sha(number), AT)).collect();
    let _forge = forge([
        get("").answer(200, r#"{"default_branch": "trunk"}"#),
        get(COMMITS).answer_with(200, &[("link", &next(2))], &Value::from(commits).to_string()),
        get(&COMMITS.replace("page=1", "page=2")).answer_with(
            200,
            &[("link", &next(3))],
            &json!([commit(&sha(99), LONG_AGO)]).to_string(),
        ),
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
    assert_eq!(pushes[0].commits[0].id, sha(1), "the oldest is the first");
    assert_eq!(pushes[1].after, Some(sha(23)));
    assert!(
        pushes
            .iter()
            .all(|push| push.ref_ == "refs/heads/trunk" && !push.created && !push.deleted)
    );
    assert_eq!(pushes[0].commits[0].title, "Change it");
    assert_eq!(pushes[0].commits[0].time.as_deref(), Some(AT));
    let last = page(first.next.as_deref());
    assert_eq!((last.events.len(), last.next.as_deref()), (0, Some("refs")));
}

#[test]
fn an_empty_repository_has_no_commits_and_one_that_is_not_there_no_history() {
    for status in [404, 409] {
        let _forge = forge([get("").answer(200, "{}"), get(COMMITS).answer(status, "{}")]);
        assert_eq!(page(None).next.as_deref(), Some("refs"), "{status}");
    }
    common_answers_to("GET /repos/acme/widgets", || history(&repository(), SINCE, None));
    let _forge = forge([get("").answer(404, "{}")]);
    assert_eq!(history(&repository(), SINCE, None), Err(OutboundError::NotFound));
}

fn act(kind: &str, name: &str, head: Option<&str>, at: &str) -> Value {
    let content =
        head.map(|head| json!({"Commits": [], "HeadCommit": {"Sha1": head, "Message": "Change it"}, "Len": 0}));
    json!({"op_type": kind, "ref_name": name, "created": at, "act_user": {"id": 7, "login": "ana"},
        "content": content.map(|content| content.to_string()).unwrap_or_default()})
}

#[test]
fn refs_are_told_by_the_feed() {
    let acts = json!([
        act("delete_tag", "refs/tags/v0", None, LATER),
        act("push_tag", "refs/tags/v1", Some(SHA), LATER),
        act("delete_branch", "refs/heads/old", None, AT),
        act("commit_repo", "refs/heads/topic", Some(SHA), AT),
        act("commit_repo", "refs/heads/topic", None, AT),
        act("commit_repo", "refs/heads/topic", Some(OTHER), LATER),
        act("merge_pull_request", "", None, AT),
        act("push_tag", "refs/tags/v-old", Some(SHA), LONG_AGO),
    ]);
    let _forge = forge([
        get("/activities/feeds?page=1&limit=50").answer(200, &acts.to_string()),
        get("/tags/v1").answer(
            200,
            &json!({"name": "v1", "id": OTHER, "commit": {"sha": SHA}}).to_string(),
        ),
    ]);
    let found = page(Some("refs"));
    assert_eq!(found.next.as_deref(), Some("pulls"));
    let [deleted_tag, tag, deleted, created] = &found.events[..] else {
        panic!("{:?}", found.events)
    };
    assert!(matches!(&deleted_tag.detail, Detail::Tag(tag) if tag.deleted && tag.name == "v0"));
    let Detail::Tag(tag) = &tag.detail else {
        panic!("{tag:?}")
    };
    assert_eq!((tag.object.as_deref(), tag.commit.as_deref()), (Some(OTHER), Some(SHA)));
    assert!(tag.created && tag.message.as_deref() == Some("Change it"));
    assert!(matches!(&deleted.detail, Detail::Push(push) if push.deleted && push.ref_ == "refs/heads/old"));
    let Detail::Push(push) = &created.detail else {
        panic!("{created:?}")
    };
    assert_eq!((push.after.as_deref(), push.created), (Some(SHA), true));
    assert_eq!(created.actor.as_ref().unwrap().user.login, "ana");
    assert_eq!(created.time.as_deref(), Some(AT));
}

#[test]
fn a_server_without_a_list_has_the_next_one() {
    assert_eq!(
        listed(
            "refs",
            get("/activities/feeds?page=1&limit=50").answer(404, "{}"),
            Some("pulls")
        ),
        []
    );
    let runs = get("/actions/runs?page=1&limit=50").answer(403, r#"{"message": "not for you"}"#);
    let _forge = forge([runs]);
    let page = page(Some("runs"));
    assert_eq!(page.missing, ["runs: not for you"]);
    assert_eq!(page.next.as_deref(), Some("releases"));
}

fn pull(number: u64, state: &str, merged: bool) -> Value {
    json!({"number": number, "title": "Do it", "state": state, "merged": merged, "draft": false,
        "html_url": "https://git.example.com/acme/widgets/pulls/5", "user": {"id": 7, "login": "ana"},
        "merged_by": merged.then(|| json!({"id": 8, "login": "ben"})), "created_at": AT, "updated_at": LATER,
        "closed_at": (state == "closed").then_some(LATER), "merged_at": merged.then_some(LATER),
        "head": {"ref": "topic", "sha": SHA, "repo_id": 42, "label": "topic"},
        "base": {"ref": "main", "sha": OTHER, "repo_id": 42, "label": "main"}})
}

const PULLS: &str = "/pulls?page=1&limit=20&state=all&sort=recentupdate";

#[test]
fn a_pull_request_is_an_event_for_each_act_and_review() {
    let mut old = pull(3, "open", false);
    old["updated_at"] = LONG_AGO.into();
    let reviews = json!([
        {"id": 1, "state": "APPROVED", "user": {"id": 8, "login": "ben"}, "submitted_at": LATER, "commit_id": SHA},
        {"id": 2, "state": "PENDING", "user": {"id": 8, "login": "ben"}, "submitted_at": LATER},
        {"id": 3, "state": "COMMENT", "user": {"id": 9, "login": "cy"}, "submitted_at": LONG_AGO},
    ]);
    let pulls = json!([pull(5, "closed", true), pull(4, "closed", false), old]);
    let _forge = forge([
        get(PULLS).answer_with(200, &[("link", &next(2))], &pulls.to_string()),
        get("/pulls/5/reviews?limit=50&page=1").answer(200, &reviews.to_string()),
        get("/pulls/4/reviews?limit=50&page=1").answer(404, "{}"),
    ]);
    let page = page(Some("pulls"));
    assert_eq!(page.next.as_deref(), Some("pulls 2"));
    let told: Vec<_> = page
        .events
        .iter()
        .map(|event| {
            let by = event.actor.as_ref().map(|actor| actor.user.login.as_str());
            match &event.detail {
                Detail::PullRequest(it) => (
                    format!("{:?} {} {:?}", it.action, it.number, it.state),
                    event.time.as_deref(),
                    by,
                ),
                Detail::Review(it) => (format!("{:?} {}", it.state, it.number), event.time.as_deref(), by),
                other => panic!("{other:?}"),
            }
        })
        .collect();
    let expected = [
        (
            format!("{:?} 5 {:?}", PullRequestAction::Opened, PullRequestState::Open),
            Some(AT),
            Some("ana"),
        ),
        (
            format!("{:?} 5 {:?}", PullRequestAction::Merged, PullRequestState::Merged),
            Some(LATER),
            Some("ben"),
        ),
        (format!("{:?} 5", ReviewState::Approved), Some(LATER), Some("ben")),
        (
            format!("{:?} 4 {:?}", PullRequestAction::Opened, PullRequestState::Open),
            Some(AT),
            Some("ana"),
        ),
        (
            format!("{:?} 4 {:?}", PullRequestAction::Closed, PullRequestState::Closed),
            Some(LATER),
            None,
        ),
    ];
    assert_eq!(told, expected);
}

/// The delivery of the same act.
fn delivered(event: &str, payload: &Value) -> Event {
    let mut payload = payload.clone();
    payload["repository"] = json!({"id": 42, "full_name": "acme/widgets"});
    payload["sender"] = json!({"id": 7, "login": "ana"});
    parse(event, payload.to_string().as_bytes()).unwrap()
}

#[test]
fn what_a_list_tells_is_what_a_delivery_tells() {
    let mut open = pull(5, "open", false);
    open["updated_at"] = AT.into();
    let _forge = forge([
        get(PULLS).answer(200, &json!([open]).to_string()),
        get("/pulls/5/reviews?limit=50&page=1").answer(200, "[]"),
    ]);
    let opened = delivered("pull_request", &json!({"action": "opened", "pull_request": open}));
    assert_eq!(
        (&page(Some("pulls")).events[0].detail, Some(AT)),
        (&opened.detail, opened.time.as_deref())
    );
    drop(_forge);

    let issue = json!({"number": 9, "title": "It fails", "state": "closed", "user": {"id": 7, "login": "ana"},
        "created_at": AT, "updated_at": LATER, "closed_at": LATER});
    let line = format!("/issues?page=1&limit=50&state=all&type=issues&since={SINCE}");
    let events = listed(
        "issues",
        get(&line).answer(200, &json!([issue]).to_string()),
        Some("comments"),
    );
    let closed = delivered("issues", &json!({"action": "closed", "issue": issue}));
    assert_eq!((&events[1].detail, &events[1].time), (&closed.detail, &closed.time));
    assert!(matches!(&events[0].detail, Detail::Issue(issue) if issue.open));
    assert_eq!(events[0].time.as_deref(), Some(AT));

    let comment = json!({"id": 31, "body": "Why?", "user": {"id": 7, "login": "ana"}, "created_at": AT, "updated_at": LATER,
        "html_url": "https://git.example.com/acme/widgets/pulls/5#issuecomment-31", "issue_url": "",
        "pull_request_url": "https://git.example.com/acme/widgets/pulls/5"});
    let on_issue = json!({"id": 32, "body": "So.", "user": {"id": 7, "login": "ana"}, "created_at": LONG_AGO,
        "issue_url": "https://git.example.com/acme/widgets/issues/9", "pull_request_url": ""});
    let line = format!("/issues/comments?page=1&limit=50&since={SINCE}");
    let answer = json!([comment, on_issue]).to_string();
    let events = listed("comments", get(&line).answer(200, &answer), Some("runs"));
    let written = json!({"action": "created", "is_pull": true, "issue": {"number": 5}, "comment": comment});
    assert_eq!(
        events,
        [with_repository_of(&events[0], delivered("issue_comment", &written))]
    );

    let release = json!({"tag_name": "v1", "name": "One", "draft": false, "prerelease": false, "published_at": AT,
        "author": {"id": 7, "login": "ana"}, "html_url": "https://git.example.com/acme/widgets/releases/tag/v1"});
    let answer = get("/releases?page=1&limit=50").answer(200, &json!([release]).to_string());
    let events = listed("releases", answer, None);
    let published = delivered("release", &json!({"action": "published", "release": release}));
    assert_eq!(events, [with_repository_of(&events[0], published)]);
}

fn with_repository_of(listed: &Event, delivered: Event) -> Event {
    Event {
        repository: listed.repository.clone(),
        ..delivered
    }
}

#[test]
fn runs_that_ended_are_told_with_their_duration() {
    let run = |id: u64, status: &str, ended: &str| {
        json!({"id": id, "run_number": 3, "head_sha": SHA, "head_branch": "main", "event": "push", "status": status,
            "conclusion": if status == "completed" { "failure" } else { "" }, "started_at": "2026-03-02T09:59:00Z",
            "completed_at": ended, "trigger_actor": {"id": 7, "login": "ana"}})
    };
    let runs = json!({"total_count": 2, "workflow_runs": [run(12, "in_progress", "1970-01-01T00:00:00Z"), run(11, "completed", AT)]});
    let line = "/actions/runs?page=1&limit=50";
    let events = listed("runs", get(line).answer(200, &runs.to_string()), Some("releases"));
    let delivery = json!({"action": "completed", "workflow_run": run(11, "completed", AT)});
    assert_eq!(
        events,
        [with_repository_of(&events[0], delivered("workflow_run", &delivery))]
    );
    assert!(
        matches!(&events[0].detail, Detail::Pipeline(it) if it.state == RunState::Failed && it.duration_s == Some(60.0))
    );

    let run = json!({"id": 21, "index_in_repo": 4, "commit_sha": SHA, "trigger_event": "push", "status": "success",
        "started": "2026-03-02T09:58:00Z", "stopped": AT, "trigger_user": {"id": 7, "login": "ana"}});
    let answer = get(line).answer(200, &json!({"workflow_runs": [run]}).to_string());
    let events = listed("runs", answer, Some("releases"));
    let delivery = json!({"action": "success", "run": run});
    assert_eq!(
        events,
        [with_repository_of(
            &events[0],
            delivered("action_run_success", &delivery)
        )]
    );
}

#[test]
fn a_page_that_was_never_named_is_rejected() {
    let _forge = forge([]);
    assert!(matches!(
        history(&repository(), SINCE, Some("stars")),
        Err(OutboundError::Rejected(_))
    ));
    assert!(history(&repository(), SINCE, Some("pulls x")).is_err());
    assert!(history(&repository(), "yesterday", None).is_err());
}
