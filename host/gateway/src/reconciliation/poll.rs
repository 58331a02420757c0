//! A poll: a forge, asked about one repository.

use std::time::Duration;

use forgegate_sandbox::outbound::{Answer, Head, OutboundError, PullRequestNow, RepositoryNow, RepositoryRef};
use forgegate_sandbox::{CallError, OutboundPlugin};
use forgegate_storage::{ProjectEntry, StoreError};

use crate::forge_access::{ForgeAccess, ForgePrincipal, ForgeSession};
use crate::forge_client::Options;

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

/// A forge that is asked about one repository.
pub struct RepositoryPoll {
    session: ForgeSession,
    forge: OutboundPlugin,
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
        if forges.rest(principal).is_some() {
            return Err(PollError::Later);
        }
        let repository = principal.repository(entry);
        let options = Options {
            repository: repository.id,
            ..Options::default()
        };
        let session = forges.open(principal, options).await;
        let session = session.map_err(|error| uncalled(&error))?;
        let address = forges.client.address(&principal.plugin, principal.whom());
        Ok(Self {
            forge: session.within(WITHIN),
            session,
            path: RepositoryRef {
                id: None,
                full_name: repository.full_name,
            },
            address: address.ok_or_else(|| PollError::Refused("nobody knows where the forge is".to_owned()))?,
        })
    }

    /// The repository that lies at the path.
    pub async fn repository(&self) -> Result<RepositoryNow, PollError> {
        self.answered(self.forge.find_repository(&self.path).await)
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
            let listed = self.answered(self.forge.heads(&self.path, page.as_deref()).await)?;
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
        self.optional(self.forge.resolve(&self.path, ref_name).await)
    }

    /// A pull request; none where there is none of that number.
    pub async fn pull_request(&self, number: u64) -> Result<Option<PullRequestNow>, PollError> {
        self.optional(self.forge.find_pull_request(&self.path, number).await)
    }

    /// The answer; none where the forge knows no such thing.
    fn optional<T>(&self, answer: Answer<T>) -> Result<Option<T>, PollError> {
        match answer {
            Ok(Err(OutboundError::NotFound)) => Ok(None),
            answer => self.answered(answer).map(Some),
        }
    }

    fn answered<T>(&self, answer: Answer<T>) -> Result<T, PollError> {
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error @ OutboundError::TryLater(_))) => {
                self.session.hold(&error);
                Err(PollError::Later)
            }
            Ok(Err(OutboundError::Call(error))) => Err(uncalled(&error)),
            Ok(Err(error)) => {
                tracing::debug!(%error, "a forge refuses a look: {error}");
                Err(PollError::Refused(refused(&error).to_owned()))
            }
            Err(error) => Err(PollError::Refused(error.to_string())),
        }
    }
}

/// The error that a call without an answer is.
pub(super) fn uncalled(error: &CallError) -> PollError {
    match error {
        CallError::RateLimited(_) => PollError::Later,
        error => PollError::Refused(error.to_string()),
    }
}

/// The sentence for a refusal, in the host's words: the forge's own may be anything.
const fn refused(error: &OutboundError) -> &'static str {
    match error {
        OutboundError::Unsupported => "the forge's plugin does not offer it",
        OutboundError::NotFound => "the forge does not know the repository, or the credential may not see it",
        OutboundError::Forbidden(_) => "the forge does not let the credential look",
        OutboundError::Unauthorized => "the forge does not accept the credential",
        OutboundError::Rejected(_) => "the forge refuses it",
        OutboundError::Malformed(_) => "the forge's answer cannot be read",
        OutboundError::TryLater(_) | OutboundError::Call(_) | OutboundError::Other(_) => "the forge gave no answer",
    }
}
