//! The answer to a delivery: its findings, within what a forge keeps of an answer.

use serde::Serialize;
use serde_json::{Value, json};

use crate::delivery::{Findings, Queued, Reason, Skipped};
use crate::ids::DeliveryId;

/// The answer's body stays within this many bytes: GitLab keeps 8 KB of an answer.
pub const MOST_BYTES: usize = 8_000;
/// Each list of the answer has at most this many entries.
pub const MOST_ENTRIES: usize = 25;
const MOST_EVENT_BYTES: usize = 100;
const MOST_URL_BYTES: usize = 500;

/// The first answer to a delivery, or a repetition of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repetition {
    /// The delivery is answered for the first time.
    First,
    /// It came before, and gets the first answer again.
    Duplicate,
}

#[derive(Serialize)]
struct QueuedEntry<'a> {
    project_id: String,
    project_name: &'a str,
    organization: &'a str,
    evaluation_id: String,
    state: &'static str,
}

#[derive(Serialize)]
struct SkippedEntry<'a> {
    project_id: String,
    project_name: &'a str,
    organization: &'a str,
    reason: Reason,
}

/// The answer in its envelope. `queued`, then `skipped`, then `repository_urls` are filled while the whole stays within the limit.
#[must_use]
pub fn render(id: DeliveryId, findings: &Findings, repetition: Repetition) -> String {
    let mut message = json!({
        "event": cut(&findings.event),
        "delivery_id": id,
        "duplicate": repetition == Repetition::Duplicate,
        "repository_urls": [],
        "projects_scanned": findings.projects_scanned,
        "queued": [],
        "skipped": [],
        "reason": findings.reason,
    });
    // `more` and the envelope are charged before the lists, so that the limit holds whatever is left out.
    let mut room = MOST_BYTES.saturating_sub(envelope(&message).len() + 40);
    let queued = fill(findings.queued.iter().map(queued_entry), &mut room);
    let skipped = fill(findings.skipped.iter().map(skipped_entry), &mut room);
    let short = findings
        .repository_urls
        .iter()
        .filter(|url| url.len() <= MOST_URL_BYTES);
    let urls = fill(short.map(|url| Value::String(url.clone())), &mut room);
    let more = findings.queued.len() + findings.skipped.len() - queued.len() - skipped.len();
    if let Some(fields) = message.as_object_mut() {
        fields.insert("queued".to_owned(), Value::Array(queued));
        fields.insert("skipped".to_owned(), Value::Array(skipped));
        fields.insert("repository_urls".to_owned(), Value::Array(urls));
        if more > 0 {
            fields.insert("more".to_owned(), Value::from(more));
        }
    }
    envelope(&message)
}

fn envelope(message: &Value) -> String {
    json!({ "error": false, "message": message }).to_string()
}

fn fill(entries: impl Iterator<Item = Value>, room: &mut usize) -> Vec<Value> {
    let mut taken = Vec::new();
    for entry in entries.take(MOST_ENTRIES) {
        let cost = entry.to_string().len() + 1;
        if cost > *room {
            break;
        }
        *room -= cost;
        taken.push(entry);
    }
    taken
}

fn queued_entry(entry: &Queued) -> Value {
    let state = if entry.held { "held" } else { "queued" };
    json!(QueuedEntry {
        project_id: entry.project_id.to_string(),
        project_name: &entry.project_name,
        organization: &entry.organization,
        evaluation_id: entry.evaluation_id.to_string(),
        state,
    })
}

fn skipped_entry(entry: &Skipped) -> Value {
    json!(SkippedEntry {
        project_id: entry.project_id.to_string(),
        project_name: &entry.project_name,
        organization: &entry.organization,
        reason: entry.reason,
    })
}

fn cut(event: &str) -> &str {
    let mut end = event.len().min(MOST_EVENT_BYTES);
    while !event.is_char_boundary(end) {
        end -= 1;
    }
    event.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::EvaluationId;
    use crate::testing;
    use uuid::Uuid;

    fn findings(queued: usize, skipped: usize) -> Findings {
        let project_name = "p".repeat(63);
        let organization = "o".repeat(63);
        Findings {
            event: "é".repeat(60),
            repository_urls: vec!["https://h/a.git".to_owned(), "x".repeat(501)],
            projects_scanned: 99,
            queued: (0..queued)
                .map(|_| Queued {
                    project_name: project_name.clone(),
                    organization: organization.clone(),
                    held: true,
                    ..testing::queued(EvaluationId(Uuid::nil()))
                })
                .collect(),
            skipped: (0..skipped)
                .map(|_| Skipped {
                    project_name: project_name.clone(),
                    organization: organization.clone(),
                    ..testing::skipped(Reason::NoPreviousEvaluation)
                })
                .collect(),
            reason: None,
        }
    }

    fn answer(queued: usize, skipped: usize) -> (usize, Value) {
        let text = render(DeliveryId(Uuid::nil()), &findings(queued, skipped), Repetition::First);
        (
            text.len(),
            serde_json::from_str::<Value>(&text).unwrap()["message"].clone(),
        )
    }

    #[test]
    fn a_small_answer_is_whole_and_says_nothing_of_more() {
        let (_, message) = answer(1, 1);
        assert_eq!(message["queued"].as_array().unwrap().len(), 1);
        assert_eq!(message["skipped"][0]["reason"], "no_previous_evaluation");
        assert_eq!(message["repository_urls"], json!(["https://h/a.git"]));
        assert_eq!(message["event"].as_str().unwrap().len(), 100);
        assert!(message.get("more").is_none());
    }

    #[test]
    fn a_large_answer_stays_within_its_limit_and_counts_the_rest() {
        for (queued, skipped) in [(25, 25), (1000, 1000), (26, 0), (0, 30)] {
            let (bytes, message) = answer(queued, skipped);
            assert!(bytes <= MOST_BYTES, "{bytes}");
            let shown = message["queued"].as_array().unwrap().len() + message["skipped"].as_array().unwrap().len();
            assert_eq!(message["more"].as_u64().unwrap_or(0) as usize + shown, queued + skipped);
        }
    }
}
