//! Names: each unique in its scope, and the way from an owner to what it owns.
//!
//! A key is the scope, the owner and the name; the value is the id. So the names of one owner lie together, and walking them lists
//! what it owns.

use std::ops::ControlFlow;

use forgegate_engine::{Direction, Rows, Span, StoreError, Table};
use forgegate_model::integration::IntegrationKind;
use forgegate_model::name::Name;

use crate::store::Tx;

const NAMES: Table = Table("names");

/// The scope in which a name is unique. The numbers are on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Organizations, which nobody owns.
    Organization = 1,
    /// Inbound integrations of an organization.
    Inbound = 2,
    /// Outbound integrations of an organization.
    Outbound = 3,
    /// Projects of an organization.
    Project = 4,
    /// Actions of a project.
    Action = 5,
}

impl Scope {
    /// The scope of integrations of a kind.
    pub(crate) const fn of(kind: IntegrationKind) -> Self {
        match kind {
            IntegrationKind::Inbound => Self::Inbound,
            IntegrationKind::Outbound => Self::Outbound,
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Inbound => "inbound integration",
            Self::Outbound => "outbound integration",
            Self::Project => "project",
            Self::Action => "action",
        }
    }
}

/// The owner of what nobody owns.
pub(crate) const NOBODY: [u8; 16] = [0; 16];

/// Takes a name for an id.
///
/// # Errors
/// `AlreadyExists` when another has it; then nothing was written.
pub(crate) fn take(
    tx: &mut Tx<'_>,
    scope: Scope,
    owner: &[u8; 16],
    name: &Name,
    id: &[u8; 16],
) -> Result<(), StoreError> {
    ensure_free(tx, scope, owner, name)?;
    tx.put(NAMES, &key(scope, owner, name), id)
}

/// Tells whether a name can be taken.
///
/// # Errors
/// `AlreadyExists` when another has it.
pub(crate) fn ensure_free(rows: &impl Rows, scope: Scope, owner: &[u8; 16], name: &Name) -> Result<(), StoreError> {
    match rows.get(NAMES, &key(scope, owner, name))? {
        Some(_) => Err(StoreError::AlreadyExists(format!("{} `{name}`", scope.noun()))),
        None => Ok(()),
    }
}

/// Gives a name back.
pub(crate) fn release(tx: &mut Tx<'_>, scope: Scope, owner: &[u8; 16], name: &Name) -> Result<(), StoreError> {
    tx.remove(NAMES, &key(scope, owner, name)).map(|_| ())
}

/// The ids of what an owner has in a scope, in the order of their names, at most so many.
pub(crate) fn owned(
    rows: &impl Rows,
    scope: Scope,
    owner: &[u8; 16],
    most: usize,
) -> Result<Vec<[u8; 16]>, StoreError> {
    let mut ids = Vec::new();
    let span = Span::prefix(&prefix(scope, owner), Direction::Up);
    rows.walk(NAMES, &span, &mut |_, id| {
        if ids.len() >= most {
            return Ok(ControlFlow::Break(()));
        }
        let id = id.try_into();
        ids.push(id.map_err(|_| StoreError::Unavailable("a name leads to no id".to_owned()))?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(ids)
}

fn prefix(scope: Scope, owner: &[u8; 16]) -> Vec<u8> {
    let mut key = vec![scope as u8];
    key.extend_from_slice(owner);
    key
}

fn key(scope: Scope, owner: &[u8; 16], name: &Name) -> Vec<u8> {
    let mut key = prefix(scope, owner);
    key.extend_from_slice(name.as_str().as_bytes());
    key
}
