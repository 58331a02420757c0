//! The plugin's description: headers, forms, and the calls that it makes.

use forgegate_sdk::text::owned;
use forgegate_sdk::{ApiBase, Description, HookForm, PathTemplate, Scope, TokenForm};

use crate::Forge;
use crate::outbound::PATHS;

/// Header fields that say what a delivery is; all others are forgotten.
const KEPT_HEADERS: [&str; 11] = [
    "content-type",
    "user-agent",
    "x-forgejo-delivery",
    "x-forgejo-event",
    "x-forgejo-event-type",
    "x-gitea-delivery",
    "x-gitea-event",
    "x-gitea-event-type",
    "x-gitea-hook-installation-target-type",
    "x-github-event",
    "x-gogs-event",
];

/// The description of a forge of this family.
pub fn describe(forge: &Forge) -> Description {
    Description {
        forge: forge.id.into(),
        display_name: forge.name.into(),
        version: forge.version.into(),
        scope: Scope::PerIntegration,
        shorthands: Vec::new(),
        public_hosts: owned(forge.public_hosts),
        // Whoever sets up the hook may have the forge send any value in this field.
        credential_headers: owned(&["authorization"]),
        kept_headers: owned(&KEPT_HEADERS),
        hook: hook_form(),
        token: token_form(),
        api: vec![ApiBase {
            host: None,
            origin: None,
            path: "/api/v1".into(),
        }],
        paths: PathTemplate::all(&PATHS),
    }
}

fn hook_form() -> HookForm {
    HookForm {
        content_type: "application/json".into(),
        secret_field: "Secret".into(),
        signing_key_field: None,
        events: owned(&[
            "Push",
            "Delete",
            "Pull request",
            "Pull request synchronized",
            "Pull request labeled",
            "Pull request reviewed",
            "Pull request comment",
            "Issue comment",
            "Release",
            "Repository",
        ]),
        warnings: owned(&[
            "With “Push events” alone nothing arrives for pull requests, comments, reviews and releases.",
            "Without “Pull request synchronized” a new push to an open pull request is not noticed.",
            "Without “Delete” the removal of a branch is not noticed: this forge sends no push for it.",
            "Without “Pull request reviewed” an approval on the forge releases nothing.",
        ]),
    }
}

fn token_form() -> TokenForm {
    TokenForm {
        role: "write access to the repository; administration of it for commands, approvals and the care of hooks".into(),
        scopes: owned(&["write:repository", "write:issue", "read:user"]),
        sentence: "A status, and a hook, is written to the repository and a comment to its issues; the account is read to see whose \
                   token it is; what others may do is told to administrators only. A hook of an organization takes write:organization."
            .into(),
    }
}
