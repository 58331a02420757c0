//! The plugin's description: headers, forms, and the calls that it makes.

use forgegate_sdk::text::owned;
use forgegate_sdk::{ApiBase, Description, HookForm, PathTemplate, Scope, Shorthand, TokenForm};

use crate::outbound::PATHS;
use crate::requirements::{EVENTS, PERMISSIONS};

/// The fields that tell deliveries apart and help to find one in GitHub's own list.
const KEPT_HEADERS: [&str; 9] = [
    "content-type",
    "user-agent",
    "x-github-delivery",
    "x-github-enterprise-host",
    "x-github-enterprise-version",
    "x-github-event",
    "x-github-hook-id",
    "x-github-hook-installation-target-id",
    "x-github-hook-installation-target-type",
];

/// The description of the plugin.
pub fn describe() -> Description {
    Description {
        forge: "github".into(),
        display_name: "GitHub".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        scope: Scope::PerApp,
        shorthands: vec![Shorthand {
            prefix: "github".into(),
            host: "github.com".into(),
        }],
        public_hosts: vec!["github.com".into()],
        credential_headers: vec!["authorization".into()],
        kept_headers: owned(&KEPT_HEADERS),
        hook: hook_form(),
        token: token_form(),
        api: vec![
            ApiBase {
                host: Some("github.com".into()),
                origin: Some("https://api.github.com".into()),
                path: String::new(),
            },
            ApiBase {
                host: None,
                origin: None,
                path: "/api/v3".into(),
            },
        ],
        paths: PathTemplate::all(&PATHS),
    }
}

fn hook_form() -> HookForm {
    HookForm {
        content_type: "application/json".into(),
        secret_field: "Webhook secret".into(),
        signing_key_field: None,
        events: owned(&EVENTS),
        warnings: owned(&[
            "With `push` alone, pull requests, comments, releases, merge queues and the re-run buttons of checks never arrive.",
            "GitHub offers an event only where the App has its permission: set the permissions first.",
            "GitHub sends nothing for a push of more than three tags or of more than 5,000 branches at once.",
        ]),
    }
}

fn token_form() -> TokenForm {
    TokenForm {
        role: "GitHub App".into(),
        scopes: owned(&PERMISSIONS.map(|it| it.label)),
        sentence: "Each installation gets short-lived tokens by the App's private key, with the permissions that the App has; no token is stored.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_names_are_lower_case_and_no_credential_is_kept() {
        let about = describe();
        for name in about.kept_headers.iter().chain(&about.credential_headers) {
            assert_eq!(*name, name.to_ascii_lowercase());
        }
        for name in &about.credential_headers {
            assert!(!about.kept_headers.contains(name), "{name}");
        }
    }
}
