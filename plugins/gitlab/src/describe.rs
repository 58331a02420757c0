//! The plugin's description: headers, forms, and the calls that it makes.

use forgegate_sdk::text::owned;
use forgegate_sdk::{ApiBase, Description, HookForm, PathTemplate, Scope, Shorthand, TokenForm};

use crate::outbound::PATHS;
use crate::verify;

/// The words beside the tick boxes of GitLab's webhook form. The first five start evaluations, the others are counted.
const EVENTS: [&str; 12] = [
    "Push events",
    "Tag push events",
    "Merge request events",
    "Comments",
    "Releases events",
    "Issues events",
    "Confidential issues events",
    "Confidential comments",
    "Pipeline events",
    "Job events",
    "Deployment events",
    "Wiki page events",
];

const WARNINGS: [&str; 3] = [
    "A hook that ticks only push events never reports merge requests: code from forks does not reach the project by a push.",
    "A push that changes more than three branches or tags at once sends nothing at all, unless the administrator of the GitLab \
     instance has raised `push_event_hooks_limit`.",
    "With a custom webhook template GitLab sends a body of its owner's making, which no event can be read from: leave the \
     template empty.",
];

/// Fields whose values are kept with a delivery. None of them carries a credential or text that somebody wrote.
const KEPT_HEADERS: [&str; 9] = [
    verify::EVENT,
    "x-gitlab-event-uuid",
    "x-gitlab-instance",
    "x-gitlab-webhook-uuid",
    verify::IDEMPOTENCY_KEY,
    verify::ID,
    verify::TIMESTAMP,
    "content-type",
    "user-agent",
];

/// The description of the plugin.
pub fn describe() -> Description {
    Description {
        forge: "gitlab".to_owned(),
        display_name: "GitLab".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        scope: Scope::PerIntegration,
        shorthands: vec![Shorthand {
            prefix: "gitlab".to_owned(),
            host: "gitlab.com".to_owned(),
        }],
        public_hosts: vec!["gitlab.com".to_owned()],
        credential_headers: owned(&[verify::TOKEN, "authorization"]),
        kept_headers: owned(&KEPT_HEADERS),
        hook: hook_form(),
        token: token_form(),
        api: vec![ApiBase {
            host: None,
            origin: None,
            path: "/api/v4".to_owned(),
        }],
        paths: PathTemplate::all(&PATHS),
    }
}

fn hook_form() -> HookForm {
    HookForm {
        content_type: "application/json".to_owned(),
        secret_field: "Secret token".to_owned(),
        signing_key_field: Some("Signing token".to_owned()),
        events: owned(&EVENTS),
        warnings: owned(&WARNINGS),
    }
}

fn token_form() -> TokenForm {
    TokenForm {
        role: "Developer (Maintainer where the gateway is to look after the webhook)".to_owned(),
        scopes: owned(&["api"]),
        sentence:
            "GitLab lets nobody below Developer set the status of a commit, nobody below Maintainer see or change \
                   webhooks, and has no narrower scope than `api` for either."
                .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_credential_is_kept() {
        let description = describe();
        for name in &description.credential_headers {
            assert!(!description.kept_headers.contains(name), "{name}");
        }
        assert!(!description.kept_headers.iter().any(|name| name == verify::SIGNATURE));
    }

    #[test]
    fn the_token_proof_names_a_credential_header() {
        let description = describe();
        assert!(description.credential_headers.iter().any(|name| name == verify::TOKEN));
    }

    #[test]
    fn names_of_header_fields_are_in_lower_case() {
        let description = describe();
        let names = description.credential_headers.iter().chain(&description.kept_headers);
        for name in names {
            assert_eq!(*name, name.to_lowercase());
        }
    }
}
