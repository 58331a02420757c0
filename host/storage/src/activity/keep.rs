//! Keeping acts: each once, and counted when it is.

use std::collections::{BTreeMap, HashSet};

use forgegate_engine::{StoreError, Vault};
use forgegate_model::activity::{Act, Activity, Counter, Identity, Tally};
use forgegate_model::event::Kind;
use forgegate_model::ids::{OrganizationId, ProjectId};
use forgegate_model::timestamp::Timestamp;
use uuid::Uuid;

use super::days;
use super::row::{ACTIVITIES, ACTIVITY, ActRow, ActivityRow};
use crate::hash::half_hash;
use crate::indexes;
use crate::projects;
use crate::rows::PutRow;
use crate::store::{Shared, Tx};

/// Most activity entries that share a row.
const MOST: usize = 64;

/// Activity of some projects that one delivery brought.
#[derive(Clone, Debug, Default)]
pub struct ActivityBatch {
    /// The projects whose repository it is about, with the ids of their rows.
    pub projects: Vec<(ProjectId, Uuid)>,
    /// The activity entries.
    pub acts: Vec<Act>,
    /// What is counted of the delivery itself; none of one that was counted before, as a replay was.
    pub counted: Option<CountedDelivery>,
}

/// A delivery as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountedDelivery {
    /// The forge sent it.
    Sent(Kind),
    /// It was found by asking.
    Recovered(Kind),
}

/// Acts of one project with the row that they may become: sealed before the writer's time.
#[derive(Debug)]
pub(crate) struct SealedBatch {
    project: ProjectId,
    organization: OrganizationId,
    id: [u8; 16],
    at: Timestamp,
    acts: Vec<Act>,
    keys: Vec<Keys>,
    sealed: Vec<u8>,
    counted: Option<CountedDelivery>,
}

/// What an act is recognised by, as the view has it.
#[derive(Debug)]
struct Keys {
    asked: Vec<[u8; 16]>,
    noted: Vec<[u8; 16]>,
}

impl Keys {
    fn of(project: ProjectId, identity: &Identity) -> Self {
        let hashes = |names: &[String]| names.iter().map(|name| key(project, name)).collect();
        Self {
            asked: hashes(&identity.asked),
            noted: hashes(&identity.noted),
        }
    }
}

impl SealedBatch {
    /// Seals what a delivery tells. What belongs to an organization that is gone is left out.
    pub(crate) fn of_delivery(shared: &Shared, told: &ActivityBatch, at: Timestamp) -> Vec<Self> {
        let mut batches = Vec::with_capacity(told.projects.len());
        for (project, id) in &told.projects {
            let Some(entry) = shared.state.directory.project_by_id(*project) else {
                continue;
            };
            let organization = entry.project().organization;
            let acts = told.acts.iter().take(MOST).cloned().collect();
            match Self::seal(&shared.vault, (*project, organization), *id, acts, at) {
                Ok(telling) => batches.push(Self {
                    counted: told.counted,
                    ..telling
                }),
                Err(error) => tracing::warn!(%error, %project, "a project's activity is not kept"),
            }
        }
        batches
    }

    /// The project that is told.
    pub(crate) const fn project(&self) -> ProjectId {
        self.project
    }

    /// Seals acts, at most [`MOST`].
    fn seal(
        vault: &Vault,
        (project, organization): (ProjectId, OrganizationId),
        id: Uuid,
        acts: Vec<Act>,
        at: Timestamp,
    ) -> Result<Self, StoreError> {
        let id = *id.as_bytes();
        let keys = acts.iter().map(|act| Keys::of(project, &act.identity)).collect();
        let lines: Vec<Activity> = acts.iter().map(|act| act.activity.clone()).collect();
        let sealed = match lines.is_empty() {
            true => Vec::new(),
            false => ActivityRow::seal(vault, organization, &id, lines)?,
        };
        Ok(Self {
            project,
            organization,
            id,
            at,
            acts,
            keys,
            sealed,
            counted: None,
        })
    }
}

