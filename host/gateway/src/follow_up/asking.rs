//! What all questions share: whom to ask, what an answer may be, and what has to be remembered between two.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use forgegate_model::approval::{Permission, RecordedHead};
use forgegate_model::delivery::{MatchedTrigger, Reason};
use forgegate_model::event::User;
use forgegate_model::follow_up::{Address, FollowUp, Task};
use forgegate_model::ids::{IntegrationId, ProjectId};
use forgegate_model::installation::InstallationStatus;
use forgegate_model::integration::Integration;
use forgegate_model::status::RepositoryName;
use forgegate_sandbox::outbound::{AccessLevel, Answer, OutboundError, PullRequestNow, RepositoryRef};
use forgegate_sandbox::{CallError, OutboundPlugin};
use forgegate_storage::{Effect, EvaluationFilter, FollowUpEnding, Page, ProjectEntry, Settlement, StoreError};
use tokio::time::Instant;

use crate::clock::fresh_id;
use crate::connection::{Contact, ForgeLink};
use crate::forge_client::Options;
use crate::gateway::Gateway;

/// How long one question may take, with all the calls that its plugin makes for it.
const WITHIN: Duration = Duration::from_secs(20);
/// How long it is believed whose account a token is.
const ACCOUNT_KEPT: Duration = Duration::from_secs(600);
/// How many heads of a pull request are read at once.
const PAGE: usize = 500;

/// What whoever gave a command is told where the forge could not be asked.
pub const NOT_ASKED: &str =
    "The forge could not be asked whether you may do this. Whoever runs this gateway can see why.";

/// Why there is no answer.
pub enum AskError {
    /// There may be one later.
    Later {
        /// Why.
        sentence: String,
        /// How long the other side asks to wait.
        wait: Option<Duration>,
    },
    /// There will be none.
    Never {
        /// Why.
        sentence: String,
    },
}

impl AskError {
    fn later(sentence: impl Into<String>) -> Self {
        Self::Later {
            sentence: sentence.into(),
            wait: None,
        }
    }

    pub fn never(sentence: impl Into<String>) -> Self {
        Self::Never {
            sentence: sentence.into(),
        }
    }
}

impl From<StoreError> for AskError {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "the records cannot be read: {error}");
        Self::later("the records could not be read")
    }
}

/// What was said, and what is to follow.
#[derive(Default)]
pub struct Said {
    /// What is to be done.
    pub deeds: Vec<Effect>,
    /// What came of asking, for people.
    pub sentences: Vec<String>,
    /// By whom and which way, for the audit log.
    pub audit: Option<(String, String)>,
    /// Where whoever commanded is told.
    pub address: Option<Address>,
    /// For how many projects nobody could be asked.
    pub unasked: usize,
}

impl Said {
    /// What follows where nobody could be asked: nothing is released, and whoever waits for an answer is refused.
    pub fn given_up(gateway: &Gateway, follow_up: &FollowUp, sentence: String) -> Self {
        let refuse = |project: ProjectId, decider: MatchedTrigger, reason: Reason| Effect::Refuse {
            project,
            decider: Some(decider),
            reason,
            told: NOT_ASKED.to_owned(),
        };
        let (deeds, address) = match &follow_up.task {
            Task::Command(order) => {
                let all = order.listening.iter();
                let deeds = all
                    .map(|it| refuse(it.project, it.decider, Reason::NotPermitted))
                    .collect();
                let first = order.listening.iter().find_map(|it| {
                    let forge = Asked::of(gateway, follow_up, it.project).ok()?;
                    Some(forge.address())
                });
                (deeds, first)
            }
            Task::Commit(unresolved) => {
                let all = unresolved.iter();
                (
                    all.map(|it| refuse(it.project, it.decider, Reason::Filtered)).collect(),
                    None,
                )
            }
            Task::Approval(approval) => {
                let refuse = |project: &ProjectId| Effect::Refuse {
                    project: *project,
                    decider: None,
                    reason: Reason::NotPermitted,
                    told: NOT_ASKED.to_owned(),
                };
                (approval.projects.iter().map(refuse).collect(), None)
            }
            Task::Head(_) => (Vec::new(), None),
        };
        Self {
            deeds,
            sentences: vec![sentence],
            address,
            ..Self::default()
        }
    }

    /// Goes on without an answer for one project, where there will never be one: it alone is refused.
    ///
    /// # Errors
    /// Where there may be one later: then all is asked again.
    pub fn without(&mut self, trouble: AskError, refusal: Option<Effect>) -> Result<(), AskError> {
        let AskError::Never { sentence } = trouble else {
            return Err(trouble);
        };
        self.sentences.push(sentence);
        self.deeds.extend(refusal);
        self.unasked += 1;
        Ok(())
    }

