//! A loaded plugin, and what can be asked of it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use forgegate_model::event::Event;
use forgegate_model::evidence::{AuthenticDelivery, Evidence, ParseError, Refusal};
use forgegate_model::header::Headers;
use forgegate_model::plugin::{Description, Subject, Unsealed};

use crate::bindings::exports::forgegate::plugin::inbound;
use crate::call::Callee;
use crate::error::short;
use crate::translate::{self, headers};
use crate::{Figures, PluginError};

/// Where a plugin came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The program carries it inside itself.
    Bundled,
    /// A file, of the plugin directory or named to a command.
    Directory(PathBuf),
}

impl Source {
    /// The source's name, as it is shown.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Bundled => "bundled",
            Self::Directory(_) => "directory",
        }
    }

    /// What a plugin is called that has not told its name.
    pub(crate) fn label(&self) -> String {
        match self {
            Self::Bundled => "a bundled plugin".to_owned(),
            Self::Directory(path) => short(&path.display().to_string()),
        }
    }
}

/// A loaded plugin. Clones are the same plugin; it stays loaded while one of them lives.
///
/// Every call gets a fresh instance and is bounded by the sandbox's settings. Dropping a call's future ends the call and frees all
/// that it held.
#[derive(Clone)]
pub struct Plugin(Arc<Loaded>);

pub(crate) struct Loaded {
    pub callee: Callee,
    pub description: Description,
    /// Header fields that the plugin does not see.
    pub withheld: Vec<String>,
    pub digest: String,
    pub imports: Vec<String>,
    pub source: Source,
    pub size_bytes: usize,
    pub load_time: Duration,
}

impl Plugin {
    pub(crate) fn new(loaded: Loaded) -> Self {
        Self(Arc::new(loaded))
    }

    /// The forge's id: the path segment of its URLs.
    #[must_use]
    pub fn forge(&self) -> &str {
        &self.0.description.forge
    }

    /// The plugin's own account of itself, checked when it was loaded.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.0.description
    }

    /// The digest of the component: `sha256:` and hex digits.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.0.digest
    }

    /// The interfaces that the component can call.
    #[must_use]
    pub fn imports(&self) -> &[String] {
        &self.0.imports
    }

    /// Where it came from.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.0.source
    }

    /// The component's size.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.0.size_bytes
    }

    /// How long it took to load, compiling included.
    #[must_use]
    pub fn load_time(&self) -> Duration {
        self.0.load_time
    }

    /// What was counted since it was loaded.
    #[must_use]
    pub fn figures(&self) -> Figures {
        self.0.callee.counters().read()
    }

    /// Asks for the evidence that ties a delivery to its integration. The plugin sees no header field that carries a credential.
    ///
    /// # Errors
    /// When there is no answer. What the plugin answers, a refusal too, is in the inner result.
    pub async fn verify(
        &self,
        headers: &Headers,
    ) -> Result<Result<Evidence, Refusal>, PluginError> {
        let Loaded {
            callee,
            description,
            withheld,
            ..
        } = &*self.0;
        let fields = headers::to_guest(headers.fields(), withheld);
        let mut place = callee.place(0, None).await?;
        let store = &mut place.store;
        let work = async {
            let guest = callee.instance(store).await?;
            let inbound = guest.forgegate_plugin_inbound();
            inbound.call_verify(store, &fields).await
        };
        let check = |answer| match answer {
            Ok(evidence) => translate::evidence(evidence, description).map(Ok),
            Err(refusal) => translate::refusal(refusal).map(Err),
        };
        callee.run("verify", work, check).await
    }

    /// Translates a delivery whose proof held. The plugin sees the payload and no header field that carries a credential; the
    /// delivery's id is the proof's.
    ///
    /// # Errors
    /// When there is no answer. That the payload cannot be read is in the inner result.
    pub async fn parse(
        &self,
        delivery: &AuthenticDelivery,
    ) -> Result<Result<Event, ParseError>, PluginError> {
        let Loaded {
            callee, withheld, ..
        } = &*self.0;
        let fields = headers::to_guest(delivery.headers().fields(), withheld);
        let payload = delivery.payload();
        let mut place = callee.place(payload.len(), None).await?;
        let store = &mut place.store;
        let work = async {
            let guest = callee.instance(store).await?;
            let inbound = guest.forgegate_plugin_inbound();
            inbound
                .call_parse(store, delivery.event(), &fields, payload)
                .await
        };
        let check = |answer| match answer {
            Ok(event) => translate::event(event, delivery.delivery_id()).map(Ok),
            Err(inbound::ParseError::Malformed(text) | inbound::ParseError::Other(text)) => {
                Ok(Err(ParseError(short(&text))))
            }
        };
        callee.run("parse", work, check).await
    }

    /// A delivery as this forge would send it, or `None` where it has no event of this kind. The kind is named as in the model.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn sample(
        &self,
        kind: &str,
        about: &Subject,
    ) -> Result<Option<Unsealed>, PluginError> {
        let Loaded {
            callee,
            description,
            ..
        } = &*self.0;
        // The contract's names have hyphens.
        let kind = kind.replace('_', "-");
        let about = translate::subject(about);
        let mut place = callee.place(0, None).await?;
        let store = &mut place.store;
        let work = async {
            let guest = callee.instance(store).await?;
            let samples = guest.forgegate_plugin_samples();
            samples.call_sample(store, &kind, &about).await
        };
        let check = |sample: Option<_>| {
            sample
                .map(|it| translate::unsealed(it, description))
                .transpose()
        };
        callee.run("sample", work, check).await
    }
}
