//! Events, as `inbound.parse` gives them.

mod automation;
mod code;
mod people;

use forgegate_model::event::{Actor, Detail, Event, Repository, User};

use super::{Checked, caps};
use crate::bindings::forgegate::plugin::events as wit;

pub(super) use people::review_state;

/// Clone URLs of one repository.
const MOST_URLS: usize = 16;
/// People or labels on one thing.
const MOST_PEOPLE: usize = 100;
const MOST_LABELS: usize = 100;

/// Translates an event; its delivery's id comes from the proof, never from the plugin.
pub(crate) fn event(event: wit::Event, delivery_id: Option<&str>) -> Checked<Event> {
    Ok(Event {
        repository: event.repository.map(repository).transpose()?,
        actor: event.actor.map(actor).transpose()?,
        time: caps::line_or_none("time", event.time)?,
        installation: caps::line_or_none("installation", event.installation)?,
        delivery_id: delivery_id.map(str::to_owned),
        detail: detail(event.detail)?,
    })
}

fn detail(detail: wit::Detail) -> Checked<Detail> {
    Ok(match detail {
        wit::Detail::Push(it) => Detail::Push(code::push(it)?),
        wit::Detail::Tag(it) => Detail::Tag(code::tag(it)?),
        wit::Detail::PullRequest(it) => Detail::PullRequest(code::pull_request(it)?),
        wit::Detail::Comment(it) => Detail::Comment(people::comment(it)?),
        wit::Detail::Review(it) => Detail::Review(people::review(it)?),
        wit::Detail::Release(it) => Detail::Release(people::release(it)?),
        wit::Detail::Issue(it) => Detail::Issue(people::issue(it)?),
        wit::Detail::Pipeline(it) => Detail::Pipeline(automation::pipeline(it)?),
        wit::Detail::Job(it) => Detail::Job(automation::job(it)?),
        wit::Detail::Deployment(it) => Detail::Deployment(automation::deployment(it)?),
        wit::Detail::Wiki(it) => Detail::Wiki(people::wiki(it)?),
        wit::Detail::MergeGroup(it) => Detail::MergeGroup(code::merge_group(it)?),
        wit::Detail::Repository(it) => Detail::Repository(automation::repository(it)?),
        wit::Detail::Installation(it) => Detail::Installation(automation::installation(it)?),
        wit::Detail::Ping => Detail::Ping,
        wit::Detail::Unknown(name) => Detail::Unknown(caps::line("unknown", name)?),
    })
}

fn repository(it: wit::Repository) -> Checked<Repository> {
    Ok(Repository {
        id: caps::line_or_none("repository.id", it.id)?,
        full_name: caps::word("repository.full-name", it.full_name)?,
        urls: caps::lines("repository.urls", it.urls, MOST_URLS)?,
        web_url: caps::line_or_none("repository.web-url", it.web_url)?,
        default_branch: caps::line_or_none("repository.default-branch", it.default_branch)?,
    })
}

fn actor(it: wit::Actor) -> Checked<Actor> {
    Ok(Actor {
        user: user("actor", it.user)?,
        bot: it.bot,
    })
}

fn user(item: &str, it: wit::User) -> Checked<User> {
    Ok(User {
        id: caps::line_or_none(item, it.id)?,
        login: caps::line(item, it.login)?,
    })
}

fn users(item: &str, entries: Vec<wit::User>) -> Checked<Vec<User>> {
    caps::list(item, entries, MOST_PEOPLE, |it| user(item, it))
}

#[cfg(test)]
mod tests;
