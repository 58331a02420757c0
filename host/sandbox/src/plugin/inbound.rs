//! The calls that read deliveries and make samples. They reach no forge.

use forgegate_model::event::Event;
use forgegate_model::evidence::{AuthenticDelivery, Evidence, ParseError, Refusal};
use forgegate_model::header::Headers;
use forgegate_model::plugin::{Subject, Unsealed};
use wasmtime::Store;

use super::{Loaded, Plugin};
use crate::PluginError;
use crate::bindings::Forge;
use crate::bindings::exports::forgegate::plugin::inbound;
use crate::bindings::forgegate::plugin::events;
use crate::call::CallKind;
use crate::guest::Guest;
use crate::translate::{self, headers, short};

impl Plugin {
    /// Asks for the evidence that ties a delivery to its integration. The plugin sees no header field that carries a credential.
    ///
    /// # Errors
    /// When there is no answer. What the plugin answers, a refusal too, is in the inner result.
    pub async fn verify(&self, headers: &Headers) -> Result<Result<Evidence, Refusal>, PluginError> {
        let Loaded {
            callee,
            description,
            withheld,
            ..
        } = &*self.0;
        let fields = headers::to_guest(headers.fields(), withheld);
        let check = |answer: Result<inbound::Evidence, inbound::Refusal>| match answer {
            Ok(evidence) => translate::evidence(evidence, description).map(Ok),
            Err(refusal) => translate::refusal(refusal).map(Err),
        };
        let parameters = (fields.as_slice(),);
        callee
            .call_hot("verify", |hot| hot.verify, CallKind::LIGHT, parameters, check)
            .await
    }

    /// Translates a delivery whose proof held. The plugin sees the payload and no header field that carries a credential; the
    /// delivery's id is the proof's.
    ///
    /// # Errors
    /// When there is no answer. That the payload cannot be read is in the inner result.
    pub async fn parse(&self, delivery: &AuthenticDelivery) -> Result<Result<Event, ParseError>, PluginError> {
        let Loaded { callee, withheld, .. } = &*self.0;
        let fields = headers::to_guest(delivery.headers().fields(), withheld);
        let payload = delivery.payload();
        let kind = CallKind::Inbound {
            body_bytes: payload.len(),
        };
        let check = |answer: Result<events::Event, inbound::ParseError>| match answer {
            Ok(event) => translate::event(event, delivery.delivery_id()).map(Ok),
            Err(inbound::ParseError::Malformed(text) | inbound::ParseError::Other(text)) => {
                Ok(Err(ParseError(short(&text))))
            }
        };
        let parameters = (delivery.event(), fields.as_slice(), payload.as_ref());
        callee.call_hot("parse", |hot| hot.parse, kind, parameters, check).await
    }

    /// A delivery as this forge would send it, or `None` where it has no event of this kind. The kind is named as in the model.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn sample(&self, kind: &str, about: &Subject) -> Result<Option<Unsealed>, PluginError> {
        let Loaded {
            callee, description, ..
        } = &*self.0;
        // The contract's names have hyphens.
        let kind = kind.replace('_', "-");
        let about = translate::subject(about);
        let work = async |guest: &Forge, store: &mut Store<Guest>| {
            let samples = guest.forgegate_plugin_samples();
            samples.call_sample(store, &kind, &about).await
        };
        let check = |sample: Option<_>| sample.map(|it| translate::unsealed(it, description)).transpose();
        callee.call("sample", CallKind::LIGHT, work, check).await
    }
}
