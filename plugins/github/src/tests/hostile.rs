//! Payloads that are wrong in one place: whatever it is, the answer is an event or an error that repeats nothing of it.

use std::path::{Path, PathBuf};

use forgegate_sdk::{Headers, Inbound, ParseError};
use serde_json::{Value, json};

use crate::GitHub;

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
fn one_wrong_value_anywhere_never_breaks_the_plugin_and_is_never_repeated() {
    let mut refused = 0;
    let mut tried = 0;
    for file in payloads() {
        let headers = headers_of(&file);
        let sent: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let mut pointers = vec![String::new()];
        pointers_below(&sent, "", &mut pointers);
        for pointer in &pointers {
            for replacement in replacements() {
                let mut wrong = sent.clone();
                *wrong.pointer_mut(pointer).unwrap() = replacement;
                tried += 1;
                refused += usize::from(is_refused(&file, &headers, &wrong, pointer));
            }
        }
    }
    assert!(refused > 1_000 && tried > 2 * refused, "{refused} of {tried}");
}

fn payloads() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let files = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|file| file.with_extension("headers").is_file() && file.extension().is_some_and(|e| e == "json"))
        .collect()
}

fn pointers_below(value: &Value, pointer: &str, pointers: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, v)| (name.clone(), v)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(n, v)| (n.to_string(), v)).collect(),
        _ => Vec::new(),
    };
    for (name, child) in children {
        let pointer = format!("{pointer}/{name}");
        pointers_below(child, &pointer, pointers);
        pointers.push(pointer);
    }
}

fn headers_of(file: &Path) -> Headers {
    let text = std::fs::read_to_string(file.with_extension("headers")).unwrap();
    let fields = text.lines().filter_map(|line| line.split_once(": "));
    fields.collect()
}

fn is_refused(file: &Path, headers: &Headers, wrong: &Value, pointer: &str) -> bool {
    let event = headers.get("x-github-event").unwrap();
    match GitHub::parse(event, headers, wrong.to_string().as_bytes()) {
        Ok(_) => false,
        Err(ParseError::Malformed(text)) => {
            let place = format!("{} {pointer}: {text}", file.display());
            assert!(!text.contains("5ec7e7"), "{place}");
            assert!(
                ["`", "line", "payload"].iter().any(|word| text.contains(word)),
                "{place}"
            );
            true
        }
        Err(other) => panic!("{}: {other:?}", file.display()),
    }
}

#[test]
fn what_is_no_json_is_malformed_unless_the_event_is_unknown() {
    let nothing = Headers::new(Vec::new());
    for payload in ["", "[]", "null", "{\"a\":", "\u{feff}{}", "payload=%7B%7D"] {
        for event in ["push", "pull_request", "issue_comment", "installation", "ping"] {
            let parsed = GitHub::parse(event, &nothing, payload.as_bytes());
            assert!(matches!(parsed, Err(ParseError::Malformed(_))), "{event} {payload}");
        }
        let parsed = GitHub::parse("star", &nothing, payload.as_bytes());
        assert!(parsed.is_ok(), "{payload}");
    }
    let not_utf_8 = GitHub::parse("ping", &nothing, b"{\"sender\": {\"id\": 1, \"login\": \"\xff\"}}");
    assert!(matches!(not_utf_8, Err(ParseError::Malformed(_))));
}
