//! Pull requests with their reviews, issues, and comments.

use forgegate_sdk::Method;
use forgegate_sdk::events::{
    Comment, Detail, Event, Issue, IssueAction, PullRequest, PullRequestAction, PullRequestState, Review, ReviewState,
};
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{History, Listed, OutboundError, first_pages};
use forgegate_sdk::text::cut;

use super::fields::FIELDS;
use super::{actor, list};
use crate::outbound::api::{PER_PAGE, in_repository, ok};
use crate::parse::{self, MESSAGE_BYTES, author, commit_or_none};

/// The length of a page of pull requests, each of which is long and costs further calls for its reviews.
const PULLS: &str = "30";

/// The most pages of reviews that are read of one pull request.
const PAGES_OF_REVIEWS: u32 = 3;

/// The query of lists that hold only what was changed since. In the order of making, so that none slips from page to page.
fn changed_since<'a>(history: &History<'a>) -> [(&'static str, &'a str); 3] {
    [("since", history.since), ("sort", "created"), ("direction", "asc")]
}

/// Pull requests, the last changed first. One that is changed while they are read goes to the front, and a delivery tells of it.
pub fn pulls(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let pairs = [("state", "all"), ("sort", "updated"), ("direction", "desc")];
    list(history, &["pulls"], &pairs, page, PULLS, &mut |pull, events| {
        if !history.holds(pull.text_or_none("updated_at")?) {
            return Ok(false);
        }
        opened_and_closed(history, pull, events)?;
        reviews(history, pull.number("number")?, events)?;
        Ok(true)
    })
}

/// The opening of a pull request, and its end if it has ended. Lists do not tell who ended it, nor that it was opened again.
fn opened_and_closed(history: &History, pull: Part, events: &mut Vec<Event>) -> Result<(), OutboundError> {
    let opened = PullRequest {
        state: PullRequestState::Open,
        ..parse::pull_request(PullRequestAction::Opened, pull)?
    };
    let at = pull.text_or_none("created_at")?;
    events.extend(history.event(at, actor(pull, "user")?, Detail::PullRequest(opened)));
    let detail = |action| parse::pull_request(action, pull).map(Detail::PullRequest);
    let (at, closed) = match (pull.text("state")?, pull.text_or_none("merged_at")?) {
        ("closed", Some(at)) => (Some(at), detail(PullRequestAction::Merged)?),
        ("closed", None) => (pull.text_or_none("closed_at")?, detail(PullRequestAction::Closed)?),
        _ => return Ok(()),
    };
    events.extend(history.event(at, None, closed));
    Ok(())
}

/// The reviews of a pull request that were sent off. One that was dismissed no longer says what it was.
fn reviews(history: &History, number: u64, events: &mut Vec<Event>) -> Result<(), OutboundError> {
    let path = ["pulls", &number.to_string(), "reviews"];
    let call = in_repository(Method::Get, history.repository, &path)?.query("per_page", PER_PAGE);
    first_pages(PAGES_OF_REVIEWS, FIELDS, &|page| ok(&call.page(page)), &mut |review| {
        let Some(state) = review_state(review.text("state")?) else {
            return Ok(());
        };
        let detail = Review {
            id: Some(review.id("id")?),
            state,
            author: author(review, "user")?,
            number,
            commit: commit_or_none(review, "commit_id")?,
        };
        let at = review.text_or_none("submitted_at")?;
        events.extend(history.event(at, actor(review, "user")?, Detail::Review(detail)));
        Ok(())
    })
}

/// The state that a word stands for; in upper case here, in deliveries in lower case.
fn review_state(word: &str) -> Option<ReviewState> {
    Some(match word {
        "APPROVED" => ReviewState::Approved,
        "CHANGES_REQUESTED" => ReviewState::ChangesRequested,
        "COMMENTED" => ReviewState::Commented,
        "DISMISSED" => ReviewState::Dismissed,
        _ => return None,
    })
}

/// Issues that were changed since. GitHub lists pull requests among them. Who closed one is not told.
pub fn issues(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let pairs = [&[("state", "all")], &changed_since(history)[..]].concat();
    list(history, &["issues"], &pairs, page, PER_PAGE, &mut |issue, events| {
        if issue.at_or_none("pull_request").is_some() {
            return Ok(true);
        }
        let opened = Issue {
            open: true,
            ..parse::issue(IssueAction::Opened, issue)?
        };
        let at = |path| issue.text_or_none(path);
        events.extend(history.event(at("created_at")?, actor(issue, "user")?, Detail::Issue(opened)));
        if at("state")? == Some("closed") {
            let closed = parse::issue(IssueAction::Closed, issue)?;
            events.extend(history.event(at("closed_at")?, None, Detail::Issue(closed)));
        }
        Ok(true)
    })
}

/// Comments of the whole repository that were changed since.
pub fn comments(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let pairs = changed_since(history);
    list(
        history,
        &["issues", "comments"],
        &pairs,
        page,
        PER_PAGE,
        &mut |written, events| {
            let address = written.text("issue_url")?;
            let Some(number) = address.rsplit('/').next().and_then(|number| number.parse().ok()) else {
                return Ok(true);
            };
            let comment = parse::comment(number, written)?;
            let page = comment.url.as_deref().unwrap_or_default();
            let comment = Comment {
                // The address of its page is the one thing that tells.
                on_pull_request: page.split('/').rev().nth(1) == Some("pull"),
                body: cut(&comment.body, MESSAGE_BYTES).to_owned(),
                ..comment
            };
            let at = written.text_or_none("created_at")?;
            events.extend(history.event(at, actor(written, "user")?, Detail::Comment(comment)));
            Ok(true)
        },
    )
}