/// Keeps what was not known before, and counts it. Tells how many acts were new. A project that is gone keeps nothing.
pub(crate) fn keep(tx: &mut Tx<'_>, telling: &SealedBatch) -> Result<usize, StoreError> {
    let mut tallies: BTreeMap<u32, Tally> = BTreeMap::new();
    let mut row = ActivityRow {
        project: telling.project,
        organization: telling.organization,
        recorded_at: telling.at,
        acts: Vec::new(),
        sealed: Vec::new(),
    };
    let mut noted_here = HashSet::new();
    for (line, (act, Keys { asked, noted })) in telling.acts.iter().zip(&telling.keys).enumerate() {
        if is_known(tx, &noted_here, asked)? {
            continue;
        }
        noted_here.extend(noted.iter().copied());
        let at = act.activity.at;
        tallies.entry(days::day(at)).or_default().act(act);
        row.acts.push(ActRow {
            at,
            kind: act.activity.kind,
            line: u16::try_from(line).unwrap_or(u16::MAX),
            noted: noted.clone(),
        });
    }
    let kept = row.acts.len();
    if kept > 0 {
        row.sealed.clone_from(&telling.sealed);
        tx.put_row(ACTIVITIES, &telling.id, &row)?;
        tx.changed(&ACTIVITY, telling.id, row.entries(telling.id));
    }
    if let Some(heard) = telling.counted {
        let tally = tallies.entry(days::day(telling.at)).or_default();
        let (CountedDelivery::Sent(kind) | CountedDelivery::Recovered(kind)) = heard;
        tally.delivered(kind);
        if matches!(heard, CountedDelivery::Recovered(_)) {
            tally.count(Counter::DeliveriesRecovered);
        }
    }
    for (day, tally) in &tallies {
        days::add(tx, telling.project, *day, tally)?;
    }
    Ok(kept)
}

fn is_known(tx: &Tx<'_>, noted_here: &HashSet<[u8; 16]>, asked: &[[u8; 16]]) -> Result<bool, StoreError> {
    for key in asked {
        if noted_here.contains(key) || tx.lookup(indexes::ACTS, key)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Half a SHA-256 over the project and the name: what the index keeps.
fn key(project: ProjectId, name: &str) -> [u8; 16] {
    half_hash(&[project.as_bytes(), name.as_bytes()])
}

/// Acts that a list told, to be kept within another write.
#[derive(Debug)]
pub(crate) struct Listing {
    project: ProjectId,
    batches: Vec<SealedBatch>,
}

impl Listing {
    /// Seals acts of a project, in the order in which they are given; `ids` are those of the rows, one for each 64 acts.
    ///
    /// # Errors
    /// `NotFound` when the project is not there.
    pub(crate) fn seal(
        shared: &Shared,
        project: ProjectId,
        acts: Vec<Act>,
        ids: &mut dyn Iterator<Item = Uuid>,
        at: Timestamp,
    ) -> Result<Self, StoreError> {
        let entry = shared.state.directory.project_by_id(project);
        let entry = entry.ok_or_else(|| StoreError::NotFound(format!("project `{project}`")))?;
        let owners = (project, entry.project().organization);
        let rows = acts.chunks(MOST).zip(ids);
        let batches = rows.map(|(acts, id)| SealedBatch::seal(&shared.vault, owners, id, acts.to_vec(), at));
        Ok(Self {
            project,
            batches: batches.collect::<Result<_, _>>()?,
        })
    }

    /// Keeps what was not known before. Tells how many acts were new.
    ///
    /// # Errors
    /// `NotFound` when the project is gone: then nothing is kept.
    pub(crate) fn keep(&self, tx: &mut Tx<'_>) -> Result<usize, StoreError> {
        projects::get(tx, self.project)?;
        let mut kept = 0;
        for telling in &self.batches {
            kept += keep(tx, telling)?;
        }
        Ok(kept)
    }
}
