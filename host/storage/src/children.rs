//! Rows that belong to a project.

use std::ops::ControlFlow;

use forgegate_engine::{Direction, Rows, Span, StoreError, Table};
use forgegate_model::ids::ProjectId;

use crate::rows::{Row, decode};

/// The key of a trigger or action: its project, then its own id, so that those of a project lie together by age.
pub(crate) fn child_key(project: ProjectId, id: &[u8; 16]) -> [u8; 32] {
    let mut key = [0; 32];
    let bytes = project.as_bytes().iter().chain(id);
    for (to, from) in key.iter_mut().zip(bytes) {
        *to = *from;
    }
    key
}

/// The rows of a project in a table, the oldest first.
pub(crate) fn children<R: Row>(rows: &impl Rows, table: Table, project: ProjectId) -> Result<Vec<R>, StoreError> {
    let mut found = Vec::new();
    let span = Span::prefix(project.as_bytes(), Direction::Up);
    rows.walk(table, &span, &mut |_, bytes| {
        found.push(decode(table, bytes)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}
