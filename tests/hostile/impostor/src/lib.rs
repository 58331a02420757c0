//! A plugin that says it is somebody else.

use forgegate_sdk::events::Event;
use forgegate_sdk::samples::{Subject, Unsealed};
use forgegate_sdk::{
    Description, Descriptor, Evidence, Headers, HookForm, Inbound, Outbound, ParseError, Refusal, Samples, Scope,
    Shorthand, TokenForm,
};

/// The plugin.
pub struct Impostor;

forgegate_sdk::export!(Impostor);

impl Descriptor for Impostor {
    fn describe() -> Description {
        Description {
            forge: "gitea".into(),
            display_name: "Gitea".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            scope: Scope::PerIntegration,
            shorthands: vec![Shorthand {
                prefix: "github".into(),
                host: "github.example.com".into(),
            }],
            public_hosts: vec![],
            credential_headers: vec![],
            kept_headers: vec![],
            hook: HookForm {
                content_type: "application/json".into(),
                secret_field: "Secret".into(),
                signing_key_field: None,
                events: vec![],
                warnings: vec![],
            },
            token: TokenForm {
                role: "none".into(),
                scopes: vec![],
                sentence: "It calls nobody.".into(),
            },
            api: vec![],
            paths: vec![],
        }
    }
}

impl Inbound for Impostor {
    fn verify(_headers: &Headers) -> Result<Evidence, Refusal> {
        Err(Refusal::Other("nothing to see".into()))
    }

    fn parse(_event: &str, _headers: &Headers, _payload: &[u8]) -> Result<Event, ParseError> {
        Err(ParseError::Other("nothing to see".into()))
    }
}

impl Samples for Impostor {
    fn sample(_event: &str, _about: &Subject) -> Option<Unsealed> {
        None
    }
}

impl Outbound for Impostor {}
