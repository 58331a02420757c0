//! Heads: for each project, what was last seen of each branch and open pull request, and when the forge was last asked.
//!
//! What a head's deliveries and looks mean is decided in `forgegate_model::heads`. Every change of a watermark appends a row, so that the
//! transaction of a delivery touches growing keys alone; an index leads from the head to its last row, and the rows before it are swept.

mod look;
mod row;
mod state;

use forgegate_engine::StoreError;
use forgegate_model::heads::{HeadMove, HeadName, Watermark};
use forgegate_model::ids::ProjectId;
use forgegate_model::timestamp::Timestamp;

use crate::store::Store;

pub(crate) use look::forget;
pub use look::{ObservedHeads, Poll, PollKey};
pub(crate) use row::{HEAD, HEADS, HeadRow, Last, repository_key};
pub(crate) use state::{note, still_missed, was_stated};

/// The head that a delivery tells of, and the projects whose repository it is, also those that want nothing of it.
#[derive(Clone, Debug)]
pub struct HeadChange {
    /// The move of the head.
    pub moved: HeadMove,
    /// Whose repository it is.
    pub projects: Vec<ProjectId>,
    /// Who tells.
    pub by: HeadSource,
}

/// Who tells of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadSource {
    /// The forge, by a delivery.
    Delivery,
    /// The forge, by a delivery that is taken up again: it tells nothing that is not known.
    Replay,
    /// The gateway, which asked the forge then.
    Poll(Timestamp),
}

impl Store {
    /// The known heads of a project's repository, in no order.
    ///
    /// # Errors
    /// `NotFound` for the project, or when storage is unavailable.
    pub async fn heads(&self, project: ProjectId) -> Result<Vec<(HeadName, Watermark)>, StoreError> {
        self.read(move |shared, rows| row::all(shared, rows, project)).await
    }
}
