//! The filters of a trigger: which of them an event is held against, and what each of them says.

use std::borrow::Cow;

use super::paths::PathsVerdict;
use super::patterns::{InvalidPattern, Patterns};
use super::skip;
use crate::delivery::Reason;
use crate::event::{Detail, PullRequestState, ReleaseAction};
use crate::trigger::Trigger;

/// The pattern lists of a trigger, compiled.
#[derive(Clone, Debug)]
pub struct TriggerPatterns {
    branches: Patterns,
    tags: Patterns,
    target_branches: Patterns,
    paths: Patterns,
}

impl TriggerPatterns {
    /// Compiles the patterns of a trigger.
    ///
    /// # Errors
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

/// One question that a trigger asks of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// The event is of a kind that makes work. Nothing passes it that has a kind without filters of its own, such as a review.
    Kind,
    /// Its branch, tag, release, merge group or pull request is not deleted, closed, merged or destroyed.
    Open,
    /// Its action is one of `actions`.
    Action,
    /// A push is to a branch, and that is one of `branches`.
    Branch,
    /// The head branch of a pull request is one of `branches`.
    HeadBranch,
    /// The branch that a pull request or merge group goes into is one of `target_branches`.
    TargetBranch,
    /// A tag, or that of a release, is one of `tags`.
    Tag,
    /// A label of a pull request is one of `labels`.
    Labels,
    /// A release is final, or `prereleases` is on.
    Prerelease,
    /// A pull request or release is no draft, or `drafts` is on.
    Draft,
    /// Nothing in the head commit, tag or title asks to be skipped, or `skip_ci` is off.
    SkipRequest,
    /// A changed path of a push is one of `paths`. What is not known to be unchanged counts as changed.
    Paths,
}

/// A filter held against an event.
#[derive(Clone, Copy, Debug)]
pub struct FilterResult<'a> {
    /// The filter that was applied.
    pub filter: Filter,
    /// True if the event passes.
    pub passes: bool,
    trigger: &'a Trigger,
    detail: &'a Detail,
}

impl Filter {
    /// The filters that an event is held against, in this order. All of them must pass.
    ///
    /// A tag has no changed paths, and those of a pull request are not known. A merge group holds several pull requests: of a trigger's
    /// filters only the target branch means something for it, and its merge waits for the result.
    pub(super) const fn all_of(detail: &Detail) -> &'static [Self] {
        match detail {
            Detail::Push(_) => &[Self::Open, Self::Branch, Self::SkipRequest, Self::Paths],
            Detail::Tag(_) => &[Self::Open, Self::Tag, Self::SkipRequest],
            Detail::PullRequest(_) => &[
                Self::Open,
                Self::Action,
                Self::HeadBranch,
                Self::TargetBranch,
                Self::Labels,
                Self::Draft,
                Self::SkipRequest,
            ],
            Detail::MergeGroup(_) => &[Self::Open, Self::TargetBranch],
            Detail::Release(_) => &[Self::Open, Self::Action, Self::Tag, Self::Prerelease, Self::Draft],
            Detail::Comment(_) => &[Self::Action],
            _ => &[Self::Kind],
        }
    }

    /// The reason of an event that does not pass.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self {
            Self::Draft => Reason::Draft,
            Self::SkipRequest => Reason::SkipRequested,
            Self::Paths => Reason::PathsUnchanged,
            _ => Reason::Filtered,
        }
    }

    fn passes(self, trigger: &Trigger, patterns: &TriggerPatterns, detail: &Detail) -> bool {
        let fits = |patterns: &Patterns| self.name(detail).is_none_or(|name| patterns.matches(name));
        match self {
            Self::Kind => false,
            Self::Open => is_open(detail),
            Self::Action => {
                let wanted = &trigger.actions;
                wanted.is_empty() || detail.action().is_some_and(|action| wanted.contains(&action))
            }
            Self::Branch => {
                matches!(detail, Detail::Push(push) if push.ref_name.starts_with("refs/heads/"))
                    && fits(&patterns.branches)
            }
            Self::HeadBranch => fits(&patterns.branches),
            Self::TargetBranch => fits(&patterns.target_branches),
            Self::Tag => fits(&patterns.tags),
            Self::Labels => {
                let wanted = &trigger.labels;
                wanted.is_empty() || labels(detail).iter().any(|label| wanted.contains(label))
            }
            Self::Prerelease => trigger.prereleases || !matches!(detail, Detail::Release(it) if it.prerelease),
            Self::Draft => trigger.drafts || !is_draft(detail),
            Self::SkipRequest => !trigger.skip_ci || !asks_to_be_skipped(detail),
            Self::Paths => match detail {
                Detail::Push(push) => PathsVerdict::of_push(&patterns.paths, push) != PathsVerdict::Unchanged,
                _ => true,
            },
        }
    }

    /// The name that patterns are held against, where the event has one. Other refs than branches keep their full name.
    fn name(self, detail: &Detail) -> Option<&str> {
        let short = |full| str::strip_prefix(full, "refs/heads/").unwrap_or(full);
        match (self, detail) {
            (Self::Branch, Detail::Push(it)) => Some(short(&it.ref_name)),
            (Self::HeadBranch, Detail::PullRequest(it)) => Some(short(&it.head.ref_name)),
            (Self::TargetBranch, Detail::PullRequest(it)) => Some(short(&it.base.ref_name)),
            (Self::TargetBranch, Detail::MergeGroup(it)) => it.base_ref.as_deref().map(short),
            (Self::Tag, Detail::Tag(it)) => Some(&it.name),
            (Self::Tag | Self::Prerelease, Detail::Release(it)) => Some(&it.tag),
            _ => None,
        }
    }
}

