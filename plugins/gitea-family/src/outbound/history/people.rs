//! Pull requests with their reviews, issues, and comments.

use forgegate_sdk::commit_id;
use forgegate_sdk::events::{
    Actor, Comment, Detail, Event, Issue, IssueAction, PullRequest, PullRequestAction, PullRequestState, Review,
    ReviewState,
};
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{Call, History, Listed, OutboundError, owner_and_name};

use super::{actor, ask, entries, newest_first, tree};
use crate::outbound::{PAGE, after, number_of};
use crate::parse::{self, cut, time, user};

/// Each pull request costs further calls for its reviews.
const PULLS: &str = "20";

/// The most pages of reviews that are read of one pull request.
const PAGES_OF_REVIEWS: u32 = 4;

/// What is kept of a comment: a page holds many.
const COMMENT_BYTES: usize = 16 << 10;

/// Pull requests, the last changed first. One that is changed while they are read goes to the front, and a delivery tells of it.
pub fn pulls(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let pairs = [("state", "all"), ("sort", "recentupdate")];
    newest_first(history, &["pulls"], &pairs, page, PULLS, &mut |pull, events| {
        if !history.holds(pull.text_or_none("updated_at")?) {
            return Ok(false);
        }
        acts_on_pull(history, pull, events)?;
        reviews(history, pull.number("number")?, events)?;
        Ok(true)
    })
}

/// It was opened, and perhaps closed. Opened again tells nobody.
fn acts_on_pull(history: &History, pull: Part, events: &mut Vec<Event>) -> Result<(), OutboundError> {
    let author = actor(pull, "user")?;
    let opened = PullRequest {
        state: PullRequestState::Open,
        ..parse::pull_request(PullRequestAction::Opened, pull)?
    };
    let told = |path| time(pull, path);
    events.extend(history.event(told("created_at")?.as_deref(), author, Detail::PullRequest(opened)));
    let (action, at, by) = match pull.text("state")? {
        "open" => return Ok(()),
        _ if pull.flag("merged")? == Some(true) => {
            (PullRequestAction::Merged, told("merged_at")?, actor(pull, "merged_by")?)
        }
        _ => (PullRequestAction::Closed, told("closed_at")?, None),
    };
    let closed = parse::pull_request(action, pull)?;
    events.extend(history.event(at.as_deref(), by, Detail::PullRequest(closed)));
    Ok(())
}

/// The reviews of a pull request. Their deliveries have neither number nor commit.
fn reviews(history: &History, number: u64, events: &mut Vec<Event>) -> Result<(), OutboundError> {
    let (owner, name) = owner_and_name(history.repository)?;
    let path = ["repos", owner, name, "pulls", &number.to_string(), "reviews"];
    let call = Call::get(&path).query("limit", PAGE);
    let mut page = 1;
    for _ in 0..PAGES_OF_REVIEWS {
        let Some(answer) = call.clone().query("page", &page.to_string()).found()? else {
            return Ok(());
        };
        for review in entries(&tree(&answer)?)? {
            let Some(state) = review_state(review.text("state")?) else {
                continue;
            };
            let author = user(review.at("user"))?;
            let by = actor(review, "user")?;
            let told = Review {
                id: Some(review.id("id")?),
                state,
                author,
                number,
                commit: review.text_or_none("commit_id")?.and_then(commit_id),
            };
            let at = time(review, "submitted_at")?;
            events.extend(history.event(at.as_deref(), by, Detail::Review(told)));
        }
        match after(page, &answer) {
            Some(next) => page = next,
            None => return Ok(()),
        }
    }
    Ok(())
}

/// None where it is only asked for, or not sent off.
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
    all(history, &["issues"], &pairs, page, |issue, events| {
        let told = |action| parse::issue(action, issue);
        let opened = Issue {
            open: true,
            ..told(IssueAction::Opened)?
        };
        let at = time(issue, "created_at")?;
        events.extend(history.event(at.as_deref(), actor(issue, "user")?, Detail::Issue(opened)));
        if issue.text("state")? == "closed" {
            let at = time(issue, "closed_at")?;
            let closed = Detail::Issue(told(IssueAction::Closed)?);
            events.extend(history.event(at.as_deref(), None, closed));
        }
        Ok(())
    })
}

/// Comments of the whole repository that were changed since.
pub fn comments(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let pairs = [("since", history.since)];
    all(history, &["issues", "comments"], &pairs, page, |comment, events| {
        let pull = comment.owned("pull_request_url")?;
        let place = pull.clone().or(comment.owned("issue_url")?);
        let number = place.as_deref().and_then(last_number);
        let Some(number) = number else { return Ok(()) };
        let told = parse::comment(number, comment)?;
        let told = Comment {
            body: cut(&told.body, COMMENT_BYTES).to_owned(),
            on_pull_request: pull.is_some(),
            ..told
        };
        let by = Actor {
            user: told.author.clone(),
            bot: actor(comment, "user")?.is_some_and(|actor| actor.bot),
        };
        let at = time(comment, "created_at")?;
        events.extend(history.event(at.as_deref(), Some(by), Detail::Comment(told)));
        Ok(())
    })
}

/// A page of a list that holds only what was changed since.
fn all(
    history: &History,
    path: &[&str],
    pairs: &[(&str, &str)],
    page: Option<&str>,
    read: impl Fn(Part<'_>, &mut Vec<Event>) -> Result<(), OutboundError>,
) -> Result<Listed, OutboundError> {
    let number = number_of(page)?;
    let answer = ask(history, path, pairs, number, PAGE)?;
    let mut events = Vec::new();
    for entry in entries(&tree(&answer)?)? {
        read(entry, &mut events)?;
    }
    Ok(Listed {
        events,
        next: after(number, &answer).map(|next| next.to_string()),
    })
}

/// The number with which an address ends.
fn last_number(address: &str) -> Option<u64> {
    address.rsplit('/').next()?.parse().ok()
}
