//! Payloads that are wrong in one place: whatever it is, the answer is an event or an error that repeats nothing of it.

use std::fs;
use std::path::{Path, PathBuf};

use forgegate_sdk::{Headers, Inbound, ParseError};
use serde_json::{Value, json};

use crate::GitLab;

/// What is put in the place of each value. The word must not come back in an error.
fn replacements() -> [Value; 6] {
    [
        Value::Null,
        json!("5ec7e7"),
        json!("5ec7e7\", expected \"5ec7e7"),
        json!(-1),
        json!([["5ec7e7"]]),
        json!({"5ec7e7": {}}),
    ]
}

#[test]
fn one_wrong_value_anywhere_is_never_repeated() {
    let (mut tried, mut refused) = (0, 0);
    for (file, hook) in payloads() {
        let sent: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        for pointer in pointers(&sent) {
            for replacement in replacements() {
                let mut wrong = sent.clone();
                *wrong.pointer_mut(&pointer).unwrap() = replacement;
                tried += 1;
                refused += usize::from(is_refused(&hook, &wrong, &format!("{}{pointer}", file.display())));
            }
        }
    }
    assert!(refused > 1_000 && tried > 2 * refused, "{refused} of {tried}");
}

#[test]
fn a_payload_that_ends_early_is_malformed() {
    for (file, hook) in payloads() {
        let sent = fs::read(&file).unwrap();
        for end in (1..sent.trim_ascii_end().len()).step_by(97) {
            let read = GitLab::parse(&hook, &Headers::new(Vec::new()), &sent[..end]);
            assert!(
                matches!(read, Err(ParseError::Malformed(_))),
                "{} to {end}",
                file.display()
            );
        }
    }
}

fn is_refused(hook: &str, wrong: &Value, place: &str) -> bool {
    match GitLab::parse(hook, &Headers::new(Vec::new()), wrong.to_string().as_bytes()) {
        Ok(_) => false,
        Err(ParseError::Malformed(text) | ParseError::Other(text)) => {
            assert!(!text.contains("5ec7e7"), "{place}: {text}");
            true
        }
    }
}

/// The payloads of `testdata/`, with their event fields.
fn payloads() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let files = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let of = |file: PathBuf| {
        let headers = fs::read_to_string(file.with_extension("headers")).ok()?;
        let hook = headers.lines().find_map(|line| line.strip_prefix("x-gitlab-event: "))?;
        (file.extension()? == "json").then(|| (file, hook.to_owned()))
    };
    files.filter_map(of).collect()
}

/// Pointers to the value and to everything in it.
fn pointers(value: &Value) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, child)| (name.clone(), child)).collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(n, child)| (n.to_string(), child))
            .collect(),
        _ => Vec::new(),
    };
    let below = |(name, child): (String, &Value)| pointers(child).into_iter().map(move |rest| format!("/{name}{rest}"));
    std::iter::once(String::new())
        .chain(children.into_iter().flat_map(below))
        .collect()
}
