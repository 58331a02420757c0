//! Pull requests with their reviews, issues, and comments.

use forgegate_sdk::events::{
    Actor, Comment, Detail, Event, Issue, IssueAction, PullRequest, PullRequestAction, PullRequestState, Review,
    ReviewState,
};
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{History, Listed, OutboundError, first_pages};
use forgegate_sdk::text::cut;
use forgegate_sdk::{Method, commit_id};

use super::fields::FIELDS;
use super::{actor, list};
use crate::outbound::api::{PER_PAGE, in_repository};
use crate::parse::{self, time, user};

/// The length of a page of pull requests, each of which costs further calls for its reviews.
const PULLS: &str = "20";

/// The most pages of reviews that are read of one pull request.
const PAGES_OF_REVIEWS: u32 = 4;

/// The most bytes that are kept of a comment: a page holds many.
const COMMENT_BYTES: usize = 16 << 10;

/// Pull requests, the last changed first. One that is changed while they are read goes to the front, and a delivery tells of it.
pub fn pulls(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let pairs = [("state", "all"), ("sort", "recentupdate")];
    list(history, &["pulls"], &pairs, page, PULLS, &mut |pull, events| {
        if !history.holds(pull.text_or_none("updated_at")?) {
            return Ok(false);
        }
        opened_and_closed(history, pull, events)?;
        reviews(history, pull.number("number")?, events)?;
        Ok(true)
    })
}

/// The opening of a pull request, and its end if it has ended. The list does not tell that it was opened again.
fn opened_and_closed(history: &History, pull: Part, events: &mut Vec<Event>) -> Result<(), OutboundError> {
    let opened = PullRequest {
        state: PullRequestState::Open,
        ..parse::pull_request(PullRequestAction::Opened, pull)?
    };
    let at = time(pull, "created_at")?;
    events.extend(history.event(at.as_deref(), actor(pull, "user")?, Detail::PullRequest(opened)));
    let (action, at, by) = match pull.text("state")? {
        "open" => return Ok(()),
        _ if pull.flag("merged")? == Some(true) => (PullRequestAction::Merged, "merged_at", actor(pull, "merged_by")?),
        _ => (PullRequestAction::Closed, "closed_at", None),
    };
    let closed = parse::pull_request(action, pull)?;
    events.extend(history.event(time(pull, at)?.as_deref(), by, Detail::PullRequest(closed)));
    Ok(())
}

/// The reviews of a pull request. Their deliveries have neither number nor commit.
fn reviews(history: &History, number: u64, events: &mut Vec<Event>) -> Result<(), OutboundError> {
    let path = ["pulls", &number.to_string(), "reviews"];
    let call = in_repository(Method::Get, history.repository, &path)?.query("limit", PER_PAGE);
    first_pages(PAGES_OF_REVIEWS, FIELDS, &|page| call.page(page).ok(), &mut |review| {
        let Some(state) = review_state(review.text("state")?) else {
            return Ok(());
        };
        let detail = Review {
            id: Some(review.id("id")?),
            state,
            author: user(review.at("user"))?,
            number,
            commit: review.text_or_none("commit_id")?.and_then(commit_id),
        };
        let at = time(review, "submitted_at")?;
        events.extend(history.event(at.as_deref(), actor(review, "user")?, Detail::Review(detail)));
        Ok(())
    })
}

/// The state that a word stands for; none where the review is only asked for, or not sent off.
fn review_state(word: &str) -> Option<ReviewState> {
    Some(match word {
        "APPROVED" => ReviewState::Approved,
        "REQUEST_CHANGES" => ReviewState::ChangesRequested,
        "COMMENT" => ReviewState::Commented,
        _ => return None,
    })
}

/// Issues that were changed since, pull requests apart.
pub fn issues(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let pairs = [("state", "all"), ("type", "issues"), ("since", history.since)];
    list(history, &["issues"], &pairs, page, PER_PAGE, &mut |issue, events| {
        let opened = Issue {
            open: true,
            ..parse::issue(IssueAction::Opened, issue)?
        };
        let at = time(issue, "created_at")?;
        events.extend(history.event(at.as_deref(), actor(issue, "user")?, Detail::Issue(opened)));
        if issue.text("state")? == "closed" {
            let at = time(issue, "closed_at")?;
            let closed = Detail::Issue(parse::issue(IssueAction::Closed, issue)?);
            events.extend(history.event(at.as_deref(), None, closed));
        }
        Ok(true)
    })
}

/// Comments of the whole repository that were changed since.
pub fn comments(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let (path, pairs) = (["issues", "comments"], [("since", history.since)]);
    list(history, &path, &pairs, page, PER_PAGE, &mut |comment, events| {
        let pull = comment.owned("pull_request_url")?;
        let address = pull.clone().or(comment.owned("issue_url")?);
        let Some(number) = address.as_deref().and_then(last_number) else {
            return Ok(true);
        };
        let written = parse::comment(number, comment)?;
        let by = Actor {
            user: written.author.clone(),
            bot: actor(comment, "user")?.is_some_and(|actor| actor.bot),
        };
        let detail = Detail::Comment(Comment {
            body: cut(&written.body, COMMENT_BYTES).to_owned(),
            on_pull_request: pull.is_some(),
            ..written
        });
        let at = time(comment, "created_at")?;
        events.extend(history.event(at.as_deref(), Some(by), detail));
        Ok(true)
    })
}

/// The number with which an address ends.
fn last_number(address: &str) -> Option<u64> {
    address.rsplit('/').next()?.parse().ok()
}
