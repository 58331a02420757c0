//! Views: whatever is asked by another key than a row's own.
//!
//! The rows are the truth; every view can be made from them. A transaction appends to `changes`, under a number that the writer counts
//! up, one entry for each row made, changed or removed. A thread of its own applies them to a second file in sorted steps, so that a
//! scattered key never weighs on a request. A question takes that file and, from memory, what was committed and is not yet applied.

mod applier;
mod changes;
mod file;
mod filter;
mod pending;
mod question;
mod rebuild;

use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) use applier::Applier;
pub(crate) use changes::{Change, Noun, append, last_change, trim};
pub(crate) use file::ViewFile;
pub(crate) use filter::Filter;
pub(crate) use pending::Pending;
pub(crate) use rebuild::{BroughtUp, bring_up};

use crate::rows::Table;

/// The views. The numbers are on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(crate) enum View {
    /// De-duplication: the hash of a delivery's key → its id and time.
    Seen = 0,
    /// The hash of where a delivery came in and its digest → its id and time.
    Bytes = 1,
    /// An organization and a delivery.
    DeliveriesOfOrganization = 2,
    /// An integration and a delivery.
    DeliveriesOfIntegration = 3,
    /// A project and a delivery.
    DeliveriesOfProject = 4,
    /// An organization and an evaluation.
    EvaluationsOfOrganization = 5,
    /// A project and an evaluation.
    EvaluationsOfProject = 6,
    /// The hash of a commit and an evaluation.
    EvaluationsOfCommit = 7,
    /// An organization and an entry of the audit log.
    AuditOfOrganization = 8,
    /// An organization and a status.
    StatusesOfOrganization = 9,
    /// A project and a status.
    StatusesOfProject = 10,
    /// An integration and a status.
    StatusesOfIntegration = 11,
    /// A lane of statuses → the last one's id.
    StatusOfLane = 12,
    /// What an act is recognised by → the row that has it.
    Acts = 13,
    /// A project, a time, a row and a line of it → the kind of the act.
    ActivitiesOfProject = 14,
    /// The hash of a project's head → its last row, with what is known of it.
    HeadOfProject = 20,
    /// A project and the last row of a head.
    HeadsOfProject = 21,
    /// What was obeyed once: the hash of a project and a comment or review → the delivery that brought it.
    Obeyed = 15,
    /// The hash of a project's pull request and an evaluation.
    EvaluationsOfPullRequest = 16,
}

impl View {
    pub(crate) const ALL: [Self; 19] = [
        Self::Seen,
        Self::Bytes,
        Self::DeliveriesOfOrganization,
        Self::DeliveriesOfIntegration,
        Self::DeliveriesOfProject,
        Self::EvaluationsOfOrganization,
        Self::EvaluationsOfProject,
        Self::EvaluationsOfCommit,
        Self::AuditOfOrganization,
        Self::StatusesOfOrganization,
        Self::StatusesOfProject,
        Self::StatusesOfIntegration,
        Self::StatusOfLane,
        Self::Acts,
        Self::ActivitiesOfProject,
        Self::HeadOfProject,
        Self::HeadsOfProject,
        Self::Obeyed,
        Self::EvaluationsOfPullRequest,
    ];

    const fn table(self) -> Table {
        match self {
            Self::Seen => Table("seen"),
            Self::Bytes => Table("bytes"),
            Self::DeliveriesOfOrganization => Table("deliveries_of_organization"),
            Self::DeliveriesOfIntegration => Table("deliveries_of_integration"),
            Self::DeliveriesOfProject => Table("deliveries_of_project"),
            Self::EvaluationsOfOrganization => Table("evaluations_of_organization"),
            Self::EvaluationsOfProject => Table("evaluations_of_project"),
            Self::EvaluationsOfCommit => Table("evaluations_of_commit"),
            Self::AuditOfOrganization => Table("audit_of_organization"),
            Self::StatusesOfOrganization => Table("statuses_of_organization"),
            Self::StatusesOfProject => Table("statuses_of_project"),
            Self::StatusesOfIntegration => Table("statuses_of_integration"),
            Self::StatusOfLane => Table("status_of_lane"),
            Self::Acts => Table("acts"),
            Self::ActivitiesOfProject => Table("activities_of_project"),
            Self::HeadOfProject => Table("head_of_project"),
            Self::HeadsOfProject => Table("heads_of_project"),
            Self::Obeyed => Table("obeyed"),
            Self::EvaluationsOfPullRequest => Table("evaluations_of_pull_request"),
        }
    }

    /// Whether single keys are asked for, also by later members of one batch.
    pub(crate) const fn answers_points(self) -> bool {
        matches!(
            self,
            Self::Seen | Self::Bytes | Self::StatusOfLane | Self::Acts | Self::Obeyed | Self::HeadOfProject
        )
    }

    fn of_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|view| *view as u8 == number)
    }
}

/// What becomes of a key of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It has this value.
    Put(Vec<u8>),
    /// It goes.
    Gone,
}

/// One key of one view. Applying it twice changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) view: View,
    pub(crate) key: Vec<u8>,
    pub(crate) fate: Fate,
}

impl Entry {
    /// A key with a value.
    pub(crate) const fn put(view: View, key: Vec<u8>, value: Vec<u8>) -> Self {
        Self {
            view,
            key,
            fate: Fate::Put(value),
        }
    }

    /// The key of a list: what it lists by, and the id of the row, which orders it.
    pub(crate) fn listed(view: View, by: &[u8; 16], row: &[u8; 16]) -> Self {
        Self::put(view, [by.as_slice(), row].concat(), Vec::new())
    }

    /// The same key, on its way out.
    pub(crate) fn gone(self) -> Self {
        Self {
            fate: Fate::Gone,
            ..self
        }
    }
}

/// The view file, what waits to be applied to it, which keys it surely lacks, and how far it is durable.
pub(crate) struct Views {
    pub(crate) file: ViewFile,
    pub(crate) pending: Pending,
    filter: Filter,
    durable: AtomicU64,
}

impl Views {
    pub(crate) fn new(file: ViewFile, brought_up: BroughtUp) -> Self {
        let views = Self {
            file,
            pending: Pending::default(),
            filter: Filter::default(),
            durable: AtomicU64::new(brought_up.durable),
        };
        if let Some(rest) = brought_up.rest {
            rest.points().for_each(|(view, key)| views.filter.enter(view, key));
            views.pending.begin_with(rest);
        }
        views
    }

    /// Takes the entries of a batch that was committed.
    pub(crate) fn add(&self, upto: u64, entries: Vec<Entry>) {
        let points = entries.iter().filter(|entry| entry.view.answers_points());
        points.for_each(|entry| self.filter.enter(entry.view, &entry.key));
        self.pending.add(upto, entries);
    }

    /// The number of the last change that a durable mark has passed: those before it are needed no more.
    pub(crate) fn durable(&self) -> u64 {
        self.durable.load(Ordering::Acquire)
    }

    fn set_durable(&self, number: u64) {
        self.durable.fetch_max(number, Ordering::AcqRel);
    }
}
