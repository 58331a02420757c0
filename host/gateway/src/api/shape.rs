//! Shapes that several nouns share.

use std::sync::Arc;

use forgegate_model::ids::{IntegrationId, OrganizationId, ProjectId};
use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::name::{InvalidName, Name};
use forgegate_storage::{Listed, Page};
use serde::Serialize;

use crate::gateway::Gateway;
use crate::response::{Code, Problem};

/// A page of a list, as it is shown.
#[derive(Serialize)]
pub struct Items<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next begins.
    pub next: Option<String>,
}

impl<T> Items<T> {
    /// Shows what is on a page.
    pub fn of<S>(listed: Listed<S>, show: impl FnMut(S) -> T) -> Self {
        Self {
            items: listed.items.into_iter().map(show).collect(),
            next: listed.next,
        }
    }

    /// A list that is whole.
    pub const fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}

/// What a deletion answers.
#[derive(Serialize)]
pub struct Deleted {
    deleted: bool,
}

impl Deleted {
    /// It is gone.
    pub const DONE: Self = Self { deleted: true };
}

/// A page of what is in memory, the newest first; the cursor is the last one's id.
///
/// # Errors
/// `bad_request` where the cursor is not one of this list.
pub fn page_of<T>(all: Vec<T>, page: &Page, id: impl Fn(&T) -> String) -> Result<Listed<T>, Problem> {
    let from = match &page.cursor {
        None => 0,
        Some(cursor) => {
            let place = all.iter().position(|row| id(row) == *cursor);
            place.ok_or_else(|| Problem::bad_request("the cursor is not one of this list"))? + 1
        }
    };
    let more = all.len() > from + page.limit;
    let items: Vec<T> = all.into_iter().skip(from).take(page.limit).collect();
    let next = items.last().filter(|_| more).map(id);
    Ok(Listed { items, next })
}

/// Reads a name.
///
/// # Errors
/// `invalid_name`.
pub fn name(text: &str) -> Result<Name, Problem> {
    text.parse()
        .map_err(|error: InvalidName| Problem::new(Code::InvalidName, error.to_string()))
}

/// The name of an organization, while there is one.
pub fn organization_name(gateway: &Gateway, id: OrganizationId) -> Option<String> {
    gateway
        .store
        .directory()
        .organization(id)
        .map(|row| row.name.to_string())
}

/// The name of a project, while there is one.
pub fn project_name(gateway: &Gateway, id: ProjectId) -> Option<String> {
    gateway
        .store
        .directory()
        .project_by_id(id)
        .map(|entry| entry.project().name.to_string())
}

/// The name of an integration, while there is one.
pub fn integration_name(gateway: &Gateway, id: Option<IntegrationId>) -> Option<String> {
    gateway
        .store
        .directory()
        .integration(id?)
        .map(|row| row.name.to_string())
}

/// The integration of that kind that a text means, by name or id, within the organization.
///
/// # Errors
/// `bad_request` where there is none.
pub fn integration(
    gateway: &Gateway,
    organization: OrganizationId,
    kind: IntegrationKind,
    text: &str,
) -> Result<Arc<Integration>, Problem> {
    let directory = gateway.store.directory();
    let by_id = || {
        text.parse::<IntegrationId>()
            .ok()
            .and_then(|id| directory.integration(id))
    };
    let found = directory.integration_by_name(organization, kind, text).or_else(by_id);
    let fits = |row: &Arc<Integration>| row.organization == organization && row.kind == kind;
    let word = kind_word(kind);
    found
        .filter(fits)
        .ok_or_else(|| Problem::bad_request(format!("the organization has no {word} integration `{text}`")))
}

/// The word of a kind.
pub const fn kind_word(kind: IntegrationKind) -> &'static str {
    match kind {
        IntegrationKind::Inbound => "inbound",
        IntegrationKind::Outbound => "outbound",
    }
}
