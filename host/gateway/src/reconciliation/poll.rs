//! A forge, asked about one repository.

use std::time::Duration;

use forgegate_model::integration::Integration;
use forgegate_model::status::RepositoryName;
use forgegate_sandbox::outbound::{Answer, Head, OutboundError, PullRequestNow, RepositoryNow, RepositoryRef};
use forgegate_sandbox::{CallError, OutboundPlugin, Plugin};
use forgegate_storage::{ProjectEntry, StoreError};

use crate::connection::identity;
use crate::forge_client::{Options, Whom};
use crate::gateway::Gateway;

/// How long one question may take, with all the calls that its plugin makes for it.
const WITHIN: Duration = Duration::from_secs(30);
/// How many pages a list may have: a plugin that never ends it is not followed for ever.
const MOST_PAGES: usize = 1_000;

/// Why a look came to no end.
#[derive(Debug, thiserror::Error)]
pub enum PollError {
    /// The forge rests, or its credential is asked to wait: this is nobody's fault and tried the next time.
    #[error("the forge, or the credential's budget, asks to wait")]
    Later,
    /// The forge, or its plugin, says no.
    #[error("{0}")]
    Refused(String),
    /// The records.
    #[error(transparent)]
    Storage(#[from] StoreError),
}

/// A forge that is asked about a repository.
pub struct Forge<'a> {
    gateway: &'a Gateway,
    plugin: &'a Plugin,
    row: &'a Integration,
    forge: OutboundPlugin,
    /// The repository at the path, whatever its number.
    path: RepositoryRef,
    /// The forge's web address.
    pub address: String,
}

impl<'a> Forge<'a> {
    /// The forge of a project's repository.
    pub async fn reach(
        gateway: &'a Gateway,
        plugin: &'a Plugin,
        row: &'a Integration,
        entry: &ProjectEntry,
    ) -> Result<Self, PollError> {
        let whom = Whom::Integration(row);
        let outlook = gateway.forge_client.availability(plugin, whom);
        if outlook.is_some_and(|outlook| outlook.rest.is_some()) {
            return Err(PollError::Later);
        }
        let name = RepositoryName::of(entry.project(), identity(entry).as_str(), Some(row));
        let options = Options {
            repository: name.id,
            ..Options::default()
        };
        let errand = gateway.forge_client.session(plugin, whom, options).await;
        let forge = plugin.outbound(errand.map_err(|error| uncalled(&error))?, WITHIN);
        let address = gateway.forge_client.address(plugin, whom);
        Ok(Self {
            gateway,
            plugin,
            row,
            forge,
            path: RepositoryRef {
                id: None,
                full_name: name.full_name,
            },
            address: address.ok_or_else(|| PollError::Refused("nobody knows where the forge is".to_owned()))?,
        })
    }

    /// The repository that lies at the path.
    pub async fn repository(&self) -> Result<RepositoryNow, PollError> {
        self.answered(self.forge.find_repository(&self.path).await)
    }

    /// Refuses a repository that lies elsewhere by now: its heads are another project's, until the forge told of the move.
    pub fn stays(&self, now: &RepositoryNow) -> Result<(), PollError> {
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
        self.there(self.forge.resolve(&self.path, ref_name).await)
    }

    /// A pull request; none where there is none of that number.
    pub async fn pull_request(&self, number: u64) -> Result<Option<PullRequestNow>, PollError> {
        self.there(self.forge.find_pull_request(&self.path, number).await)
    }

    fn there<T>(&self, answer: Answer<T>) -> Result<Option<T>, PollError> {
        match answer {
            Ok(Err(OutboundError::NotFound)) => Ok(None),
            answer => self.answered(answer).map(Some),
        }
    }

    fn answered<T>(&self, answer: Answer<T>) -> Result<T, PollError> {
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(OutboundError::TryLater(seconds))) => {
                // Only where the forge says how long: a single 502 silences nobody else.
                if let Some(seconds) = seconds {
                    let (whom, rest) = (Whom::Integration(self.row), Duration::from_secs(seconds));
                    self.gateway.forge_client.hold(self.plugin, whom, rest);
                }
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

pub(super) fn uncalled(error: &CallError) -> PollError {
    match error {
        CallError::RateLimited(_) => PollError::Later,
        error => PollError::Refused(error.to_string()),
    }
}

/// In our words: the forge's own may be anything.
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
