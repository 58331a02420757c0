//! Looks at forges: when each was last asked, and what a look finds that makes no delivery.

use forgegate_engine::{StoreError, Table, Write};
use forgegate_model::crypto::sha256;
use forgegate_model::heads::{HeadComparison, HeadName};
use forgegate_model::ids::{DerivedIds, ProjectId};
use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::row;
use crate::memory::MemoryState;
use crate::projects;
use crate::rows::{PutRow, ReadRow, Row};
use crate::store::{Store, Tx};

/// Looks: what was looked at → the last that had an answer.
const LOOKS: Table = Table("looks");

/// Most heads that one transaction notes: deliveries wait meanwhile.
const STEP: usize = 500;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PollKey {
    /// The heads of a project's repository.
    Heads(ProjectId),
    /// The deliveries of something that has a hook: any 16 bytes that tell it from others.
    Hook([u8; 16]),
}

/// The last look that had an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poll {
    /// What was looked at, by the name that it had: a project's repository, a hook. Another one there is another look.
    pub at: String,
    /// The time at which the forge was asked.
    pub asked: Timestamp,
}

impl Row for Poll {
    const VERSION: u8 = 1;
}

/// Heads that a look found, of which nothing is to be made: they stood there at the first look, or are known.
#[derive(Clone, Debug)]
pub struct ObservedHeads {
    /// The project's id.
    pub project: ProjectId,
    /// The time at which the forge was asked.
    pub asked: Timestamp,
    /// The heads, and where they stand; none where they are gone.
    pub heads: Vec<(HeadName, Option<String>)>,
}

impl PollKey {
    /// The hook of this name.
    #[must_use]
    pub fn hook(name: &str) -> Self {
        let mut first = [0; 16];
        for (to, from) in first.iter_mut().zip(sha256(name.as_bytes())) {
            *to = from;
        }
        Self::Hook(first)
    }

    fn bytes(self) -> [u8; 17] {
        let (kind, id) = match self {
            Self::Heads(project) => (0, *project.as_bytes()),
            Self::Hook(id) => (1, id),
        };
        let mut bytes = [kind; 17];
        for (to, from) in bytes.iter_mut().skip(1).zip(id) {
            *to = from;
        }
        bytes
    }
}

impl Store {
    /// The last look that had an answer.
    ///
    /// # Errors
    /// When storage is unavailable.
    pub async fn last_look(&self, key: PollKey) -> Result<Option<Poll>, StoreError> {
        self.read(move |_, rows| rows.row(LOOKS, &key.bytes())).await
    }

    /// Writes down that a look had an answer.
    ///
    /// # Errors
    /// When storage is unavailable.
    pub async fn note_look(&self, key: PollKey, look: Poll) -> Result<(), StoreError> {
        self.write(NoteLook { key, look }).await
    }

    /// Writes down where heads stand of which nothing is to be made, in steps. What a delivery told of after the forge was asked stays as
    /// it is. `id` is a fresh one.
    ///
    /// # Errors
    /// When storage is unavailable; what was done is done.
    pub async fn note_heads(&self, id: Uuid, seen: ObservedHeads) -> Result<(), StoreError> {
        let mut ids = DerivedIds::of(id);
        for heads in seen.heads.chunks(STEP) {
            let seen = ObservedHeads {
                heads: heads.to_vec(),
                ..seen
            };
            self.write(NoteHeads { id: ids.fresh(), seen }).await?;
        }
        Ok(())
    }
}

struct NoteLook {
    key: PollKey,
    look: Poll,
}

impl Write<MemoryState> for NoteLook {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        tx.put_row(LOOKS, &self.key.bytes(), &self.look)
    }
}

struct NoteHeads {
    id: Uuid,
    seen: ObservedHeads,
}

impl Write<MemoryState> for NoteHeads {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let project = match projects::get(tx, self.seen.project) {
            Err(StoreError::NotFound(_)) => return Ok(()),
            project => project?,
        };
        let mut ids = DerivedIds::of(self.id);
        for (name, there) in &self.seen.heads {
            let last = row::last(tx, &project, name)?;
            let mut watermark = last.as_ref().map(|it| it.watermark.clone()).unwrap_or_default();
            if let HeadComparison::Still | HeadComparison::Busy = watermark.compare(there.as_deref(), self.seen.asked) {
                continue;
            }
            watermark.note(there.as_deref());
            row::append(tx, ids.fresh(), &project, name, last, watermark)?;
        }
        Ok(())
    }
}

/// Forgets a look: its project is gone.
pub(crate) fn forget(tx: &mut Tx<'_>, project: ProjectId) -> Result<(), StoreError> {
    tx.remove(LOOKS, &PollKey::Heads(project).bytes()).map(|_| ())
}
