//! Acts of releases and of pipelines that ended.

use super::{Act, Activity, ActivityAction, ActivityKind, Counter, Identity, TAGS, Teller, address, cut, text};
use crate::event::{Pipeline, Release, ReleaseAction, RunState};

impl Teller<'_> {
    pub(super) fn release(&self, release: &Release) -> Option<Act> {
        let (action, identity) = match release.action {
            ReleaseAction::Published => (
                ActivityAction::Published,
                Identity::once(&["release", "published", &release.tag]),
            ),
            ReleaseAction::Deleted => (
                ActivityAction::Deleted,
                Identity::at(&["release", "deleted", &release.tag], self.at),
            ),
            ReleaseAction::Created | ReleaseAction::Updated => return None,
        };
        let activity = Activity {
            title: text(release.name.as_deref().unwrap_or(&release.tag)),
            sha: release.commit.clone(),
            ref_name: Some(cut(&format!("{TAGS}{}", release.tag))),
            url: release.url.as_deref().and_then(address),
            ..self.line(ActivityKind::Release, action)
        };
        Some(Act {
            counts: (action == ActivityAction::Published).then_some(Counter::Releases),
            ..Act::new(activity, identity)
        })
    }

    /// The end of a run. What has neither a number nor a cause is no run but a bracket around checks, those included that were reported
    /// from here: counted, every run would count twice.
    pub(super) fn pipeline(&self, pipeline: &Pipeline) -> Option<Act> {
        if pipeline.number.is_none() && pipeline.source.is_none() {
            return None;
        }
        let (action, counter) = match pipeline.state {
            RunState::Success => (ActivityAction::Success, Counter::PipelinesSucceeded),
            RunState::Failed => (ActivityAction::Failed, Counter::PipelinesFailed),
            RunState::Canceled => (ActivityAction::Canceled, Counter::PipelinesOther),
            RunState::Skipped => (ActivityAction::Skipped, Counter::PipelinesOther),
            RunState::Created | RunState::Pending | RunState::Running | RunState::Other(_) => return None,
        };
        let activity = Activity {
            number: pipeline.number,
            sha: pipeline.sha.clone(),
            ref_name: pipeline.ref_name.as_deref().map(cut),
            ..self.line(ActivityKind::Pipeline, action)
        };
        let identity = Identity::once(&["pipeline", &pipeline.id, action.as_str()]);
        let took = pipeline.duration_s.filter(|it| it.is_finite() && *it >= 0.0);
        Some(Act {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a number of milliseconds"
            )]
            took: took.map(|seconds| (seconds * 1_000.0).round() as u64),
            ..Act::new(activity, identity).counting(counter)
        })
    }
}
