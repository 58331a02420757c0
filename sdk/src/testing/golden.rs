//! Cases in files: a delivery, and what it means.
//!
//! `testdata/<case>.json` is the payload as sent, `testdata/<case>.headers` its header fields, one `name: value` a line, and
//! `testdata/<case>.golden.json` what is expected: `{"evidence": …, "event": …}`, or `{"refusal": …}` or `{"error": …}`. Of
//! `evidence` only the fields count that the file names.
//!
//! With `FORGEGATE_BLESS=1` in the environment, a file that is missing is written, to be read by eye before it is kept.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{Description, Descriptor, Headers, Inbound};

/// Checks every case of the folder, and fails with a list of all that differ. Fails too where the folder holds none.
///
/// As in the host, the plugin never sees its credential headers, and reads a delivery again from the kept headers alone: both
/// readings must be the same.
pub fn check<P: Descriptor + Inbound>(folder: impl AsRef<Path>) {
    let cases = cases(folder.as_ref());
    let failures: Vec<String> = match cases {
        Ok(cases) if cases.is_empty() => vec!["no case at all".into()],
        Ok(cases) => cases.iter().filter_map(|case| check_case::<P>(case).err()).collect(),
        Err(error) => vec![error],
    };
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The payloads' paths.
fn cases(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let is_payload = |path: &PathBuf| {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or("");
        name.ends_with(".json") && !name.ends_with(".golden.json")
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(is_payload).collect();
    paths.sort();
    Ok(paths)
}

fn check_case<P: Descriptor + Inbound>(payload: &Path) -> Result<(), String> {
    let found = reading::<P>(payload)?;
    let golden = payload.with_extension("golden.json");
    if !golden.exists() {
        return bless(&golden, &found);
    }
    let expected: Value =
        serde_json::from_str(&read(&golden)?).map_err(|error| format!("{}: {error}", golden.display()))?;
    match difference("", &expected, &found) {
        Some(difference) => Err(format!("{}: {difference}", golden.display())),
        None => Ok(()),
    }
}

fn reading<P: Descriptor + Inbound>(path: &Path) -> Result<Value, String> {
    let payload = fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let all = parse_headers(&read(&path.with_extension("headers"))?)?;
    let description = P::describe();
    let seen = only(&all, |name| !names(&description.credential_headers, name));
    let evidence = match P::verify(&seen) {
        Ok(evidence) => evidence,
        Err(refusal) => return Ok(json!({ "refusal": value(&refusal)? })),
    };
    let kept = kept(&seen, &description);
    let event = P::parse(&evidence.event, &seen, &payload);
    if event != P::parse(&evidence.event, &kept, &payload) {
        return Err(format!(
            "{}: without the headers that are not kept it reads otherwise",
            path.display()
        ));
    }
    let mut reading = Map::from_iter([("evidence".to_owned(), value(&evidence)?)]);
    match event {
        Ok(event) => reading.insert("event".into(), value(&event)?),
        Err(error) => reading.insert("error".into(), value(&error)?),
    };
    Ok(Value::Object(reading))
}

fn kept(headers: &Headers, description: &Description) -> Headers {
    only(headers, |name| names(&description.kept_headers, name))
}

fn names(list: &[String], name: &str) -> bool {
    list.iter().any(|listed| listed == name)
}

fn only(headers: &Headers, keep: impl Fn(&str) -> bool) -> Headers {
    headers.iter().filter(|(name, _)| keep(name)).collect()
}

fn parse_headers(text: &str) -> Result<Headers, String> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let field = |line: &str| {
        let (name, value) = line.split_once(':').ok_or(format!("no header field: {line}"))?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    };
    lines
        .map(field)
        .collect::<Result<Vec<_>, String>>()
        .map(Headers::from_iter)
}

/// Writes what was found, where that is asked for. What proves a delivery is no matter of its reading.
fn bless(golden: &Path, found: &Value) -> Result<(), String> {
    if std::env::var_os("FORGEGATE_BLESS").is_none() {
        return Err(format!("{}: missing", golden.display()));
    }
    let mut found = found.clone();
    if let Some(evidence) = found.get_mut("evidence").and_then(Value::as_object_mut) {
        evidence.remove("proofs");
    }
    let text = format!("{found:#}\n");
    fs::write(golden, text).map_err(|e| format!("{}: {e}", golden.display()))
}

/// The first place where the two differ. In `evidence`, what is not expected is not looked at.
fn difference(place: &str, expected: &Value, found: &Value) -> Option<String> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let missing = |key: &&String| {
                place != "/evidence" && !(place.is_empty() && *key == "evidence") && !expected.contains_key(*key)
            };
            let differing = || {
                expected.iter().find_map(|(key, value)| {
                    difference(&format!("{place}/{key}"), value, found.get(key).unwrap_or(&Value::Null))
                })
            };
            let unexpected = found.keys().find(missing);
            unexpected
                .map(|key| format!("{place}/{key} is not expected"))
                .or_else(differing)
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            let pairs = expected.iter().zip(found).enumerate();
            pairs
                .into_iter()
                .find_map(|(at, (e, f))| difference(&format!("{place}/{at}"), e, f))
        }
        _ if expected == found => None,
        _ => Some(format!("{place} should be {expected}, is {found}")),
    }
}

fn value(of: &impl Serialize) -> Result<Value, String> {
    serde_json::to_value(of).map_err(|error| error.to_string())
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named() {
        let expected = json!({ "event": { "ref_": "a", "list": [1, 2] } });
        let same = json!({ "evidence": { "event": "push" }, "event": { "ref_": "a", "list": [1, 2] } });
        assert_eq!(difference("", &expected, &same), None);
        for (found, text) in [
            (
                json!({ "event": { "ref_": "b", "list": [1, 2] } }),
                "/event/ref_ should be \"a\", is \"b\"",
            ),
            (
                json!({ "event": { "ref_": "a", "list": [1, 3] } }),
                "/event/list/1 should be 2, is 3",
            ),
            (
                json!({ "event": { "ref_": "a", "list": [1] } }),
                "/event/list should be [1,2], is [1]",
            ),
            (
                json!({ "event": { "ref_": "a", "list": [1, 2], "x": 0 } }),
                "/event/x is not expected",
            ),
            (json!({ "error": "no" }), "/error is not expected"),
        ] {
            assert_eq!(difference("", &expected, &found).as_deref(), Some(text));
        }
    }

    #[test]
    fn of_evidence_only_what_is_named_counts() {
        let found = json!({ "evidence": { "event": "push", "delivery_id": "x" } });
        let part = json!({ "evidence": { "event": "push" } });
        assert_eq!(difference("", &part, &found), None);
        let other = json!({ "evidence": { "event": "tag" } });
        assert!(difference("", &other, &found).is_some());
    }

    #[test]
    fn headers_are_read_a_line_each() {
        let headers = parse_headers("X-Event: push\nx-url: https://a\n\n").unwrap();
        let fields: Vec<_> = headers.iter().collect();
        assert_eq!(fields, [("x-event", "push"), ("x-url", "https://a")]);
        assert!(parse_headers("nonsense").is_err());
    }
}