    /// What was said, where somebody could be asked for any of so many projects.
    ///
    /// # Errors
    /// Where nobody could.
    pub fn of_any(mut self, projects: usize) -> Result<Self, AskError> {
        match self.sentences.pop() {
            Some(sentence) if self.unasked == projects => Err(AskError::Never { sentence }),
            last => {
                self.sentences.extend(last);
                Ok(self)
            }
        }
    }

    /// What storage is to do.
    pub fn into_settlement(self, gateway: &Gateway, follow_up: &FollowUp, ending: FollowUpEnding) -> Settlement {
        let prefix = &gateway.config.commands.prefix;
        Settlement {
            delivery: follow_up.delivery,
            at: gateway.clock.now(),
            seed: fresh_id(),
            deeds: self.deeds,
            audit: self.audit,
            sentences: self.sentences,
            ending,
            reply: self.address.map(|address| (address, prefix.clone())),
        }
    }
}

/// The forge of a project, to be asked about its repository.
pub struct Asked {
    entry: Arc<ProjectEntry>,
    row: Arc<Integration>,
    contact: Contact,
    repository: RepositoryRef,
}

impl Asked {
    /// Whom to ask.
    ///
    /// # Errors
    /// Where nobody can be asked.
    pub fn of(gateway: &Gateway, follow_up: &FollowUp, project: ProjectId) -> Result<Self, AskError> {
        let entry = gateway.store.directory().project_by_id(project);
        let entry = entry.ok_or_else(|| AskError::never("the project is gone"))?;
        let plugin = gateway.plugins.get(&follow_up.forge);
        let plugin = plugin.ok_or_else(|| AskError::later(format!("there is no plugin for `{}`", follow_up.forge)))?;
        let row = Contact::of_project(gateway, &entry, plugin).ok_or_else(|| {
            AskError::never(format!(
                "no outbound integration with a token reaches the repository of `{}`, so that nothing can be asked of its forge",
                entry.project().name
            ))
        })?;
        let installation = gateway.store.installation_of(&row);
        if installation.is_some_and(|it| it.standing != InstallationStatus::Active) {
            return Err(AskError::later(
                "the app's installation is switched off: nothing is asked in its name",
            ));
        }
        let contact = Contact {
            plugin: plugin.clone(),
            row: Some(Arc::clone(&row)),
        };
        let repository = contact.repository(&entry);
        Ok(Self {
            entry,
            row,
            contact,
            repository,
        })
    }

    /// The project.
    pub fn entry(&self) -> &ProjectEntry {
        &self.entry
    }

    /// The repository, as the forge is asked about it.
    pub const fn repository(&self) -> &RepositoryRef {
        &self.repository
    }

    /// Where a reply goes through.
    pub fn address(&self) -> Address {
        let project = self.entry.project();
        Address {
            integration: self.row.id,
            repository: RepositoryName::of(project, &project.identity, Some(&self.row)),
        }
    }

