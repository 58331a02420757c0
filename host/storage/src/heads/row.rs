//! The rows of heads, and the way from a head to its last one.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use forgegate_engine::{Engine, IndexEntry, RowKind, StoreError, Table};
use forgegate_model::crypto::sha256;
use forgegate_model::heads::{HeadName, Watermark};
use forgegate_model::ids::ProjectId;
use forgegate_model::project::Project;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::indexes;
use crate::projects;
use crate::rows::{PutRow, ReadRow, Row, decode};
use crate::store::{Shared, Snapshot, Tx};

/// Heads: an id that grows with every change of a project's heads → what is known since.
pub(crate) const HEADS: Table = Table("heads");

/// A head's row. The row with the greatest id counts; the others are swept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeadRow {
    pub(crate) project: ProjectId,
    /// Of which repository: a project that is given another begins anew.
    pub(crate) repository: [u8; 8],
    pub(crate) name: HeadName,
    pub(crate) watermark: Watermark,
}

impl Row for HeadRow {
    const VERSION: u8 = 1;
}

/// The index's value for a head: its last row, and what stands in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Last {
    pub(crate) row: [u8; 16],
    pub(crate) watermark: Watermark,
}

impl Row for Last {
    const VERSION: u8 = 1;
}

impl HeadRow {
    /// Its index entries.
    fn entries(&self, id: [u8; 16]) -> Result<Vec<IndexEntry>, StoreError> {
        let last = Last {
            row: id,
            watermark: self.watermark.clone(),
        };
        Ok(vec![
            IndexEntry::put(
                indexes::HEAD_OF_PROJECT,
                self.key().to_vec(),
                crate::rows::encode(&last)?,
            ),
            self.listed(id),
        ])
    }

    pub(crate) fn listed(&self, id: [u8; 16]) -> IndexEntry {
        IndexEntry::listed(indexes::HEADS_OF_PROJECT, self.project.as_bytes(), &id)
    }

    /// The way to the head's last row, on its way out.
    pub(crate) fn point_gone(&self) -> IndexEntry {
        IndexEntry::put(indexes::HEAD_OF_PROJECT, self.key().to_vec(), Vec::new()).removed()
    }

    pub(crate) fn key(&self) -> [u8; 16] {
        key(self.project, self.repository, &self.name)
    }
}

/// The kind of these rows. Its number is on disk.
pub(crate) const HEAD: RowKind = RowKind {
    number: 8,
    table: HEADS,
    entries: entries_of_row,
};

/// The index entries of a row.
fn entries_of_row(id: [u8; 16], row: &[u8]) -> Result<Vec<IndexEntry>, StoreError> {
    decode::<HeadRow>(HEADS, row)?.entries(id)
}

/// The last row of a head, with what this batch did.
pub(crate) fn last(tx: &Tx<'_>, project: &Project, name: &HeadName) -> Result<Option<Last>, StoreError> {
    let key = key(project.id, repository_key(&project.identity), name);
    match tx.lookup(indexes::HEAD_OF_PROJECT, &key)? {
        Some(bytes) => decode(HEADS, &bytes).map(Some),
        None => Ok(None),
    }
}

/// Appends what is known of a head from here on. Ids grow in the order of commits, whatever the order in which they were made: the
/// greatest counts.
pub(crate) fn append(
    tx: &mut Tx<'_>,
    id: Uuid,
    project: &Project,
    name: &HeadName,
    before: Option<Last>,
    watermark: Watermark,
) -> Result<(), StoreError> {
    let row = HeadRow {
        project: project.id,
        repository: repository_key(&project.identity),
        name: name.clone(),
        watermark,
    };
    let before = before.map(|last| last.row);
    let after = before.map_or(0, |id| u128::from_be_bytes(id).saturating_add(1));
    let id = id.as_u128().max(after).to_be_bytes();
    let mut entries = row.entries(id)?;
    entries.extend(before.map(|older| row.listed(older).removed()));
    tx.put_row(HEADS, &id, &row)?;
    tx.changed(&HEAD, id, entries);
    Ok(())
}

/// All that is known of a project's heads.
pub(crate) fn all(
    shared: &Shared,
    rows: &Snapshot,
    project: ProjectId,
) -> Result<Vec<(HeadName, Watermark)>, StoreError> {
    let here = repository_key(&projects::get(rows, project)?.identity);
    let mut heads = BTreeMap::new();
    shared
        .engine
        .list(indexes::HEADS_OF_PROJECT, project.as_bytes(), None, &mut |id| {
            // A row that the list has and this reading has not was appended since.
            if let Some(row) = rows.row::<HeadRow>(HEADS, &id)?.filter(|row| row.repository == here) {
                // The newest comes first; older ones are there still where the index was made anew.
                heads.entry(row.name).or_insert(row.watermark);
            }
            Ok(ControlFlow::Continue(()))
        })?;
    Ok(heads.into_iter().collect())
}

/// Tells repositories apart.
pub(crate) fn repository_key(identity: &str) -> [u8; 8] {
    first(&sha256(identity.as_bytes()))
}

fn key(project: ProjectId, repository: [u8; 8], name: &HeadName) -> [u8; 16] {
    let name = match name {
        HeadName::Branch(name) => [b"b".as_slice(), name.as_bytes()].concat(),
        HeadName::PullRequest(number) => [b"p".as_slice(), &number.to_be_bytes()].concat(),
    };
    let whole = [project.as_bytes().as_slice(), &repository, &name].concat();
    first(&sha256(&whole))
}

fn first<const N: usize>(hash: &[u8; 32]) -> [u8; N] {
    let mut first = [0; N];
    for (to, from) in first.iter_mut().zip(hash) {
        *to = *from;
    }
    first
}
