//! Questions to the forge of a project, and why there may be no answer.

use std::sync::Arc;
use std::time::Duration;

use forgegate_model::follow_up::{Address, FollowUp};
use forgegate_model::ids::ProjectId;
use forgegate_model::integration::Integration;
use forgegate_model::project::Project;
use forgegate_model::status::RepositoryName;
use forgegate_sandbox::OutboundPlugin;
use forgegate_sandbox::outbound::{Answer, PullRequestNow, RepositoryRef};
use forgegate_storage::{ProjectEntry, StoreError};

use super::service::FollowUps;
use crate::forge_access::ForgePrincipal;
use crate::forge_client::{ForgeError, Retry, SessionOptions};

/// The time that one question may take, with all the calls that its plugin makes for it.
const WITHIN: Duration = Duration::from_secs(20);

/// Why there is no answer.
pub enum AskError {
    /// There may be one later.
    Retryable {
        /// The cause, for people.
        sentence: String,
        /// The time for which the other side asks to wait.
        wait: Option<Duration>,
    },
    /// There will be none.
    Permanent {
        /// The cause, for people.
        sentence: String,
    },
}

impl AskError {
    /// There may be an answer later.
    pub fn retryable(sentence: impl Into<String>) -> Self {
        Self::Retryable {
            sentence: sentence.into(),
            wait: None,
        }
    }

    /// The error that a failure in an integration's name is, where its credential may not do the `deed`. Words of a forge, which may be
    /// anybody's, stay in the log.
    pub fn of(error: &ForgeError, integration: &str, deed: &str) -> Self {
        let sentence = match error {
            ForgeError::Forbidden(_) => {
                format!("the credential of `{integration}` may not {deed}; `integration test` says what it lacks")
            }
            ForgeError::Unauthorized => format!("the forge does not accept the credential of `{integration}`"),
            error => error.sentence(),
        };
        match error.retry() {
            Retry::Permanent => Self::Permanent { sentence },
            Retry::Retryable => Self::retryable(sentence),
            Retry::Wait(wait) => Self::Retryable { sentence, wait },
        }
    }

    /// There will be no answer.
    pub fn permanent(sentence: impl Into<String>) -> Self {
        Self::Permanent {
            sentence: sentence.into(),
        }
    }
}

impl From<StoreError> for AskError {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "the records cannot be read: {error}");
        Self::retryable("the records could not be read")
    }
}

/// The forge of a project, asked about its repository.
pub struct ProjectForge<'a> {
    service: &'a FollowUps,
    entry: Arc<ProjectEntry>,
    integration: Arc<Integration>,
    principal: ForgePrincipal,
    repository: RepositoryRef,
}

impl<'a> ProjectForge<'a> {
    /// The forge of a project, by the forge of the delivery.
    ///
    /// # Errors
    /// Where nobody may ask it.
    pub fn of(service: &'a FollowUps, follow_up: &FollowUp, project: ProjectId) -> Result<Self, AskError> {
        let entry = service.store.directory().project_by_id(project);
        let entry = entry.ok_or_else(|| AskError::permanent("the project is gone"))?;
        let plugin = service.plugins.get(&follow_up.forge);
        let plugin =
            plugin.ok_or_else(|| AskError::retryable(format!("there is no plugin for `{}`", follow_up.forge)))?;
        let principal = service.forges.principals.of_project(&entry, plugin);
        let nobody = || {
            AskError::permanent(format!(
                "no outbound integration with a token reaches the repository of `{}`, so that nothing can be asked of its forge",
                entry.project().name
            ))
        };
        let principal = principal.ok_or_else(nobody)?;
        let integration = principal.integration.clone().ok_or_else(nobody)?;
        if !service.forges.principals.is_active(&integration) {
            return Err(AskError::retryable(
                "the app's installation is switched off: nothing is asked in its name",
            ));
        }
        Ok(Self {
            service,
            repository: principal.repository(&entry),
            entry,
            integration,
            principal,
        })
    }

    /// The service that asks.
    pub const fn service(&self) -> &'a FollowUps {
        self.service
    }

    /// The project.
    pub fn project(&self) -> &Project {
        self.entry.project()
    }

    /// The outbound integration in whose name it is asked.
    pub fn integration(&self) -> &Integration {
        &self.integration
    }

    /// The repository, as the forge is asked about it.
    pub const fn repository(&self) -> &RepositoryRef {
        &self.repository
    }

    /// The address of a reply.
    pub fn address(&self) -> Address {
        let project = self.project();
        Address {
            integration: self.integration.id,
            repository: RepositoryName::of(project, &project.identity, Some(&self.integration)),
        }
    }

    /// Puts a question to the forge.
    ///
    /// # Errors
    /// Where there is no answer.
    pub async fn ask<T>(&self, question: impl AsyncFnOnce(OutboundPlugin) -> Answer<T>) -> Result<T, AskError> {
        let name = self.integration.name.as_str();
        let options = SessionOptions {
            repository: self.repository.id.clone(),
            ..SessionOptions::default()
        };
        let session = self.service.forges.open(&self.principal, options).await;
        let session = session.map_err(|error| AskError::of(&error, name, "ask this"))?;
        let answer = session.ask(WITHIN, question).await;
        answer.map_err(|error| AskError::of(&error, name, "ask this"))
    }

    /// The pull request as it is now.
    ///
    /// # Errors
    /// Where there is no answer.
    pub async fn pull_request(&self, number: u64) -> Result<PullRequestNow, AskError> {
        self.ask(async |plugin| plugin.find_pull_request(&self.repository, number).await)
            .await
    }
}
