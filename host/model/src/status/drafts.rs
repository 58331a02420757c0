//! Drafts: statuses that actions make of lines: the status as it will be stored, but for its place among others.

use super::{Lane, Message, Order, Part, RepositoryName, StatusMessage, StatusState, text};
use crate::action::{Action, ActionKind};
use crate::evaluation::Evaluation;
use crate::ids::IntegrationId;
use crate::integration::Integration;
use crate::project::Project;
use crate::repository::{ForgeBase, RepositoryIdentity};
use crate::timestamp::Timestamp;

/// The surroundings of an evaluation that drafts need.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The form of contexts: a text with `{organization}` and `{project}`.
    pub template: &'a str,
    /// The name of the organization.
    pub organization: &'a str,
    /// The evaluation's project.
    pub project: &'a Project,
    /// The evaluation as it is now.
    pub evaluation: &'a Evaluation,
    /// The time of the change.
    pub at: Timestamp,
}

/// A status that has no id yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The status's lane.
    pub lane: Lane,
    /// The status's place in its lane.
    pub order: Order,
    /// The outbound integration that it goes through; a web request has none.
    pub integration: Option<IntegrationId>,
    /// The repository as the integration names it.
    pub repository: RepositoryName,
    /// The message to send.
    pub message: Message,
    /// The state that it shows.
    pub state: StatusState,
    /// The sentence that it shows.
    pub description: Option<String>,
    /// The address where more can be read.
    pub url: Option<String>,
}

/// The drafts of an action. A status report says every line that its `events` let through; the others speak of the evaluation once,
/// and of its checks only within that. An action without its integration says nothing.
#[must_use]
pub fn drafts(
    action: &Action,
    integration: Option<&Integration>,
    lines: &[StatusMessage<'_>],
    scene: &Scene<'_>,
) -> Vec<Draft> {
    let mut wanted = lines
        .iter()
        .filter(|line| action.events.is_empty() || action.events.iter().any(|word| word == line.event));
    match (action.kind, integration) {
        (ActionKind::ForgeStatusReport, Some(integration)) => {
            wanted.map(|line| scene.forge_status(integration, line)).collect()
        }
        (ActionKind::Comment, Some(integration)) => {
            let line = wanted.rfind(|line| speaks_of_all(line));
            line.and_then(|line| scene.comment(action, integration, line))
                .into_iter()
                .collect()
        }
        (ActionKind::WebRequest, _) => {
            let line = wanted.rfind(|line| speaks_of_all(line));
            line.and_then(|line| scene.web_request(action, line))
                .into_iter()
                .collect()
        }
        _ => Vec::new(),
    }
}

/// True if a line is about the evaluation, not one of its parts.
const fn speaks_of_all(line: &StatusMessage<'_>) -> bool {
    !matches!(line.part, Part::Check(_))
}

impl Scene<'_> {
    fn forge_status(&self, integration: &Integration, line: &StatusMessage<'_>) -> Draft {
        let context = text::context(self.template, self.organization, self.project.name.as_str(), line.part);
        let work = &self.evaluation.work;
        let lane = Lane::of_context(integration.id, &self.evaluation.repository, &work.sha, &context);
        self.draft(lane, Some(integration), Message::ForgeStatus { context }, line)
    }

    /// None where no pull request caused it.
    fn comment(&self, action: &Action, integration: &Integration, line: &StatusMessage<'_>) -> Option<Draft> {
        let number = self.evaluation.work.cause.pull_request?;
        let mark = text::mark(action.id);
        let body = text::comment(self, line, &mark);
        let lane = Lane::of_comment(integration.id, &self.evaluation.repository, number, action.id);
        let message = Message::Comment { number, body, mark };
        Some(self.draft(lane, Some(integration), message, line))
    }

    /// None where it was never said where to.
    fn web_request(&self, action: &Action, line: &StatusMessage<'_>) -> Option<Draft> {
        let url = action.url.clone()?;
        let body = text::request(self);
        let lane = Lane::of_request(action.id, self.evaluation.id);
        Some(self.draft(lane, None, Message::WebRequest { url, body }, line))
    }

    fn draft(
        &self,
        lane: Lane,
        integration: Option<&Integration>,
        message: Message,
        line: &StatusMessage<'_>,
    ) -> Draft {
        Draft {
            lane,
            order: Order::of(self.evaluation, line.state),
            integration: integration.map(|it| it.id),
            repository: self.repository(integration),
            message,
            state: line.state,
            description: line.description.map(str::to_owned),
            url: line.url.map(str::to_owned),
        }
    }

    fn repository(&self, integration: Option<&Integration>) -> RepositoryName {
        RepositoryName::of(self.project, &self.evaluation.repository, integration)
    }
}

impl RepositoryName {
    /// A project's repository of that identity, as the integration names it. A number counts only where the project still has that
    /// repository, and the number is surely of the forge that will be asked: another forge has the same numbers for other repositories.
    #[must_use]
    pub fn of(project: &Project, identity: &str, integration: Option<&Integration>) -> Self {
        let base = integration.and_then(|it| ForgeBase::parse(it.base_url.as_deref()?).ok());
        let parsed = RepositoryIdentity::parse(&format!("https://{identity}"), &[]).ok();
        let below = parsed.as_ref().zip(base.as_ref());
        let below = below.and_then(|(repository, base)| base.below(repository));
        let path = identity.split_once('/').map_or(identity, |(_, path)| path);
        let pinned = project.repository_id.as_ref();
        let pinned = pinned.filter(|pinned| {
            let host = ForgeBase::of_host(&pinned.host).ok();
            let same_host = |base: &ForgeBase| host.as_ref().is_some_and(|host| host.host() == base.host());
            project.identity == *identity
                && integration.is_none_or(|it| it.forge == pinned.forge)
                && base.as_ref().is_none_or(same_host)
        });
        Self {
            id: pinned.map(|pinned| pinned.id.clone()),
            full_name: below.unwrap_or(path).to_owned(),
            identity: identity.to_owned(),
        }
    }
}
