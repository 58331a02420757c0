//! A status at a commit.
//!
//! GitLab hangs a status on a pipeline: on the newest of the commit, or on one of its own making. There it changes the status of
//! that name that still runs, if the same account made it, and makes another where it has ended.

use forgegate_sdk::Method;
use forgegate_sdk::json::Object;
use forgegate_sdk::outbound::{Answer, OutboundError, Status, StatusState, truncate};
use forgegate_sdk::text::contains;

use super::api::{PER_PAGE, Reader, call, own_id, project, tree};

/// The most characters of a name, sentence or address. For the address GitLab says so; for the others `[K]`.
const CHARS: usize = 255;

/// The beginning of refs of merge requests.
const REQUESTS: &str = "refs/merge-requests/";

/// The route of earlier reports: the number of the pipeline, as far as GitLab tells it `[K]`, and whether it had to be
/// asked for under the ref of the merge request.
#[derive(Clone, Default, PartialEq, Debug)]
struct Route {
    pipeline: Option<String>,
    by_request: bool,
}

/// Written after the pipeline's number.
const BY_REQUEST: char = '@';

/// Shows the status. Answers the route.
pub fn report(status: &Status) -> Result<Option<String>, OutboundError> {
    let route = Route::of(status.previous.as_deref());
    // One that still runs is found again by GitLab itself.
    if status.attempted && is_final(status.state) && is_there(status)? {
        return Ok(route.written());
    }
    post_by_some_route(status, route).map(|route| route.written())
}

fn post_by_some_route(status: &Status, mut route: Route) -> Result<Route, OutboundError> {
    let request = status.fetch_ref.as_deref().filter(|name| name.starts_with(REQUESTS));
    let mut answer = post(status, &route)?;
    if route.pipeline.is_some() && matches!(answer.status(), 404 | 422) {
        // The pipeline is gone, or full.
        route.pipeline = None;
        answer = post(status, &route)?;
    }
    // Without a ref GitLab looks for a branch with the commit. For a fork's there is none in this project.
    if answer.status() == 404 && request.is_some() && !route.by_request {
        route.by_request = true;
        answer = post(status, &route)?;
    }
    if is_done(&answer, status.state) {
        return Ok(route);
    }
    let answer = answer.ok()?;
    let (tree, read) = (tree(&answer)?, Reader::default());
    let told = read.id_or_none(tree.root(), "pipeline_id");
    route.pipeline = told.or(route.pipeline);
    read.done(route)
}

fn post(status: &Status, route: &Route) -> Result<Answer, OutboundError> {
    let pipeline = route.pipeline.as_deref();
    let body = Object::new()
        .text("state", word(status.state))
        .text("name", &truncate(&status.context, CHARS))
        .text_if("ref", ref_name(status, route))
        .text_if("target_url", status.url.as_deref().filter(|url| is_address(url)))
        .text_if(
            "description",
            status
                .description
                .as_deref()
                .map(|text| truncate(text, CHARS))
                .as_deref(),
        )
        .text_if("pipeline_id", pipeline);
    let path = [project(&status.repository), &status.sha];
    call(Method::Post, "projects/{}/statuses/{}", &path, &[])
        .json(body)
        .send()
}

/// The name of the branch or tag. None for a merge request, whose source may be a branch of a fork that is named like one of
/// the project: there GitLab finds the branch by the commit.
fn ref_name<'a>(status: &'a Status, route: &Route) -> Option<&'a str> {
    match status.fetch_ref.as_deref() {
        Some(name) if name.starts_with(REQUESTS) => Some(name).filter(|_| route.by_request),
        _ => {
            let name = status.ref_.as_deref()?;
            let short = name
                .strip_prefix("refs/heads/")
                .or_else(|| name.strip_prefix("refs/tags/"));
            Some(short.unwrap_or(name))
        }
    }
}

/// Tells whether GitLab shows the state, or a later one, already: a status that runs does not begin once more.
fn is_done(answer: &Answer, state: StatusState) -> bool {
    let message = answer.message().unwrap_or_default();
    let refused = answer.status() == 400 && message.starts_with("Cannot transition status");
    let stands = [" from :", word(state)].concat();
    refused && (!is_final(state) || contains(&message, &stands))
}

/// Tells whether an earlier attempt arrived: whether the newest of our own statuses of this name says the same.
fn is_there(status: &Status) -> Result<bool, OutboundError> {
    let path = [project(&status.repository), &status.sha];
    let name = truncate(&status.context, CHARS);
    let query = [("name", &*name), ("per_page", PER_PAGE)];
    let statuses = call(Method::Get, "projects/{}/repository/commits/{}/statuses", &path, &query);
    let Some(answer) = statuses.found()? else {
        return Ok(false);
    };
    let (tree, read) = (tree(&answer)?, Reader::default());
    let url = status.url.as_deref().filter(|url| is_address(url));
    let mut authors = Vec::new();
    for one in read.items(tree.root()) {
        let says = read.text(one, "status") == word(status.state) && read.text_or_none(one, "target_url") == url;
        authors.extend(read.id_or_none(one, "author.id").filter(|_| says));
    }
    read.done(())?;
    Ok(!authors.is_empty() && authors.contains(&own_id()?))
}

/// GitLab has no word for what could not be tried, nor for what waits for an approval.
fn word(state: StatusState) -> &'static str {
    match state {
        StatusState::Queued | StatusState::ActionRequired => "pending",
        StatusState::Running => "running",
        StatusState::Succeeded => "success",
        StatusState::Failed | StatusState::Errored => "failed",
        StatusState::Cancelled => "canceled",
        StatusState::Skipped => "skipped",
    }
}

fn is_final(state: StatusState) -> bool {
    !matches!(
        state,
        StatusState::Queued | StatusState::ActionRequired | StatusState::Running
    )
}

/// GitLab refuses a status whose address it does not take: better none.
fn is_address(url: &str) -> bool {
    let begins = url.starts_with("https://") || url.starts_with("http://");
    begins && url.chars().count() <= CHARS
}

impl Route {
    fn of(previous: Option<&str>) -> Self {
        let text = previous.unwrap_or_default();
        let number = text.trim_end_matches(BY_REQUEST);
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        Self {
            pipeline: is_number.then(|| number.to_owned()),
            by_request: text.ends_with(BY_REQUEST),
        }
    }

    fn written(mut self) -> Option<String> {
        let mut text = self.pipeline.take().unwrap_or_default();
        if self.by_request {
            text.push(BY_REQUEST);
        }
        Some(text).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_read_as_it_was_written() {
        for text in ["47", "47@", "@"] {
            assert_eq!(Route::of(Some(text)).written().as_deref(), Some(text));
        }
        assert_eq!(Route::of(None), Route::default());
        assert_eq!(Route::of(Some("of another plugin")), Route::default());
        assert_eq!(Route::default().written(), None);
    }

    #[test]
    fn only_addresses_that_gitlab_takes_are_sent() {
        assert!(is_address("https://ci.example.com/e/1"));
        assert!(!is_address("javascript:alert(1)"));
        assert!(!is_address(&["https://", &"a".repeat(248)].concat()));
        assert!(is_address(&["https://", &"a".repeat(247)].concat()));
    }
}
