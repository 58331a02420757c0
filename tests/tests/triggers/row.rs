//! Rows of a table, as they are written: a payload, triggers, an outcome.

use std::collections::BTreeMap;

use serde_json::Value;

/// One row: an event, the project's triggers, the expected outcome.
pub struct Row {
    /// The file and line, for messages.
    pub place: String,
    /// The forge that sends it.
    pub forge: String,
    /// The forge whose test data have the payload: the row's own forge unless another is named.
    pub of: String,
    /// The payload's name there.
    pub payload: String,
    /// Changes to the payload: a value by JSON pointer.
    pub changes: BTreeMap<String, Value>,
    /// The triggers, the oldest first.
    pub triggers: Vec<Spec>,
    /// Flags of the project and of its live evaluations, each with a leading `@`.
    pub flags: Vec<String>,
    /// The outcome.
    pub expected: String,
}

/// A trigger: its kind, and its fields as words.
pub struct Spec {
    /// The kind.
    pub kind: String,
    /// The fields, each with its items.
    pub fields: Vec<(String, Vec<String>)>,
}

impl Row {
    /// True if a trigger let the event pass.
    pub fn passes(&self) -> bool {
        let first = self.expected.split([',', ';']).next().unwrap_or_default();
        matches!(
            first.trim(),
            "queued" | "held" | "asks the forge" | "skipped: already_in_progress"
        ) || first.starts_with("queued by")
            || first.starts_with("held by")
    }

    /// True if a trigger has this field.
    pub fn filters_by(&self, field: &str) -> bool {
        self.triggers.iter().any(|it| it.has(field))
    }
}

impl Spec {
    fn read(text: &str) -> Self {
        let mut words = text.split_whitespace();
        let kind = words.next().expect("a kind").to_owned();
        let fields = words.map(|word| {
            let (name, items) = word.split_once('=').unwrap_or_else(|| panic!("`{word}` is no field"));
            (name.to_owned(), items.split(',').map(str::to_owned).collect())
        });
        Self {
            kind,
            fields: fields.collect(),
        }
    }

    /// True if the trigger has this field.
    pub fn has(&self, field: &str) -> bool {
        self.fields.iter().any(|(name, _)| name == field)
    }
}

/// Reads a table: a row a line, its columns between bars; lines that begin with `#` and empty ones are for people.
pub fn read(file: &str, forge: &str, text: &str) -> Vec<Row> {
    let lines = text.lines().zip(1..);
    let rows = lines.filter(|(line, _)| !line.trim().is_empty() && !line.starts_with('#'));
    rows.map(|(line, number)| {
        let columns: Vec<_> = line.split('|').map(str::trim).collect();
        let [payload, triggers, expected] = columns[..] else {
            panic!("{file}:{number}: three columns, please")
        };
        row(format!("{file}:{number}"), forge, payload, triggers, expected)
    })
    .collect()
}

/// Makes a row of its columns.
pub fn row(place: String, forge: &str, payload: &str, triggers: &str, expected: &str) -> Row {
    let (name, changes) = payload.split_once(' ').unwrap_or((payload, "{}"));
    let changes = serde_json::from_str(changes).unwrap_or_else(|error| panic!("{place}: {error}"));
    let (of, name) = name.split_once(':').unwrap_or((forge, name));
    let (flags, triggers): (Vec<_>, Vec<_>) = triggers.split_whitespace().partition(|word| word.starts_with('@'));
    let triggers = triggers.join(" ");
    let triggers = triggers.split(" + ").filter(|text| !text.is_empty());
    Row {
        place,
        forge: forge.to_owned(),
        of: of.to_owned(),
        payload: name.to_owned(),
        changes,
        triggers: triggers.map(Spec::read).collect(),
        flags: flags.into_iter().map(str::to_owned).collect(),
        expected: expected.to_owned(),
    }
}
