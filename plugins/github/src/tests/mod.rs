//! The plugin as the host sees it: whole deliveries, ours and other people's.

mod corpus;
mod hostile;
mod proof;

use forgegate_sdk::events::{Detail, Event};
use forgegate_sdk::testing::golden;

use crate::GitHub;

#[test]
fn every_case_reads_as_its_golden_file_says() {
    golden::check::<GitHub>(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata"));
}

/// The name of the event's kind, as samples are asked for.
pub fn kind(event: &Event) -> &'static str {
    match event.detail {
        Detail::Push(_) => "push",
        Detail::Tag(_) => "tag",
        Detail::PullRequest(_) => "pull-request",
        Detail::Comment(_) => "comment",
        Detail::Review(_) => "review",
        Detail::Release(_) => "release",
        Detail::Issue(_) => "issue",
        Detail::Pipeline(_) => "pipeline",
        Detail::Job(_) => "job",
        Detail::Deployment(_) => "deployment",
        Detail::Wiki(_) => "wiki",
        Detail::MergeGroup(_) => "merge-group",
        Detail::Repository(_) => "repository",
        Detail::Installation(_) => "installation",
        Detail::Ping => "ping",
        Detail::Unknown(_) => "unknown",
    }
}
