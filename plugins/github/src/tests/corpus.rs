//! The payloads that others have published, which are not part of this project.
//!
//! `FORGEGATE_CORPUS` names the folder; a folder under `github/` is an event. Without it there is nothing to read here.

use std::path::{Path, PathBuf};

use forgegate_sdk::events::{Detail, Event};
use forgegate_sdk::{Headers, Inbound};

use super::kind;
use crate::GitHub;

/// The kind that comes of each event; of all others, `unknown`.
const EXPECTED: [(&str, &str); 19] = [
    ("check_run", "job"),
    ("check_suite", "pipeline"),
    ("deployment", "deployment"),
    ("deployment_status", "deployment"),
    ("gollum", "wiki"),
    ("installation", "installation"),
    ("installation_repositories", "installation"),
    ("installation_target", "installation"),
    ("issue_comment", "comment"),
    ("issues", "issue"),
    ("merge_group", "merge-group"),
    ("ping", "ping"),
    ("pull_request", "pull-request"),
    ("pull_request_review", "review"),
    ("push", "push"),
    ("release", "release"),
    ("repository", "repository"),
    ("workflow_job", "job"),
    ("workflow_run", "pipeline"),
];

/// Files of which something else comes than of their neighbours: tags, and acts that another delivery announces as well or
/// that the vocabulary has no word for.
const EXCEPTIONS: [(&str, &str); 8] = [
    ("issues/deleted.payload.json", "unknown"),
    ("issues/transferred.payload.json", "unknown"),
    ("push/1.payload.json", "tag"),
    ("push/payload.json", "tag"),
    ("push/with-installation.payload.json", "tag"),
    ("push/with-organization.payload.json", "tag"),
    ("release/prereleased.payload.json", "unknown"),
    ("release/prereleased.with-discussion-url.payload.json", "unknown"),
];

/// Events whose payloads there have no repository, or that of somebody else's.
const WITHOUT_REPOSITORY: [&str; 2] = ["installation", "installation_repositories"];

#[test]
fn every_published_payload_has_the_kind_of_its_folder() {
    let Some(corpus) = std::env::var_os("FORGEGATE_CORPUS") else {
        return;
    };
    let folder = Path::new(&corpus).join("github");
    let files: Vec<PathBuf> = entries(&folder).iter().flat_map(|event| entries(event)).collect();
    assert!(files.len() > 250, "{} holds {} payloads", folder.display(), files.len());
    for file in &files {
        check(file, &folder);
    }
    for (name, _) in EXCEPTIONS {
        assert!(folder.join(name).is_file(), "{name}");
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn check(file: &Path, folder: &Path) {
    let name = file.strip_prefix(folder).unwrap().to_str().unwrap();
    let event_name = name.split('/').next().unwrap();
    let of = |table: &[(&str, &'static str)], key: &str| table.iter().find(|(k, _)| *k == key).map(|(_, kind)| *kind);
    let expected = of(&EXCEPTIONS, name)
        .or_else(|| of(&EXPECTED, event_name))
        .unwrap_or("unknown");
    let payload = std::fs::read(file).unwrap();
    let event = GitHub::parse(event_name, &Headers::new(Vec::new()), &payload);
    let event = event.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    assert_eq!(kind(&event), expected, "{name}");
    if let Detail::Unknown(unknown) = &event.detail {
        assert_eq!(unknown, event_name, "{name}");
    }
    agrees_with(&event, &payload, name);
    let needs_repository = !matches!(expected, "unknown" | "ping");
    if needs_repository && !WITHOUT_REPOSITORY.contains(&event_name) {
        assert_eq!(event.repository.unwrap().urls.len(), 2, "{name}");
    }
}

/// Repository, sender and installation are the payload's, whatever came of the rest.
fn agrees_with(event: &Event, payload: &[u8], name: &str) {
    let sent: serde_json::Value = serde_json::from_slice(payload).unwrap();
    let number = |path: &str| sent.pointer(path).and_then(|id| id.as_u64()).map(|id| id.to_string());
    let repository = event.repository.as_ref().and_then(|r| r.id.clone());
    assert_eq!(repository, number("/repository/id"), "{name}");
    let sender = event.actor.as_ref().and_then(|a| a.user.id.clone());
    assert_eq!(sender, number("/sender/id"), "{name}");
    assert_eq!(event.installation, number("/installation/id"), "{name}");
}
