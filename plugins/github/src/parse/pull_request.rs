//! `pull_request`: everything that happens to a pull request but comments and reviews.

use forgegate_sdk::events::{
    Detail, Event, PullRequest, PullRequestAction, PullRequestState, Side,
};
use forgegate_sdk::{ParseError, commit_id, json};
use serde::Deserialize;

use super::common::{
    Account, Envelope, Member, Named, Numbered, Repo, Text, author, branch_ref, names, owned,
    required_id, users,
};

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    action: Text<'a>,
    #[serde(borrow)]
    pull_request: Pull<'a>,
    #[serde(borrow)]
    before: Option<Text<'a>>,
    #[serde(borrow)]
    repository: Repo<'a>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    installation: Option<Numbered>,
}

#[derive(Deserialize)]
struct Pull<'a> {
    number: u64,
    #[serde(borrow)]
    title: Text<'a>,
    #[serde(borrow)]
    html_url: Option<Text<'a>>,
    #[serde(borrow)]
    state: Text<'a>,
    merged: Option<bool>,
    draft: Option<bool>,
    #[serde(borrow)]
    labels: Option<Vec<Named<'a>>>,
    #[serde(borrow)]
    assignees: Option<Vec<Option<Member<'a>>>>,
    #[serde(borrow)]
    requested_reviewers: Option<Vec<Option<Member<'a>>>>,
    #[serde(borrow)]
    user: Option<Account<'a>>,
    #[serde(borrow)]
    head: Head<'a>,
    #[serde(borrow)]
    base: Base<'a>,
    #[serde(borrow)]
    updated_at: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, rename = "ref")]
    name: Text<'a>,
    #[serde(borrow)]
    sha: Text<'a>,
    /// Null where the fork was deleted.
    repo: Option<Numbered>,
}

#[derive(Deserialize)]
struct Base<'a> {
    #[serde(borrow, rename = "ref")]
    name: Text<'a>,
    #[serde(borrow)]
    sha: Text<'a>,
    repo: Numbered,
}

pub fn parse(payload: &[u8]) -> Result<Event, ParseError> {
    let payload: Payload = json::parse(payload)?;
    let pull_request = pull_request(&payload)?;
    let time = owned(&payload.pull_request.updated_at);
    let envelope = Envelope::of(payload.repository, payload.sender, payload.installation);
    Ok(envelope.event_at(time, Detail::PullRequest(pull_request)))
}

fn pull_request(payload: &Payload) -> Result<PullRequest, ParseError> {
    let pull = &payload.pull_request;
    Ok(PullRequest {
        action: action(&payload.action, pull),
        number: pull.number,
        title: pull.title.to_string(),
        url: owned(&pull.html_url),
        state: state(pull),
        draft: pull.draft.unwrap_or(false),
        fork: is_fork(pull),
        labels: names(pull.labels.as_ref()),
        assignees: users(pull.assignees.as_ref()),
        reviewers: users(pull.requested_reviewers.as_ref()),
        author: author(pull.user.as_ref()),
        head: Side {
            sha: Some(required_id("pull_request.head.sha", &pull.head.sha)?),
            ref_: branch_ref(&pull.head.name),
            repository_id: pull.head.repo.as_ref().map(|repo| repo.id.to_string()),
        },
        base: Side {
            sha: Some(required_id("pull_request.base.sha", &pull.base.sha)?),
            ref_: branch_ref(&pull.base.name),
            repository_id: Some(pull.base.repo.id.to_string()),
        },
        fetch_ref: format!("refs/pull/{}/head", pull.number),
        new_code: may_have_new_code(&payload.action),
        before: payload.before.as_deref().and_then(commit_id),
    })
}

/// `head.repo.fork` tells nothing: the base may be a fork itself.
fn is_fork(pull: &Pull) -> bool {
    let head = pull.head.repo.as_ref();
    head.is_none_or(|head| head.id != pull.base.repo.id)
}

fn state(pull: &Pull) -> PullRequestState {
    match &*pull.state {
        "closed" if pull.merged == Some(true) => PullRequestState::Merged,
        "closed" => PullRequestState::Closed,
        _ => PullRequestState::Open,
    }
}

fn action(word: &str, pull: &Pull) -> PullRequestAction {
    match word {
        "opened" => PullRequestAction::Opened,
        "synchronize" => PullRequestAction::Updated,
        "reopened" => PullRequestAction::Reopened,
        "closed" if pull.merged == Some(true) => PullRequestAction::Merged,
        "closed" => PullRequestAction::Closed,
        "edited" => PullRequestAction::Edited,
        "labeled" => PullRequestAction::Labeled,
        "unlabeled" => PullRequestAction::Unlabeled,
        "assigned" => PullRequestAction::Assigned,
        "unassigned" => PullRequestAction::Unassigned,
        "review_requested" => PullRequestAction::ReviewRequested,
        "ready_for_review" => PullRequestAction::ReadyForReview,
        "converted_to_draft" => PullRequestAction::ConvertedToDraft,
        _ => PullRequestAction::Other,
    }
}

