//! Answers as people read them: a table of a list, a line a field, or as their type has it.

use serde_json::{Map, Value, json};

use crate::table;

/// The columns of a list, by the schema of its items; a dotted one reaches into objects.
const COLUMNS: [(&str, &str); 15] = [
    ("OrganizationView", "name id created_at"),
    (
        "IntegrationView",
        "name kind forge base_url has_secret has_signing_key has_token created_at",
    ),
    (
        "ProjectView",
        "name repository inbound_integration outbound_integration concurrency active created_at",
    ),
    ("ActivityView", "at kind action actor number ref sha title recovered"),
    ("TriggerView", "id kind integration branches active created_at"),
    (
        "ActionView",
        "name kind integration url events has_signing_key created_at",
    ),
    (
        "DeliveryView",
        "id received_at forge organization integration event.kind outcome reason answer.status duplicates",
    ),
    (
        "RefusalView",
        "organization integration forge code count last_at source_ip message",
    ),
    (
        "EvaluationView",
        "id organization project ref sha state trust attempt worker created_at",
    ),
    (
        "StatusView",
        "id organization project kind sha context state outcome attempts last_error created_at",
    ),
    ("TokenView", "id name scope organizations labels created_at expires_at"),
    (
        "PluginView",
        "forge version source scope calls traps timeouts milliseconds.p50 milliseconds.p99",
    ),
    (
        "InstallationView",
        "id account organization suspended integrations.inbound integrations.outbound",
    ),
    (
        "AccountView",
        "id account organization suspended integrations.inbound integrations.outbound",
    ),
    ("AuditView", "at actor action target outcome source_ip"),
];

/// The columns of a day of counts.
const DAY: &str = "day commits pull_requests.opened pull_requests.merged pull_requests.closed issues.opened issues.closed \
                   pipelines.success pipelines.failed evaluations.succeeded evaluations.failed";

/// An answer whose message, or whose items, have this schema.
pub(super) fn shown(schema: &str, answer: &Value) -> String {
    match schema {
        "InboundTest" | "OutboundTest" => return findings(answer),
        "StatsView" => return counts(answer),
        "Why" => return reasons(answer),
        _ => {}
    }
    match answer.get("items").and_then(Value::as_array) {
        Some(items) => {
            let columns = COLUMNS.iter().find(|(name, _)| *name == schema);
            table(items, columns.map_or("", |(_, columns)| columns))
        }
        None => table::fields(answer),
    }
}

fn table(items: &[Value], columns: &str) -> String {
    table::table(items, &columns.split(' ').collect::<Vec<_>>())
}

/// The findings of a test: what is well, what is not, what could not be told.
fn findings(answer: &Value) -> String {
    let found = answer.get("findings").and_then(Value::as_array).into_iter().flatten();
    let line = |finding: &Value| {
        let text = |name: &str| finding.get(name).cloned().unwrap_or(Value::Null);
        let word = match finding.get("ok").and_then(Value::as_bool) {
            Some(true) => "well",
            Some(false) => "not well",
            None => "open",
        };
        json!({ "found": word, "check": text("check"), "sentence": text("sentence") })
    };
    table(&found.map(line).collect::<Vec<_>>(), "found check sentence")
}

/// Counts: a line each, and a table of days.
fn counts(answer: &Value) -> String {
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
    format!("{all}\n\n{}", table(&days, DAY))
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
fn reasons(answer: &Value) -> String {
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
    fn findings_are_sentences() {
        let answer = json!({ "ok": false, "findings": [
            { "check": "token", "ok": false, "sentence": "No." }, { "check": "hook", "ok": null, "sentence": "Perhaps." } ] });
        assert_eq!(
            shown("InboundTest", &answer),
            "FOUND     CHECK  SENTENCE\nnot well  token  No.\nopen      hook   Perhaps."
        );
    }

    #[test]
    fn a_list_is_a_table_and_one_thing_a_line_a_field() {
        let list = json!({ "items": [{ "name": "acme", "id": 1 }], "next": "x" });
        let shown = |answer| shown("OrganizationView", answer);
        assert_eq!(shown(&list), "NAME  ID  CREATED_AT\nacme  1   -");
        assert_eq!(shown(&json!({ "name": "acme", "id": 1 })), "id    1\nname  acme");
    }

    #[test]
    fn every_list_of_a_command_has_columns() {
        for route in forgegate_api::all() {
            let operation = route.operation;
            if let (forgegate_api::Answer::List(items), Some(command)) = (operation.answer, operation.command) {
                let name = (items.name)();
                assert!(COLUMNS.iter().any(|(it, _)| *it == name), "{}: {name}", command.usage);
            }
        }
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
