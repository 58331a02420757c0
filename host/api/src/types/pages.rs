//! Answers that all nouns have in common: pages of lists, deletions.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

/// A page of a list.
#[derive(Serialize)]
pub struct Items<T> {
    /// The things on it.
    pub items: Vec<T>,
    /// The cursor of the next page; null on the last.
    pub next: Option<String>,
}

impl<T> Items<T> {
    /// A list that is whole.
    #[must_use]
    pub const fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}

/// The schema of what is always `true`.
fn always() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Boolean)
        .enum_values(Some([true]))
        .description(Some("Always `true`."))
        .build()
}

/// The answer to a deletion.
#[derive(Serialize, ToSchema)]
pub struct Deleted {
    /// Always `true`.
    #[schema(schema_with = always)]
    deleted: bool,
}

impl Deleted {
    /// The answer that the object is gone.
    pub const DONE: Self = Self { deleted: true };
}

/// The answer to the deletion of what others were linked to.
#[derive(Serialize, ToSchema)]
pub struct UnlinkedResponse {
    /// Always `true`.
    #[schema(schema_with = always)]
    deleted: bool,
    /// The links that this cleared.
    unlinked: Vec<UnlinkedView>,
}

impl UnlinkedResponse {
    /// The answer that the object is gone, and that these links were cleared.
    #[must_use]
    pub const fn new(unlinked: Vec<UnlinkedView>) -> Self {
        Self {
            deleted: true,
            unlinked,
        }
    }
}

/// A link that a deletion cleared: of a trigger, by its id, or of an action, by its name.
#[derive(Serialize, ToSchema)]
pub struct UnlinkedView {
    /// The action's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub action: Option<String>,
    /// The name of the project.
    #[schema(required)]
    pub project: Option<String>,
    /// The trigger's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub trigger: Option<String>,
}
