//! The bodies that others have published, which are not part of this project.
//!
//! `FORGEGATE_CORPUS` names the folder; bodies as GitLab's own documentation gives them lie under `gitlab/`, those of a
//! client library under `gitlab/client/`. Without it there is nothing to read here.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use forgegate_sdk::events::{Detail, Event};
use forgegate_sdk::{Headers, Inbound};

use crate::GitLab;

/// The event field, by the file's name, and the kind that must come of it.
const EXPECTED: [(&str, &str, &str); 27] = [
    ("build", "Job Hook", "job"),
    ("comment-commit-event", "Note Hook", "comment"),
    ("comment-issue-event", "Note Hook", "comment"),
    ("comment-merge-request-event", "Note Hook", "comment"),
    ("comment-snippet-event", "Note Hook", "comment"),
    ("confidential-comment-event", "Confidential Note Hook", "comment"),
    ("confidential-issue-event", "Confidential Issue Hook", "issue"),
    ("deployment", "Deployment Hook", "deployment"),
    // Its keys end in a space each, a slip of the documentation: no number, no branch.
    ("group_merge_request", "Merge Request Hook", "unknown"),
    ("issue", "Issue Hook", "issue"),
    ("job", "Job Hook", "job"),
    ("merge-request-event", "Merge Request Hook", "pull-request"),
    ("merge_request", "Merge Request Hook", "pull-request"),
    ("note_", "Note Hook", "comment"),
    ("pipeline", "Pipeline Hook", "pipeline"),
    ("push", "Push Hook", "push"),
    ("release", "Release Hook", "release"),
    ("service_merge_request", "Service Hook", "pull-request"),
    ("system-merge-request-event", "System Hook", "pull-request"),
    ("system-project-", "System Hook", "repository"),
    ("system-push-event", "System Hook", "push"),
    ("system-tag-event", "System Hook", "tag"),
    ("system-", "System Hook", "unknown"),
    ("tag", "Tag Push Hook", "tag"),
    ("wiki", "Wiki Page Hook", "wiki"),
    ("feature_flag", "Feature Flag Hook", "unknown"),
    ("", "Some Hook", "unknown"),
];

#[test]
fn every_published_body_has_the_kind_of_its_name() {
    let Some(corpus) = std::env::var_os("FORGEGATE_CORPUS") else {
        return;
    };
    let folder = Path::new(&corpus).join("gitlab");
    let files = [bodies(&folder), bodies(&folder.join("client"))].concat();
    assert!(files.len() > 50, "{} holds {} bodies", folder.display(), files.len());
    let mut kinds = BTreeMap::<&str, usize>::new();
    for file in files {
        *kinds.entry(check(&file)).or_default() += 1;
    }
    assert!(kinds["unknown"] < 25, "{kinds:?}");
}

fn bodies(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.extension() == Some(OsStr::new("json")))
        .collect()
}

fn check(file: &Path) -> &'static str {
    let name = file.file_stem().unwrap().to_str().unwrap();
    let (_, hook, expected) = EXPECTED.iter().find(|(prefix, ..)| name.starts_with(prefix)).unwrap();
    let payload = std::fs::read(file).unwrap();
    let event = GitLab::parse(hook, &Headers::new(Vec::new()), &payload);
    let event = event.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    assert_eq!(kind(&event), *expected, "{name}");
    let is_code = matches!(*expected, "push" | "tag" | "pull-request");
    assert!(!is_code || !event.repository.unwrap().urls.is_empty(), "{name}");
    expected
}

fn kind(event: &Event) -> &'static str {
    match event.detail {
        Detail::Push(_) => "push",
        Detail::Tag(_) => "tag",
        Detail::PullRequest(_) => "pull-request",
        Detail::Comment(_) => "comment",
        Detail::Issue(_) => "issue",
        Detail::Release(_) => "release",
        Detail::Pipeline(_) => "pipeline",
        Detail::Job(_) => "job",
        Detail::Deployment(_) => "deployment",
        Detail::Wiki(_) => "wiki",
        Detail::Repository(_) => "repository",
        Detail::Unknown(_) => "unknown",
        _ => "another",
    }
}