    /// A question to the forge.
    ///
    /// # Errors
    /// Where there is no answer.
    pub async fn ask<T>(
        &self,
        gateway: &Gateway,
        question: impl AsyncFnOnce(OutboundPlugin) -> Answer<T>,
    ) -> Result<T, AskError> {
        let options = Options {
            repository: self.repository.id.clone(),
            ..Options::default()
        };
        let line: ForgeLink = self
            .contact
            .call(gateway, options)
            .await
            .map_err(|error| uncalled(&error))?;
        match question(line.within(WITHIN)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.refused(error)),
            Err(error) => {
                tracing::warn!(%error, "a plugin failed over a question: {error}");
                Err(AskError::later("the forge's plugin failed; the log has the cause"))
            }
        }
    }

    /// The permission of somebody to command and approve.
    ///
    /// # Errors
    /// Where there is no answer.
    pub async fn permission(&self, gateway: &Gateway, who: &User) -> Result<Permission, AskError> {
        if self.is_own_account(gateway, who).await? {
            return Ok(Permission::OwnAccount);
        }
        Ok(Permission::of_access(self.may_write(gateway, who).await?))
    }

    /// True where somebody may write to the repository.
    ///
    /// # Errors
    /// Where there is no answer.
    pub async fn may_write(&self, gateway: &Gateway, who: &User) -> Result<bool, AskError> {
        let level = self
            .ask(gateway, async |forge| forge.access(&self.repository, who).await)
            .await?;
        Ok(matches!(level, AccessLevel::Write | AccessLevel::Admin))
    }

    /// The pull request as it stands now.
    ///
    /// # Errors
    /// Where there is no answer.
    pub async fn pull_request(&self, gateway: &Gateway, number: u64) -> Result<PullRequestNow, AskError> {
        self.ask(gateway, async |forge| {
            forge.find_pull_request(&self.repository, number).await
        })
        .await
    }

    /// Whether somebody is the account that the gateway itself speaks with.
    ///
    /// # Errors
    /// Where there is no answer.
    async fn is_own_account(&self, gateway: &Gateway, who: &User) -> Result<bool, AskError> {
        // An app speaks as a bot, and bots command nothing.
        if self.row.is_app_managed() {
            return Ok(false);
        }
        let integration = self.row.id;
        if let Some(own) = gateway.accounts.get(integration) {
            return Ok(own.is_some() && own == who.id);
        }
        let report = self.ask(gateway, async |forge| forge.probe(None).await).await?;
        let own = report.account.and_then(|account| account.id);
        gateway.accounts.keep(integration, own.clone());
        Ok(own.is_some() && own == who.id)
    }

    /// What the forge's refusal means. Its own words, which may be anybody's, stay in the log.
    fn refused(&self, error: OutboundError) -> AskError {
        let name = &self.row.name;
        tracing::info!(%error, "a forge did not answer a question: {error}");
        match error {
            OutboundError::Unsupported => AskError::never("the forge's plugin cannot answer this"),
            OutboundError::NotFound => AskError::never("the forge does not know it, or the credential may not see it"),
            OutboundError::Forbidden(_) => AskError::never(format!(
                "the credential of `{name}` may not ask this; `integration test` says what it lacks"
            )),
            OutboundError::Unauthorized => {
                AskError::never(format!("the forge does not accept the credential of `{name}`"))
            }
            OutboundError::Rejected(_) => AskError::never("the forge refuses to answer this"),
            OutboundError::TryLater(seconds) => AskError::Later {
                sentence: "the forge failed, or asks to be called later".to_owned(),
                wait: seconds.map(Duration::from_secs),
            },
            OutboundError::Call(error) => uncalled(&error),
            OutboundError::Malformed(_) => AskError::later("the forge's answer cannot be read"),
            OutboundError::Other(_) => AskError::later("the forge's plugin could not answer"),
        }
    }
}

/// What the host says of a call that came to no answer. Its words are ours.
fn uncalled(error: &CallError) -> AskError {
    match error {
        CallError::Refused(_) => AskError::never(error.to_string()),
        CallError::RateLimited(seconds) => AskError::Later {
            sentence: "the forge, or the budget of the credential, asks to wait".to_owned(),
            wait: seconds.map(Duration::from_secs),
        },
        CallError::Unreachable(_) | CallError::TimedOut | CallError::TooLarge | CallError::Other(_) => {
            AskError::later(error.to_string())
        }
    }
}

/// Every head of a pull request that is on record for a project, with the trust that it has there.
///
/// # Errors
/// When storage is unavailable.
pub async fn recorded(
    gateway: &Gateway,
    project: ProjectId,
    number: u64,
) -> Result<Vec<(RecordedHead, forgegate_model::evaluation::Trust)>, AskError> {
    let mut heads = Vec::new();
    let mut cursor = None;
    loop {
        let filter = EvaluationFilter {
            project: Some(project),
            pull_request: Some(number),
            ..EvaluationFilter::default()
        };
        let listed = gateway.store.evaluations(filter, Page { cursor, limit: PAGE }).await?;
        heads.extend(listed.items.into_iter().map(|it| {
            let head = RecordedHead {
                evaluation: it.id,
                sha: it.work.sha,
                state: it.state,
                recorded_at: it.created_at,
            };
            (head, it.work.trust)
        }));
        cursor = listed.next;
        if cursor.is_none() {
            return Ok(heads);
        }
    }
}

/// The accounts that tokens are of, as forges said not long ago.
#[derive(Default)]
pub struct Accounts(Mutex<HashMap<IntegrationId, (Instant, Option<String>)>>);

impl Accounts {
    fn get(&self, integration: IntegrationId) -> Option<Option<String>> {
        let accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, account) = accounts.get(&integration)?;
        (at.elapsed() < ACCOUNT_KEPT).then(|| account.clone())
    }

    fn keep(&self, integration: IntegrationId, account: Option<String>) {
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.retain(|_, (at, _)| at.elapsed() < ACCOUNT_KEPT);
        accounts.insert(integration, (Instant::now(), account));
    }
}
