//! The outcome of each event of each forge under each filter: the tables beside this file and the table of `docs/triggers.md` are held
//! against the program. The payloads are test data of the plugins, and are parsed by the bundled components.

mod forges;
mod program;
mod row;

use std::collections::BTreeSet;

use forgegate_model::event::Kind;
use forges::Forges;
use row::Row;

const TABLES: [(&str, &str); 4] = [
    ("gitea", include_str!("gitea.txt")),
    ("forgejo", include_str!("forgejo.txt")),
    ("gitlab", include_str!("gitlab.txt")),
    ("github", include_str!("github.txt")),
];

const DOCUMENTED: &str = include_str!("../../../docs/triggers.md");

fn rows(forge: &str) -> Vec<Row> {
    let (forge, text) = TABLES.into_iter().find(|(name, _)| *name == forge).unwrap();
    row::read(&format!("{forge}.txt"), forge, text)
}

/// The rows of the examples: the lines of a table whose second cell names a payload, as `forge/payload`.
fn documented() -> Vec<Row> {
    let lines = DOCUMENTED.lines().zip(1..);
    let rows = lines.filter_map(|(line, number)| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let ["", _, payload, triggers, expected, ""] = cells[..] else {
            return None;
        };
        let (forge, payload) = code(payload)?.split_once('/')?;
        let place = format!("docs/triggers.md:{number}");
        Some(row::row(place, forge, payload, code(triggers)?, expected))
    });
    rows.collect()
}

/// The text between the first two backticks.
fn code(cell: &str) -> Option<&str> {
    cell.split('`').nth(1)
}

/// All that differ, so that a change of the rules is read at once.
async fn differences(rows: &[Row]) -> Vec<String> {
    let forges = Forges::load().await;
    let mut differences = Vec::new();
    for row in rows {
        let event = forges.event(row).await;
        let found = program::outcome(row, event.as_ref());
        if found != row.expected {
            differences.push(format!(
                "{}: `{}` is `{found}`, not `{}`",
                row.place, row.payload, row.expected
            ));
        }
    }
    differences
}

#[tokio::test]
async fn every_row_is_what_the_program_does() {
    let rows: Vec<_> = TABLES.iter().flat_map(|(forge, _)| rows(forge)).collect();
    let differences = differences(&rows).await;
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

#[tokio::test]
async fn every_example_of_the_documentation_is_what_the_program_does() {
    let rows = documented();
    assert!(rows.len() >= 30, "only {} examples were read", rows.len());
    let differences = differences(&rows).await;
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

/// The kinds that a forge has.
fn kinds(forge: &str) -> Vec<Kind> {
    use Kind::{
        Comment, Deployment, Installation, Issue, Job, MergeGroup, Ping, Pipeline, PullRequest, Push, Release,
        Repository, Review, Tag, Unknown, Wiki,
    };
    let mut kinds = vec![
        Push,
        Tag,
        PullRequest,
        Comment,
        Review,
        Release,
        Issue,
        Pipeline,
        Job,
        Wiki,
        Repository,
        Unknown,
    ];
    match forge {
        "gitlab" => kinds.push(Deployment),
        "github" => kinds.extend([Deployment, MergeGroup, Installation, Ping]),
        _ => {}
    }
    kinds
}

#[tokio::test]
async fn every_event_that_a_forge_has_is_in_its_table() {
    let forges = Forges::load().await;
    for (forge, _) in TABLES {
        let mut missing: Vec<_> = kinds(forge);
        for row in rows(forge) {
            if let Some(event) = forges.event(&row).await {
                missing.retain(|kind| *kind != event.kind());
                assert!(
                    kinds(forge).contains(&event.kind()),
                    "{}: {:?}",
                    row.place,
                    event.kind()
                );
            }
        }
        assert!(missing.is_empty(), "{forge}: {missing:?}");
    }
}

#[test]
fn every_payload_that_a_plugin_is_tested_with_is_in_its_table() {
    for (forge, _) in TABLES {
        let rows = rows(forge);
        let named: BTreeSet<_> = rows
            .iter()
            .filter(|row| row.of == forge)
            .map(|row| &row.payload)
            .collect();
        let payloads = forges::payloads(forge);
        let missing: Vec<_> = payloads.iter().filter(|name| !named.contains(name)).collect();
        assert!(missing.is_empty(), "{forge}: {missing:?}");
    }
}

#[test]
fn every_filter_of_every_trigger_lets_something_through_and_stops_something_on_every_forge() {
    let filters = [
        ("push", &["branches", "paths"][..]),
        ("tag", &["tags"]),
        (
            "pull_request",
            &["branches", "target_branches", "actions", "labels", "drafts"],
        ),
        ("release", &["tags", "actions", "prereleases"]),
        ("comment", &["actions"]),
    ];
    for (forge, _) in TABLES {
        let rows = rows(forge);
        for (kind, fields) in filters {
            for field in fields {
                let has = |row: &&Row| row.triggers.len() == 1 && row.triggers[0].kind == kind && row.filters_by(field);
                let with = rows.iter().filter(has);
                let (passing, stopped): (Vec<&Row>, Vec<&Row>) = with.partition(|row| row.passes());
                assert!(!passing.is_empty(), "{forge}: no {kind} passes `{field}`");
                // GitLab knows no pre-release.
                let is_unknown = forge == "gitlab" && *field == "prereleases";
                assert_eq!(
                    stopped.is_empty(),
                    is_unknown,
                    "{forge}: a {kind} that is stopped by `{field}`"
                );
            }
        }
    }
}

#[test]
fn what_is_switched_on_by_itself_is_shown_both_ways_on_every_forge() {
    for (forge, _) in TABLES {
        let rows = rows(forge);
        let any = |kind: &str, field: Option<&str>, outcome: &str| {
            rows.iter().any(|row| {
                let of_kind = row.triggers.iter().any(|it| it.kind == kind);
                of_kind && field.is_none_or(|it| row.filters_by(it)) && row.expected.starts_with(outcome)
            })
        };
        for kind in ["push", "tag", "pull_request"] {
            assert!(
                any(kind, None, "skipped: skip_requested"),
                "{forge}: no {kind} asks to be skipped"
            );
            assert!(any(kind, Some("skip_ci"), "queued"), "{forge}: no {kind} asks in vain");
        }
        assert!(any("pull_request", None, "held"), "{forge}: nothing is held");
        assert!(
            any("pull_request", Some("require_approval"), "queued, untrusted"),
            "{forge}: nothing is let through"
        );
        assert!(any("pull_request", None, "skipped: draft"), "{forge}: no draft");
        assert!(
            any("push", Some("active"), "skipped: inactive"),
            "{forge}: nothing is switched off"
        );
    }
}

#[test]
fn every_reason_that_matching_and_the_writer_have_is_in_every_table() {
    let reasons = [
        "skipped: already_in_progress",
        "skipped: no_previous_evaluation",
        "skipped: filtered",
        "skipped: paths_unchanged",
        "skipped: skip_requested",
        "skipped: draft",
        "skipped: inactive",
        "skipped: concurrency",
        "skipped: repository_replaced",
        "skipped: db_error",
        "ignored: no_linked_project",
        "ignored: no_matching_repository",
        "ignored: no_trigger_for_event",
        "ignored: not_this_repository",
        "malformed",
    ];
    for (forge, _) in TABLES {
        let rows = rows(forge);
        for reason in reasons {
            assert!(
                rows.iter().any(|row| row.expected.starts_with(reason)),
                "{forge}: {reason}"
            );
        }
    }
}