/// Whether the head may have moved. A closed pull request tells of no push, so reopening may bring new code; a new target
/// (`edited` with `changes.base`) leaves the head where it is. An action that GitHub has yet to invent may do anything.
fn may_have_new_code(word: &str) -> bool {
    !matches!(
        word,
        "assigned"
            | "auto_merge_disabled"
            | "auto_merge_enabled"
            | "closed"
            | "converted_to_draft"
            | "demilestoned"
            | "dequeued"
            | "edited"
            | "enqueued"
            | "labeled"
            | "locked"
            | "milestoned"
            | "ready_for_review"
            | "review_request_removed"
            | "review_requested"
            | "unassigned"
            | "unlabeled"
            | "unlocked"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn payload(action: &str) -> Value {
        json!({
            "action": action,
            "pull_request": {
                "number": 7, "title": "Change", "state": "open", "user": null,
                "head": {"ref": "topic", "sha": "22".repeat(20), "repo": {"id": 1, "fork": true}},
                "base": {"ref": "main", "sha": "11".repeat(20), "repo": {"id": 1, "fork": true}},
            },
            "repository": {"id": 1, "full_name": "acme/widgets"},
        })
    }

    fn parsed(payload: &Value) -> PullRequest {
        match parse(payload.to_string().as_bytes()).unwrap().detail {
            Detail::PullRequest(pull) => pull,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_head_is_a_forks_where_its_repository_is_gone_or_another() {
        let mut sent = payload("opened");
        assert!(!parsed(&sent).fork, "both are forks of something else");
        sent["pull_request"]["head"]["repo"]["id"] = json!(2);
        assert!(parsed(&sent).fork);
        sent["pull_request"]["head"]["repo"] = json!(null);
        let pull = parsed(&sent);
        assert!(pull.fork);
        assert_eq!(pull.head.repository_id, None);
    }

    #[test]
    fn every_action_has_its_word() {
        use PullRequestAction as A;
        for (word, action, new_code) in [
            ("opened", A::Opened, true),
            ("synchronize", A::Updated, true),
            ("reopened", A::Reopened, true),
            ("closed", A::Closed, false),
            ("edited", A::Edited, false),
            ("labeled", A::Labeled, false),
            ("unlabeled", A::Unlabeled, false),
            ("assigned", A::Assigned, false),
            ("unassigned", A::Unassigned, false),
            ("review_requested", A::ReviewRequested, false),
            ("ready_for_review", A::ReadyForReview, false),
            ("converted_to_draft", A::ConvertedToDraft, false),
            ("auto_merge_disabled", A::Other, false),
            ("auto_merge_enabled", A::Other, false),
            ("demilestoned", A::Other, false),
            ("dequeued", A::Other, false),
            ("enqueued", A::Other, false),
            ("locked", A::Other, false),
            ("milestoned", A::Other, false),
            ("review_request_removed", A::Other, false),
            ("unlocked", A::Other, false),
            ("teleported", A::Other, true),
        ] {
            let pull = parsed(&payload(word));
            assert_eq!((pull.action, pull.new_code), (action, new_code), "{word}");
        }
    }

    #[test]
    fn closing_is_merging_where_it_was_merged() {
        let mut sent = payload("closed");
        sent["pull_request"]["state"] = json!("closed");
        assert_eq!(parsed(&sent).state, PullRequestState::Closed);
        sent["pull_request"]["merged"] = json!(true);
        let pull = parsed(&sent);
        assert_eq!(pull.state, PullRequestState::Merged);
        assert_eq!(pull.action, PullRequestAction::Merged);
    }

    #[test]
    fn a_new_target_is_an_edit_without_new_code() {
        let mut sent = payload("edited");
        sent["changes"] =
            json!({"base": {"ref": {"from": "dev"}, "sha": {"from": "33".repeat(20)}}});
        let pull = parsed(&sent);
        assert_eq!(pull.action, PullRequestAction::Edited);
        assert!(!pull.new_code);
    }

    #[test]
    fn a_branch_called_like_a_ref_stays_a_branch() {
        let mut sent = payload("opened");
        sent["pull_request"]["head"]["ref"] = json!("refs/pull/9/head");
        assert_eq!(parsed(&sent).head.ref_, "refs/heads/refs/pull/9/head");
    }

    #[test]
    fn teams_and_nulls_among_the_reviewers_are_left_out() {
        let mut sent = payload("review_requested");
        sent["pull_request"]["requested_reviewers"] =
            json!([null, {"id": 3, "slug": "core"}, {"id": 4, "login": "ana"}]);
        let reviewers = parsed(&sent).reviewers;
        assert_eq!(reviewers.len(), 1);
        assert_eq!(reviewers[0].id.as_deref(), Some("4"));
    }

    #[test]
    fn a_deleted_author_has_no_id() {
        let author = parsed(&payload("opened")).author;
        assert_eq!((author.id, author.login.as_str()), (None, "ghost"));
    }

    #[test]
    fn a_head_without_a_commit_is_malformed() {
        let mut sent = payload("opened");
        sent["pull_request"]["head"]["sha"] = json!("0".repeat(40));
        match parse(sent.to_string().as_bytes()) {
            Err(ParseError::Malformed(text)) => assert!(text.contains("head.sha"), "{text}"),
            other => panic!("{other:?}"),
        }
    }
}
