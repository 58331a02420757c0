//! A trigger held against an event: does it let it through, and if not, how far did the event come.

use super::filters::{Filter, FilterResult, TriggerPatterns};
use super::patterns::InvalidPattern;
use crate::delivery::{MatchedTrigger, Reason};
use crate::event::{Event, Kind};
use crate::trigger::{Trigger, TriggerKind};

/// A trigger with its patterns compiled, to be kept from delivery to delivery: compiling is the slow part.
#[derive(Clone, Debug)]
pub struct CompiledTrigger {
    trigger: Trigger,
    /// A stored pattern that does not compile any more stops this trigger alone.
    patterns: Result<TriggerPatterns, InvalidPattern>,
}

/// The kind of trigger that listens to events of a kind, if any does.
#[must_use]
pub const fn listens_to(kind: Kind) -> Option<TriggerKind> {
    match kind {
        Kind::Push => Some(TriggerKind::Push),
        Kind::Tag => Some(TriggerKind::Tag),
        Kind::PullRequest | Kind::MergeGroup => Some(TriggerKind::PullRequest),
        Kind::Release => Some(TriggerKind::Release),
        Kind::Comment | Kind::Review => Some(TriggerKind::Comment),
        Kind::Issue
        | Kind::Pipeline
        | Kind::Job
        | Kind::Deployment
        | Kind::Wiki
        | Kind::Repository
        | Kind::Installation
        | Kind::Ping
        | Kind::Unknown => None,
    }
}

impl CompiledTrigger {
    /// Compiles a stored trigger. Never fails: with patterns that do not compile it stops every event with `db_error`.
    #[must_use]
    pub fn new(trigger: Trigger) -> Self {
        let patterns = TriggerPatterns::compile(&trigger);
        Self { trigger, patterns }
    }

    /// The trigger that was compiled.
    #[must_use]
    pub const fn trigger(&self) -> &Trigger {
        &self.trigger
    }

    /// The trigger, as a delivery's record names it.
    #[must_use]
    pub const fn matched(&self) -> MatchedTrigger {
        MatchedTrigger {
            trigger: self.trigger.id,
            kind: self.trigger.kind,
        }
    }

    /// The reason why it stops an event of its kind: that of the first filter which the event does not pass. `None` where it lets the
    /// event through.
    #[must_use]
    pub fn stops(&self, event: &Event) -> Option<Reason> {
        if !self.trigger.active {
            return Some(Reason::Inactive);
        }
        let Some(mut results) = self.results(event) else {
            return Some(Reason::DbError);
        };
        let failed = results.find(|result| !result.passes);
        failed.map(|result| result.filter.reason())
    }

    /// The result of each filter that an event of its kind is held against, in order, whether or not the trigger is active: the
    /// explanation of [`CompiledTrigger::stops`]. Each is computed when it is asked for. `None` where its patterns do not compile.
    pub fn results<'a>(&'a self, event: &'a Event) -> Option<impl Iterator<Item = FilterResult<'a>>> {
        let patterns = self.patterns.as_ref().ok()?;
        let detail = &event.detail;
        let filters = Filter::all_of(detail).iter();
        Some(filters.map(move |filter| FilterResult::of(*filter, &self.trigger, patterns, detail)))
    }
}

/// The distance that an event came which was stopped for this reason: the greater, the further.
pub(super) const fn distance(reason: Reason) -> u8 {
    match reason {
        Reason::Inactive => 0,
        Reason::Filtered => 1,
        Reason::Draft => 2,
        Reason::SkipRequested => 3,
        Reason::PathsUnchanged => 4,
        // Whether it would have passed is not known: that has to be seen.
        _ => 5,
    }
}
