//! Answers as people read them: a table for a list, lines of names and values for one thing.

use serde_json::Value;

/// A list as a table of these columns; a dotted column reaches into objects.
pub fn table(items: &[Value], columns: &[&str]) -> String {
    let mut rows = vec![columns.iter().map(|column| column.to_uppercase()).collect::<Vec<_>>()];
    rows.extend(
        items
            .iter()
            .map(|item| columns.iter().map(|column| cell(reach(item, column))).collect()),
    );
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|text| text.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<_> = (0..columns.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(text, width)| format!("{text:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// One thing, a line for each of its fields.
pub fn fields(value: &Value) -> String {
    let Some(fields) = value.as_object() else {
        return cell(Some(value));
    };
    let width = fields.keys().map(|name| name.chars().count()).max().unwrap_or(0);
    let line = |(name, value): (&String, &Value)| format!("{name:width$}  {}", cell(Some(value))).trim_end().to_owned();
    fields.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn reach<'a>(item: &'a Value, column: &str) -> Option<&'a Value> {
    column.split('.').try_fold(item, |value, name| value.get(name))
}

/// A value on one line. Control characters of strangers do not reach the terminal.
pub fn cell(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => return "-".to_owned(),
        Some(Value::Array(items)) if items.is_empty() => return "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) if items.iter().all(|item| item.is_string() || item.is_number()) => {
            items.iter().map(|item| cell(Some(item))).collect::<Vec<_>>().join(",")
        }
        Some(other) => other.to_string(),
    };
    text.chars()
        .map(|sign| if misleads(sign) { ' ' } else { sign })
        .collect()
}

/// True if a character moves the cursor, starts a sequence, or turns the direction of those after it.
fn misleads(sign: char) -> bool {
    sign.is_control() || matches!(sign, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_table_is_aligned() {
        let items = [
            json!({"name": "a", "at": {"x": 1}}),
            json!({"name": "long\u{1b}[31m\u{202e}", "at": null, "more": true}),
        ];
        assert_eq!(
            table(&items, &["name", "at.x"]),
            "NAME        AT.X\na           1\nlong [31m   -"
        );
    }

    #[test]
    fn one_thing_is_a_line_a_field() {
        assert_eq!(
            fields(&json!({"a": ["x", "y"], "b": [], "long": null})),
            "a     x,y\nb     -\nlong  -"
        );
    }
}
