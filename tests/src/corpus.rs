//! Deliveries of every kind as each forge sends them, from the files that the plugins are tested with, signed anew.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::delivery::{Signed, hmac};

/// The forges that there are files of.
pub const FORGES: [&str; 4] = ["gitea", "forgejo", "gitlab", "github"];

/// Header fields for a body's MAC, each with the prefix of its value.
const TAGS: [(&str, &str); 4] = [
    ("x-gitea-signature", ""),
    ("x-gogs-signature", ""),
    ("x-forgejo-signature", ""),
    ("x-hub-signature-256", "sha256="),
];

/// A delivery and what the plugin makes of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// The forge's path segment.
    pub forge: &'static str,
    /// The name of the files.
    pub name: String,
    /// The event that the plugin's own tests expect, as JSON.
    pub golden: Value,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// Every delivery of a forge, by name.
pub fn of(forge: &'static str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../plugins/{forge}/testdata"));
    let mut golden: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the files of a plugin")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.to_string_lossy().ends_with(".golden.json"))
        .collect();
    golden.sort();
    golden.iter().map(|path| read(forge, path)).collect()
}

/// One delivery of a forge.
pub fn case(forge: &'static str, name: &str) -> Case {
    let found = of(forge).into_iter().find(|case| case.name == name);
    found.unwrap_or_else(|| panic!("there is no {forge}/{name}"))
}

fn read(forge: &'static str, golden: &Path) -> Case {
    let text = |path: &Path| std::fs::read_to_string(path).expect("a file of a plugin");
    let name = golden.file_name().expect("a name").to_string_lossy().into_owned();
    let name = name.trim_end_matches(".golden.json").to_owned();
    let headers = text(&golden.with_file_name(format!("{name}.headers")));
    let pair = |line: &str| {
        line.split_once(':')
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
    };
    Case {
        forge,
        headers: headers.lines().filter_map(pair).collect(),
        body: text(&golden.with_file_name(format!("{name}.json"))).into_bytes(),
        golden: serde_json::from_str(&text(golden)).expect("JSON"),
        name,
    }
}

impl Case {
    /// The payload.
    pub fn payload(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON payload")
    }

    /// The delivery with another payload.
    pub fn with_payload(&self, payload: &Value) -> Self {
        Self {
            body: payload.to_string().into_bytes(),
            ..self.clone()
        }
    }

    /// The delivery with every time in its payload moved to this day, and without times in seconds.
    pub fn on(&self, day: &str) -> Self {
        let mut payload = self.payload();
        date(&mut payload, day);
        self.with_payload(&payload)
    }

    /// The delivery, signed; `id` is the forge's id of it.
    pub fn signed(&self, secret: &str, id: &str) -> Signed {
        let body = String::from_utf8(self.body.clone()).expect("text");
        let tag = hmac(&body, secret);
        let mut signed = Signed {
            headers: self.headers.clone(),
            body: self.body.clone(),
        };
        for (name, before) in TAGS {
            let is_github = self.forge == "github" && name == "x-hub-signature-256";
            if is_github || self.headers.iter().any(|(known, _)| known == name) {
                signed = signed.with(name, &format!("{before}{tag}"));
            }
        }
        if self.forge == "gitlab" {
            signed = signed.without("webhook-signature").with("x-gitlab-token", secret);
        }
        for name in [
            "x-gitea-delivery",
            "x-forgejo-delivery",
            "x-gogs-delivery",
            "x-github-delivery",
            "webhook-id",
            "idempotency-key",
        ] {
            if self.headers.iter().any(|(known, _)| known == name) {
                signed = signed.with(name, id);
            }
        }
        signed
    }
}

/// Gives every time of a payload another day. The one that some forges give as a number is left out.
fn date(value: &mut Value, day: &str) {
    match value {
        Value::String(text) if is_time(text) => text.replace_range(..10, day),
        Value::Array(items) => items.iter_mut().for_each(|item| date(item, day)),
        Value::Object(fields) => {
            if fields.get("pushed_at").is_some_and(Value::is_number) {
                fields.remove("pushed_at");
            }
            fields.values_mut().for_each(|field| date(field, day));
        }
        _ => {}
    }
}

/// True for a text that begins with a day and a time, in any forge's spelling.
fn is_time(text: &str) -> bool {
    let shape = text
        .bytes()
        .take(14)
        .map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    let shape: Vec<u8> = shape.collect();
    matches!(shape.as_slice(), b"0000-00-00T00:" | b"0000-00-00 00:")
}