impl<'a> FilterResult<'a> {
    pub(super) fn of(filter: Filter, trigger: &'a Trigger, patterns: &TriggerPatterns, detail: &'a Detail) -> Self {
        Self {
            filter,
            passes: filter.passes(trigger, patterns, detail),
            trigger,
            detail,
        }
    }

    /// The patterns or words of the trigger that the filter asks for. Empty means all, and for a filter that is no list, nothing.
    #[must_use]
    pub fn wanted(&self) -> &'a [String] {
        match self.filter {
            Filter::Action => &self.trigger.actions,
            Filter::Branch | Filter::HeadBranch => &self.trigger.branches,
            Filter::TargetBranch => &self.trigger.target_branches,
            Filter::Tag => &self.trigger.tags,
            Filter::Labels => &self.trigger.labels,
            Filter::Paths => &self.trigger.paths,
            Filter::Kind | Filter::Open | Filter::Prerelease | Filter::Draft | Filter::SkipRequest => &[],
        }
    }

    /// The name, action or labels of the event that the filter asks about; none where it asks about something else, or the event
    /// does not tell.
    #[must_use]
    pub fn had(&self) -> Option<Cow<'a, str>> {
        match self.filter {
            Filter::Action => self.detail.action().map(Cow::Owned),
            Filter::Labels => Some(Cow::Owned(labels(self.detail).join(", "))),
            filter => filter.name(self.detail).map(Cow::Borrowed),
        }
    }
}

const fn is_open(detail: &Detail) -> bool {
    match detail {
        Detail::Push(it) => !it.deleted,
        Detail::Tag(it) => !it.deleted,
        Detail::MergeGroup(it) => !it.destroyed,
        Detail::PullRequest(it) => matches!(it.state, PullRequestState::Open),
        Detail::Release(it) => !matches!(it.action, ReleaseAction::Deleted),
        _ => true,
    }
}

const fn is_draft(detail: &Detail) -> bool {
    match detail {
        Detail::PullRequest(it) => it.draft,
        Detail::Release(it) => it.draft,
        _ => false,
    }
}

fn labels(detail: &Detail) -> &[String] {
    match detail {
        Detail::PullRequest(it) => &it.labels,
        _ => &[],
    }
}

/// True if the event asks to be skipped. A pull request whose payload has no message of the head commit asks by its title alone.
fn asks_to_be_skipped(detail: &Detail) -> bool {
    match detail {
        Detail::Push(it) => skip::asked_by_push(it),
        Detail::Tag(it) => skip::asked_by_tag(it),
        Detail::PullRequest(it) => skip::asked_by_pull_request(it),
        _ => false,
    }
}
