//! The words: contexts, the summary in a pull request, the body of a web request.

use std::fmt::Write;

use serde_json::json;

use super::{Part, Scene, StatusMessage};
use crate::evaluation::{Check, CheckState};
use crate::ids::ActionId;

/// The most characters of a worker's sentence in a comment.
const SENTENCE: usize = 200;
/// The most checks that a comment or request names; how many more there are is said.
const MOST_CHECKS: usize = 40;
/// The part's name that no check can have: two that differ in case alone are one to some forges.
const APPROVAL: &str = "approval";

/// The name of a status at a commit.
pub(super) fn context(template: &str, organization: &str, project: &str, part: Part<'_>) -> String {
    let whole = template
        .replace("{organization}", organization)
        .replace("{project}", project);
    match part {
        Part::Whole => whole,
        Part::Approval => format!("{whole}: {APPROVAL}"),
        Part::Check(name) => {
            let name = one_line(name, usize::MAX);
            if name.eq_ignore_ascii_case(APPROVAL) {
                format!("{whole}: {name} (check)")
            } else {
                format!("{whole}: {name}")
            }
        }
    }
}

/// The hidden mark in an action's comments.
pub(super) fn mark(action: ActionId) -> String {
    format!("<!-- forgegate {action} -->")
}

/// The summary in a pull request. What a worker wrote is shown as text: it makes no link, calls nobody and breaks no table.
pub(super) fn comment(scene: &Scene<'_>, line: &StatusMessage<'_>, mark: &str) -> String {
    let evaluation = scene.evaluation;
    let short: String = evaluation.work.sha.chars().take(10).collect();
    let mut body = format!(
        "{mark}\n**{}/{}**: {} at `{short}`\n",
        scene.organization,
        scene.project.name,
        word(&line.state).replace('_', " "),
    );
    if let Some(description) = line.description {
        // Writing to a text cannot fail.
        let _ = write!(body, "\n{}\n", plain(description));
    }
    if let Some(url) = line.url.and_then(link) {
        let _ = write!(body, "\n[Details]({url})\n");
    }
    body.push_str(&table(&evaluation.checks));
    body
}

/// The body of a web request: the type, the time and the data, as Standard Webhooks has them. Of the checks names and states alone.
pub(super) fn request(scene: &Scene<'_>) -> String {
    let evaluation = scene.evaluation;
    let work = &evaluation.work;
    let checks = evaluation.checks.iter().take(MOST_CHECKS);
    let checks: Vec<_> = checks
        .map(|check| json!({"name": check.name, "state": check.state}))
        .collect();
    let body = json!({
        "type": format!("evaluation.{}", word(&evaluation.state)),
        "timestamp": scene.at,
        "data": {
            "id": evaluation.id,
            "organization": scene.organization,
            "project": scene.project.name,
            "repository": evaluation.repository,
            "clone_url": work.clone_url,
            "fetch_ref": work.fetch_ref,
            "ref": work.ref_name,
            "sha": work.sha,
            "before": work.before,
            "state": evaluation.state,
            "trust": work.trust,
            "cause": {
                "event": work.cause.event,
                "delivery_id": work.cause.delivery_id,
                "actor": work.cause.actor,
                "pull_request": work.cause.pull_request,
            },
            "attempt": evaluation.attempt.max(1),
            "description": evaluation.description,
            "url": evaluation.url,
            "checks": checks,
            "checks_total": evaluation.checks.len(),
            "superseded_by": evaluation.superseded_by,
            "rerun_of": evaluation.rerun_of,
            "created_at": evaluation.created_at,
            "started_at": evaluation.started_at,
            "finished_at": evaluation.finished_at,
        },
    });
    body.to_string()
}

fn table(checks: &[Check]) -> String {
    let mut table = String::new();
    if checks.is_empty() {
        return table;
    }
    table.push_str("\n| Check | State | |\n|---|---|---|\n");
    for check in checks.iter().take(MOST_CHECKS) {
        let description = check.description.as_deref().map(plain).unwrap_or_default();
        let name = plain(&check.name);
        let _ = writeln!(table, "| {name} | {} | {description} |", state_of(check.state));
    }
    if let Some(more) = checks.len().checked_sub(MOST_CHECKS).filter(|more| *more > 0) {
        let _ = write!(table, "\nand {more} more\n");
    }
    table
}

fn state_of(state: CheckState) -> String {
    word(&state)
}

/// The word that a state is written with.
fn word(state: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(state).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

/// A worker's text in one line, without anything that Markdown or a forge would make something of.
fn plain(text: &str) -> String {
    let mut safe = String::new();
    // Nor is an address that a forge would make a link of by itself.
    let line = one_line(text, SENTENCE)
        .replace("://", ":\u{200b}//")
        .replace("www.", "www\u{200b}.");
    for letter in line.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            // Behind a space that has no width nobody is called, and nothing is linked.
            '@' | '#' | '!' => safe.extend([letter, '\u{200b}']),
            '\\' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '>' | '|' | '~' | '$' => safe.extend(['\\', letter]),
            _ => safe.push(letter),
        }
    }
    safe
}

/// An address that may stand in a link.
fn link(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    let text = String::from(url).replace('(', "%28").replace(')', "%29");
    is_web.then_some(text)
}

/// Without line breaks and other control characters, and no longer than that.
fn one_line(text: &str, most: usize) -> String {
    let words = text.split(|letter: char| letter.is_control() || letter.is_whitespace());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let cut: String = line.chars().take(most.saturating_sub(1)).collect();
    cut + "…"
}
