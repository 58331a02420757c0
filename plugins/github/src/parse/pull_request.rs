//! `pull_request`: everything that happens to a pull request but comments and reviews.

use forgegate_sdk::ParseError;
use forgegate_sdk::events::{Detail, Event, PullRequest, PullRequestAction, PullRequestState, Side};
use forgegate_sdk::json::Part;

use super::common::{author, branch_ref, commit, commit_or_none, event, labels, users};

pub fn parse(root: Part) -> Result<Event, ParseError> {
    let pull = root.at("pull_request");
    let word = root.text("action")?;
    let action = action(word, state(pull)?);
    let detail = PullRequest {
        new_code: may_have_new_code(word),
        before: commit_or_none(root, "before")?,
        ..pull_request(action, pull)?
    };
    event(root, happened(action, pull)?, Detail::PullRequest(detail))
}

/// The time at which it happened: where the pull request has a time for that, it is the one that lists of pull requests show too.
fn happened(action: PullRequestAction, pull: Part) -> Result<Option<String>, ParseError> {
    let own = match action {
        PullRequestAction::Opened => pull.owned("created_at")?,
        PullRequestAction::Closed => pull.owned("closed_at")?,
        PullRequestAction::Merged => pull.owned("merged_at")?,
        _ => None,
    };
    Ok(own.or(pull.owned("updated_at")?))
}

/// The pull request, to which this happened. Only opening it is known to bring new code.
pub fn pull_request(action: PullRequestAction, pull: Part) -> Result<PullRequest, ParseError> {
    let number = pull.number("number")?;
    let state = state(pull)?;
    let head = Side {
        sha: Some(commit(pull, "head.sha")?),
        ref_: branch_ref(pull.text("head.ref")?),
        // Null where the fork was deleted.
        repository_id: pull.id_or_none("head.repo.id")?,
    };
    let base = Side {
        sha: Some(commit(pull, "base.sha")?),
        ref_: branch_ref(pull.text("base.ref")?),
        repository_id: Some(pull.id("base.repo.id")?),
    };
    Ok(PullRequest {
        action,
        number,
        title: pull.text("title")?.to_owned(),
        url: pull.owned("html_url")?,
        state,
        draft: pull.flag("draft")?.unwrap_or(false),
        // `head.repo.fork` tells nothing: the base may be a fork itself.
        fork: head.repository_id != base.repository_id,
        labels: labels(pull)?,
        assignees: users(pull, "assignees")?,
        reviewers: users(pull, "requested_reviewers")?,
        author: author(pull, "user")?,
        head,
        base,
        fetch_ref: fetch_ref(number),
        new_code: action == PullRequestAction::Opened,
        before: None,
        // GitHub does not say.
        message: None,
    })
}

/// The ref under which the head of a pull request can be fetched.
pub fn fetch_ref(number: u64) -> String {
    ["refs/pull/", &number.to_string(), "/head"].concat()
}

fn state(pull: Part) -> Result<PullRequestState, ParseError> {
    // Lists have the time alone.
    let merged = pull.flag("merged")?.unwrap_or(pull.at_or_none("merged_at").is_some());
    Ok(match (pull.text("state")?, merged) {
        ("closed", true) => PullRequestState::Merged,
        ("closed", _) => PullRequestState::Closed,
        _ => PullRequestState::Open,
    })
}

fn action(word: &str, state: PullRequestState) -> PullRequestAction {
    match word {
        "opened" => PullRequestAction::Opened,
        "synchronize" => PullRequestAction::Updated,
        "reopened" => PullRequestAction::Reopened,
        "closed" if state == PullRequestState::Merged => PullRequestAction::Merged,
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

/// Actions that leave the head where it is.
const WITHOUT_NEW_CODE: [&str; 18] = [
    "assigned",
    "auto_merge_disabled",
    "auto_merge_enabled",
    "closed",
    "converted_to_draft",
    "demilestoned",
    "dequeued",
    "edited",
    "enqueued",
    "labeled",
    "locked",
    "milestoned",
    "ready_for_review",
    "review_request_removed",
    "review_requested",
    "unassigned",
    "unlabeled",
    "unlocked",
];

/// Tells whether the head may have moved. A closed pull request tells of no push, so reopening may bring new code; a new target
/// (`edited` with `changes.base`) leaves the head where it is. An action that GitHub has yet to invent may do anything.
fn may_have_new_code(word: &str) -> bool {
    !WITHOUT_NEW_CODE.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::read_with;
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
        match read_with(parse, payload).unwrap().detail {
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
        sent["changes"] = json!({"base": {"ref": {"from": "dev"}, "sha": {"from": "33".repeat(20)}}});
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
        match read_with(parse, &sent) {
            Err(ParseError::Malformed(text)) => assert!(text.contains("head.sha"), "{text}"),
            other => panic!("{other:?}"),
        }
    }
}
