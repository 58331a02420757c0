//! A poll: a forge, asked about one repository.

use std::time::Duration;

use forgegate_sandbox::OutboundPlugin;
use forgegate_sandbox::outbound::{Answer, Head, PullRequestNow, RepositoryNow, RepositoryRef};
use forgegate_storage::{ProjectEntry, StoreError};

use crate::forge_access::{ForgeAccess, ForgePrincipal};
use crate::forge_client::{ForgeError, ForgeSession, SessionOptions};

/// The time that one question may take, with all the calls that its plugin makes for it.
const WITHIN: Duration = Duration::from_secs(30);
/// The number of pages that a list may have: a plugin that never ends it is not followed for ever.
const MOST_PAGES: usize = 1_000;

/// Why a poll came to no end.
#[derive(Debug, thiserror::Error)]
pub enum PollError {
    /// The forge rests, or its credential is asked to wait: nobody is at fault, and the next poll tries again.
    #[error("the forge, or the credential's budget, asks to wait")]
    Later,
    /// The forge, or its plugin, says no.
    #[error("{0}")]
    Refused(String),
    /// Storage is unavailable.
    #[error(transparent)]
    Storage(#[from] StoreError),
}

impl From<ForgeError> for PollError {
    fn from(error: ForgeError) -> Self {
        match error {
            ForgeError::Resting(_)
            | ForgeError::RateLimited(_)
            | ForgeError::TryLater
            | ForgeError::InstallationInactive => Self::Later,
            // In the host's words: the forge's own may be anything.
            error => Self::Refused(error.sentence()),
        }
    }
}

/// A forge that is asked about one repository.
pub struct RepositoryPoll {
    session: ForgeSession,
    /// The repository at the path, whatever its number.
    path: RepositoryRef,
    /// The forge's web address.
    pub address: String,
}

impl RepositoryPoll {
    /// The poll of a project's repository in a principal's name.
    ///
    /// # Errors
    /// `Later` where no call may be made now; `Refused` where none can.
    pub async fn open(
        forges: &ForgeAccess,
        principal: &ForgePrincipal,
        entry: &ProjectEntry,
    ) -> Result<Self, PollError> {
        let repository = principal.repository(entry);
        let options = SessionOptions {
            repository: repository.id,
            ..SessionOptions::default()
        };
        let session = forges.open(principal, options).await?;
        Ok(Self {
            address: session.web_address().to_owned(),
            session,
            path: RepositoryRef {
                id: None,
                full_name: repository.full_name,
            },
        })
    }

    /// The repository that lies at the path.
    pub async fn repository(&self) -> Result<RepositoryNow, PollError> {
        self.ask(async |forge| forge.find_repository(&self.path).await).await
    }

    /// Refuses a repository that lies elsewhere by now: its heads are another project's, until the forge told of the move.
    pub fn check_path(&self, now: &RepositoryNow) -> Result<(), PollError> {
        if now.full_name.to_lowercase() == self.path.full_name.to_lowercase() {
            Ok(())
        } else {
            Err(PollError::Refused("another repository's name was answered".to_owned()))
        }
    }

    /// All branches and open pull requests.
    pub async fn heads(&self) -> Result<Vec<Head>, PollError> {
        let (mut heads, mut page) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let listed = self.ask(async |forge| forge.heads(&self.path, page.as_deref()).await);
            let listed = listed.await?;
            heads.extend(listed.items);
            match listed.next {
                Some(next) => page = Some(next),
                None => return Ok(heads),
            }
        }
        Err(PollError::Refused("the forge's list of heads has no end".to_owned()))
    }

    /// The commit that a full ref leads to; none where there is no such ref.
    pub async fn commit(&self, ref_name: &str) -> Result<Option<String>, PollError> {
        self.find(async |forge| forge.resolve(&self.path, ref_name).await).await
    }

    /// A pull request; none where there is none of that number.
    pub async fn pull_request(&self, number: u64) -> Result<Option<PullRequestNow>, PollError> {
        self.find(async |forge| forge.find_pull_request(&self.path, number).await)
            .await
    }

    async fn ask<T>(&self, question: impl AsyncFnOnce(OutboundPlugin) -> Answer<T>) -> Result<T, PollError> {
        Ok(self.session.ask(WITHIN, question).await?)
    }

    /// The answer; none where the forge knows no such thing.
    async fn find<T>(&self, question: impl AsyncFnOnce(OutboundPlugin) -> Answer<T>) -> Result<Option<T>, PollError> {
        match self.session.ask(WITHIN, question).await {
            Ok(found) => Ok(Some(found)),
            Err(ForgeError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
