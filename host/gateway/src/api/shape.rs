//! Shapes that several nouns share.

use std::cmp::Reverse;
use std::fmt::{self, Display};
use std::str::FromStr;
use std::sync::Arc;

use forgegate_api::{Items, UnlinkedResponse, UnlinkedView};
use forgegate_model::ids::{IntegrationId, OrganizationId, ProjectId};
use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::name::{InvalidName, Name};
use forgegate_storage::{Listed, Page, Unlinked};

use crate::core::Core;
use crate::response::{Code, Problem};

/// Shows what is on a page.
pub fn page_view<S, T>(listed: Listed<S>, show: impl FnMut(S) -> T) -> Items<T> {
    Items {
        items: listed.items.into_iter().map(show).collect(),
        next: listed.next,
    }
}

/// The answer to a deletion that cleared these links.
pub fn unlinked(core: &Core, links: &[Unlinked]) -> UnlinkedResponse {
    let view = |link: &Unlinked| match link {
        Unlinked::Trigger { project, trigger } => UnlinkedView {
            project: project_name(core, *project),
            trigger: Some(trigger.to_string()),
            action: None,
        },
        Unlinked::Action { project, action } => UnlinkedView {
            project: project_name(core, *project),
            trigger: None,
            action: Some(action.to_string()),
        },
    };
    UnlinkedResponse::new(links.iter().map(view).collect())
}

/// A page of what is in memory. The list is in the order of its keys, and the cursor is the last one's key, so that a page goes on
/// where it ended even when that item is gone.
///
/// # Errors
/// `bad_request` where the cursor is no key.
pub fn page_of<T, K>(all: Vec<T>, page: &Page, key: impl Fn(&T) -> K) -> Result<Listed<T>, Problem>
where
    K: Ord + FromStr + Display,
{
    let after = page.cursor.as_deref().map(str::parse::<K>).transpose();
    let after = after.map_err(|_| Problem::bad_request("the cursor is not one of this list"))?;
    let is_before = |item: &T| after.as_ref().is_some_and(|after| key(item) <= *after);
    let from = all.partition_point(is_before);
    let more = all.len() > from + page.limit;
    let items: Vec<T> = all.into_iter().skip(from).take(page.limit).collect();
    let next = items.last().filter(|_| more).map(|item| key(item).to_string());
    Ok(Listed { items, next })
}

/// An id as the key of a list whose newest comes first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Newest<K>(pub Reverse<K>);

impl<K> Newest<K> {
    /// The key of the item with this id.
    pub const fn of(id: K) -> Self {
        Self(Reverse(id))
    }
}

impl<K: FromStr> FromStr for Newest<K> {
    type Err = K::Err;

    fn from_str(text: &str) -> Result<Self, K::Err> {
        text.parse().map(Self::of)
    }
}

impl<K: Display> Display for Newest<K> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.0.fmt(out)
    }
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
pub fn organization_name(core: &Core, id: OrganizationId) -> Option<String> {
    core.store.directory().organization(id).map(|it| it.name.to_string())
}

/// The name of a project, while there is one.
pub fn project_name(core: &Core, id: ProjectId) -> Option<String> {
    core.store
        .directory()
        .project_by_id(id)
        .map(|entry| entry.project().name.to_string())
}

/// The name of an integration, while there is one.
pub fn integration_name(core: &Core, id: Option<IntegrationId>) -> Option<String> {
    core.store.directory().integration(id?).map(|it| it.name.to_string())
}

/// The integration of that kind that a text means, by name or id, within the organization.
///
/// # Errors
/// `bad_request` where there is none.
pub fn integration(
    core: &Core,
    organization: OrganizationId,
    kind: IntegrationKind,
    text: &str,
) -> Result<Arc<Integration>, Problem> {
    let directory = core.store.directory();
    let by_id = || {
        text.parse::<IntegrationId>()
            .ok()
            .and_then(|id| directory.integration(id))
    };
    let found = directory.integration_by_name(organization, kind, text).or_else(by_id);
    let fits = |it: &Arc<Integration>| it.organization == organization && it.kind == kind;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn page(cursor: Option<&str>, limit: usize) -> Page {
        Page {
            cursor: cursor.map(str::to_owned),
            limit,
        }
    }

    fn newest(rows: &[u64], cursor: Option<&str>) -> (Vec<u64>, Option<String>) {
        let listed = page_of(rows.to_vec(), &page(cursor, 2), |item| Newest::of(*item)).unwrap();
        (listed.items, listed.next)
    }

    #[test]
    fn a_page_goes_on_where_the_one_before_ended() {
        assert_eq!(newest(&[9, 7, 5], None), (vec![9, 7], Some("7".into())));
        assert_eq!(newest(&[9, 7, 5], Some("7")), (vec![5], None));
        assert_eq!(newest(&[9, 7], None), (vec![9, 7], None));
    }

    #[test]
    fn a_page_goes_on_where_the_row_of_its_cursor_is_gone() {
        assert_eq!(newest(&[9, 5, 3], Some("7")), (vec![5, 3], None));
        assert_eq!(newest(&[9], Some("7")), (vec![], None));
        let names = page_of(vec!["a", "c", "d"], &page(Some("b"), 1), |item| (*item).to_owned()).unwrap();
        assert_eq!((names.items, names.next.as_deref()), (vec!["c"], Some("c")));
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        assert!(page_of(vec![1_u64], &page(Some("x"), 1), |item| Newest::of(*item)).is_err());
    }
}
