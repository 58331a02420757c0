//! Whether one trigger lets an event through, and if not, how far the event came.

use super::paths::PathsVerdict;
use super::patterns::{InvalidPattern, Patterns};
use super::skip;
use crate::delivery::Reason;
use crate::event::{Detail, Event, Kind, MergeGroup, PullRequest, PullRequestState, Push, Release, ReleaseAction, Tag};
use crate::trigger::{Trigger, TriggerKind};

/// The patterns of a trigger, compiled.
#[derive(Clone, Debug)]
pub struct Filters {
    branches: Patterns,
    tags: Patterns,
    target_branches: Patterns,
    paths: Patterns,
}

/// A trigger with its patterns compiled, to be kept from delivery to delivery: compiling is the slow part.
#[derive(Clone, Debug)]
pub struct CompiledTrigger {
    trigger: Trigger,
    /// A stored pattern that does not compile any more stops this trigger alone.
    filters: Result<Filters, InvalidPattern>,
}

/// What a trigger does with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterResult {
    /// It lets it through.
    Pass,
    /// It does not, and this is why.
    Stop(Reason),
}

impl Filters {
    /// Compiles the patterns of a trigger.
    ///
    /// # Errors
    ///
    /// The first pattern that cannot be compiled.
    pub fn compile(trigger: &Trigger) -> Result<Self, InvalidPattern> {
        Ok(Self {
            branches: Patterns::compile(&trigger.branches)?,
            tags: Patterns::compile(&trigger.tags)?,
            target_branches: Patterns::compile(&trigger.target_branches)?,
            paths: Patterns::compile(&trigger.paths)?,
        })
    }
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
        let filters = Filters::compile(&trigger);
        Self { trigger, filters }
    }

    /// The trigger.
    #[must_use]
    pub const fn trigger(&self) -> &Trigger {
        &self.trigger
    }

    /// Whether it lets an event of its kind through: is it switched on, is nothing deleted or closed, are action, branches, tags,
    /// labels and pre-releases wanted, may it be a draft, does the head commit ask to be skipped, is a path wanted – in this order.
    #[must_use]
    pub fn judge(&self, event: &Event) -> FilterResult {
        match self.stopped(event) {
            Some(reason) => FilterResult::Stop(reason),
            None => FilterResult::Pass,
        }
    }

    fn stopped(&self, event: &Event) -> Option<Reason> {
        if !self.trigger.active {
            return Some(Reason::Inactive);
        }
        let Ok(filters) = &self.filters else {
            return Some(Reason::DbError);
        };
        match &event.detail {
            Detail::Push(push) => self.push(filters, push),
            Detail::Tag(tag) => self.tag(filters, tag),
            Detail::PullRequest(it) => self.pull_request(filters, it, &event.detail),
            Detail::MergeGroup(group) => Self::merge_group(filters, group),
            Detail::Release(release) => self.release(filters, release, &event.detail),
            Detail::Comment(_) if self.wants_action(&event.detail) => None,
            _ => Some(Reason::Filtered),
        }
    }

    fn push(&self, filters: &Filters, push: &Push) -> Option<Reason> {
        let branch = push.ref_name.strip_prefix("refs/heads/");
        if push.deleted || !branch.is_some_and(|branch| filters.branches.matches(branch)) {
            Some(Reason::Filtered)
        } else if self.trigger.skip_ci && skip::asked_by_push(push) {
            Some(Reason::SkipRequested)
        } else if PathsVerdict::of_push(&filters.paths, push) == PathsVerdict::Unchanged {
            Some(Reason::PathsUnchanged)
        } else {
            None
        }
    }

    /// A tag has no changed paths: `paths` says nothing about it.
    fn tag(&self, filters: &Filters, tag: &Tag) -> Option<Reason> {
        if tag.deleted || !filters.tags.matches(&tag.name) {
            Some(Reason::Filtered)
        } else if self.trigger.skip_ci && skip::asked_by_tag(tag) {
            Some(Reason::SkipRequested)
        } else {
            None
        }
    }

    /// The changed paths of a pull request are unknown, and count as changed. Where its payload has no message of the head commit,
    /// its title alone can ask to be skipped.
    fn pull_request(&self, filters: &Filters, it: &PullRequest, detail: &Detail) -> Option<Reason> {
        let labels = &self.trigger.labels;
        let wanted = it.state == PullRequestState::Open
            && self.wants_action(detail)
            && filters.branches.matches(short(&it.head.ref_name))
            && filters.target_branches.matches(short(&it.base.ref_name))
            && (labels.is_empty() || it.labels.iter().any(|label| labels.contains(label)));
        if !wanted {
            Some(Reason::Filtered)
        } else if it.draft && !self.trigger.drafts {
            Some(Reason::Draft)
        } else if self.trigger.skip_ci && skip::asked_by_pull_request(it) {
            Some(Reason::SkipRequested)
        } else {
            None
        }
    }

    /// A group holds several pull requests: of a trigger's filters only the target branch means something for it. Its merge waits for
    /// the result, so that nothing but going away stops it: neither a draft, a label nor a message.
    fn merge_group(filters: &Filters, group: &MergeGroup) -> Option<Reason> {
        let target = group.base_ref.as_deref().map(short);
        let wanted = target.is_none_or(|target| filters.target_branches.matches(target));
        (group.destroyed || !wanted).then_some(Reason::Filtered)
    }

    fn release(&self, filters: &Filters, release: &Release, detail: &Detail) -> Option<Reason> {
        let wanted = release.action != ReleaseAction::Deleted
            && self.wants_action(detail)
            && filters.tags.matches(&release.tag)
            && (self.trigger.prereleases || !release.prerelease);
        if !wanted {
            Some(Reason::Filtered)
        } else if release.draft && !self.trigger.drafts {
            Some(Reason::Draft)
        } else {
            None
        }
    }

    fn wants_action(&self, detail: &Detail) -> bool {
        let actions = &self.trigger.actions;
        actions.is_empty() || detail.action().is_some_and(|action| actions.contains(&action))
    }
}

/// How far an event came that was stopped for this reason: the greater, the further.
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

/// What patterns of branches are held against. Other refs than branches keep their full name.
fn short(full: &str) -> &str {
    full.strip_prefix("refs/heads/").unwrap_or(full)
}
