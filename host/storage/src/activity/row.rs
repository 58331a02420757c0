//! The row of what one telling brought to a project.

use forgegate_engine::{IndexEntry, RowKind, SealContext, StoreError, Table, Vault};
use forgegate_model::activity::{Activity, ActivityKind};
use forgegate_model::ids::{OrganizationId, ProjectId};
use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::indexes;
use crate::rows::{Row, decode};
use crate::store::tenant;

/// Activities: id → what one telling brought.
pub(crate) const ACTIVITIES: Table = Table("activities");

/// Activity entries that one batch brought to one project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ActivityRow {
    pub(crate) project: ProjectId,
    pub(crate) organization: OrganizationId,
    /// When it was written: how long it is kept is counted from here.
    pub(crate) recorded_at: Timestamp,
    pub(crate) acts: Vec<ActRow>,
    /// The lines, as [`Private`].
    pub(crate) sealed: Vec<u8>,
}

/// The unsealed part of an activity entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ActRow {
    pub(crate) at: Timestamp,
    pub(crate) kind: ActivityKind,
    /// Which of the sealed lines it is: what was known before is sealed and not listed.
    pub(crate) line: u16,
    /// The hashes by which the entry is recognised when it comes again.
    pub(crate) noted: Vec<[u8; 16]>,
}

/// The sealed part of the row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Private {
    pub(crate) lines: Vec<Activity>,
}

impl Row for ActivityRow {
    const VERSION: u8 = 1;
}

impl ActivityRow {
    /// Seals the entries' texts.
    pub(crate) fn seal(
        vault: &Vault,
        organization: OrganizationId,
        id: &[u8; 16],
        lines: Vec<Activity>,
    ) -> Result<Vec<u8>, StoreError> {
        let plain = postcard::to_allocvec(&Private { lines })
            .map(Zeroizing::new)
            .map_err(|error| StoreError::Invalid(format!("activities cannot be encoded: {error}")))?;
        vault.seal(tenant(organization), &context(id), &plain)
    }

    /// The entries' texts, in the order of the entries.
    pub(crate) fn open(&self, vault: &Vault, id: &[u8; 16]) -> Result<Vec<Activity>, StoreError> {
        let plain = vault.open(tenant(self.organization), &context(id), &self.sealed)?;
        postcard::from_bytes(&plain)
            .map(|private: Private| private.lines)
            .map_err(|_| StoreError::Unavailable("activities cannot be decoded".to_owned()))
    }

    /// Its index entries.
    pub(crate) fn entries(&self, id: [u8; 16]) -> Vec<IndexEntry> {
        let mut entries = Vec::with_capacity(self.acts.len() * 2);
        for act in &self.acts {
            let noted = act.noted.iter();
            entries.extend(noted.map(|it| IndexEntry::put(indexes::ACTS, it.to_vec(), id.to_vec())));
            let key = self.listed(act, &id);
            entries.push(IndexEntry::put(
                indexes::ACTIVITIES_OF_PROJECT,
                key,
                vec![act.kind as u8],
            ));
        }
        entries
    }

    /// The key of an act in the list of its project: by time, then by row.
    fn listed(&self, act: &ActRow, id: &[u8; 16]) -> Vec<u8> {
        let time = sortable(act.at);
        [self.project.as_bytes().as_slice(), &time, id, &act.line.to_be_bytes()].concat()
    }
}

/// A time as bytes that sort as it does, before 1970 too.
pub(crate) fn sortable(at: Timestamp) -> [u8; 8] {
    (at.micros() ^ i64::MIN).to_be_bytes()
}

fn context(id: &[u8; 16]) -> SealContext<'_> {
    SealContext::new(ACTIVITIES.0, id, "lines")
}

/// The kind of these rows. Its number is on disk.
pub(crate) const ACTIVITY: RowKind = RowKind {
    number: 4,
    table: ACTIVITIES,
    entries: entries_of_row,
};

/// The index entries of a row.
fn entries_of_row(id: [u8; 16], row: &[u8]) -> Result<Vec<IndexEntry>, StoreError> {
    let row: ActivityRow = decode(ACTIVITIES, row)?;
    Ok(row.entries(id))
}
