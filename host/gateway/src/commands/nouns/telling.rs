//! Answers that are neither a list nor one thing: counts, and reasons.

use serde_json::{Map, Value};

use crate::commands::table;

/// What of a day is worth a column.
const DAY: &[&str] = &[
    "day",
    "commits",
    "pull_requests.opened",
    "pull_requests.merged",
    "pull_requests.closed",
    "issues.opened",
    "issues.closed",
    "pipelines.success",
    "pipelines.failed",
    "evaluations.succeeded",
    "evaluations.failed",
];

/// Counts: a line each, and a table of days.
pub(super) fn counts(answer: &Value) -> String {
    let (mut lines, mut days) = (Map::new(), Vec::new());
    for (name, value) in answer.as_object().into_iter().flatten() {
        match value {
            Value::Array(items) => days.clone_from(items),
            value => flatten(name, value, &mut lines),
        }
    }
    let all = table::fields(&Value::Object(lines));
    if days.is_empty() {
        return all;
    }
    format!("{all}\n\n{}", table::table(&days, DAY))
}

fn flatten(name: &str, value: &Value, into: &mut Map<String, Value>) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                flatten(&format!("{name}.{field}"), value, into);
            }
        }
        value => {
            into.insert(name.to_owned(), value.clone());
        }
    }
}

/// Reasons: a sentence a line, those of each project under its name.
pub(super) fn reasons(answer: &Value) -> String {
    let text = |of: &Value, name: &str| table::cell(of.get(name));
    let mut lines = vec![format!("delivery {}", text(answer, "delivery_id"))];
    lines.extend(sentences(answer));
    for project in answer.get("projects").and_then(Value::as_array).into_iter().flatten() {
        let reason = match project.get("reason") {
            None | Some(Value::Null) => String::new(),
            reason => format!(", {}", table::cell(reason)),
        };
        lines.push(format!(
            "project {}/{}: {}{reason}",
            text(project, "organization"),
            text(project, "project"),
            text(project, "outcome")
        ));
        lines.extend(sentences(project));
    }
    lines.join("\n")
}

fn sentences(of: &Value) -> impl Iterator<Item = String> {
    let sentences = of.get("sentences").and_then(Value::as_array);
    sentences
        .into_iter()
        .flatten()
        .map(|sentence| format!("  {}", table::cell(Some(sentence))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_are_lines_and_days_a_table() {
        let answer = json!({ "since": "s", "commits": 3, "pull_requests": { "opened": 1, "merged": null }, "days": [
            { "day": "2026-03-02", "commits": 3, "pull_requests": { "opened": 1 } } ] });
        let text = counts(&answer);
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("commits               3"));
        assert_eq!(lines.next(), Some("pull_requests.merged  -"));
        assert_eq!(lines.next(), Some("pull_requests.opened  1"));
        assert_eq!(lines.next(), Some("since                 s"));
        assert_eq!(lines.next(), Some(""));
        assert!(
            lines
                .next()
                .unwrap()
                .starts_with("DAY         COMMITS  PULL_REQUESTS.OPENED")
        );
        assert!(lines.next().unwrap().starts_with("2026-03-02  3        1"));
        assert_eq!(counts(&json!({ "commits": 0, "days": [] })), "commits  0");
    }

    #[test]
    fn reasons_are_sentences_under_their_projects() {
        let answer = json!({ "delivery_id": "7", "sentences": ["it came", "it is a push\u{1b}"], "projects": [
            { "project": "widgets", "organization": "acme", "outcome": "skipped", "reason": "draft", "sentences": ["a"] },
            { "project": "site", "organization": "acme", "outcome": "queued", "reason": null, "sentences": ["b"] } ] });
        assert_eq!(
            reasons(&answer),
            "delivery 7\n  it came\n  it is a push \nproject acme/widgets: skipped, draft\n  a\nproject acme/site: queued\n  b"
        );
    }
}
