//! Events of the forges' test data, parsed by the bundled components.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use crate::row::Row;
use forgegate_model::event::Event;
use forgegate_model::evidence::AuthenticDelivery;
use forgegate_model::header::Headers;
use forgegate_sandbox::{Plugin, Sandbox, Settings, Source};
use serde_json::Value;

/// The plugins of all forges.
pub struct Forges(HashMap<&'static str, Plugin>);

impl Forges {
    /// Loads the components.
    pub async fn load() -> Self {
        let sandbox = Sandbox::new(Settings::default()).unwrap();
        let mut plugins = HashMap::new();
        for component in forgegate_bundled::components() {
            let plugin = sandbox.load(component.wasm, Source::Bundled).await.unwrap();
            plugins.insert(component.forge, plugin);
        }
        Self(plugins)
    }

    /// The event of a row; none where the plugin calls the payload malformed.
    pub async fn event(&self, row: &Row) -> Option<Event> {
        let plugin = &self.0[row.forge.as_str()];
        let headers = headers(&row.forge, &row.of, &row.payload);
        let evidence = plugin.verify(&headers).await.unwrap();
        let evidence = evidence.unwrap_or_else(|refusal| panic!("{}: {refusal}", row.place));
        let payload = payload(row);
        let delivery = AuthenticDelivery::unproved(headers, &evidence.event, payload.into(), None);
        plugin.parse(&delivery).await.unwrap().ok()
    }
}

/// The names of all payloads among a forge's test data.
pub fn payloads(forge: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder(forge)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names
        .filter_map(|name| name.strip_suffix(".headers").map(str::to_owned))
        .collect();
    names.sort();
    names
}

fn folder(forge: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.parent().unwrap().join("plugins").join(forge).join("testdata")
}

/// The header fields. What a forge took over from another, with its header's names, it sends under both names.
fn headers(forge: &str, of: &str, payload: &str) -> Headers {
    let text = std::fs::read_to_string(folder(of).join(format!("{payload}.headers"))).unwrap();
    let fields = text.lines().filter_map(|line| line.split_once(": "));
    let mut headers: Vec<(String, Vec<u8>)> = Vec::new();
    for (name, value) in fields {
        if forge != of && name.starts_with(&format!("x-{of}-")) {
            headers.push((name.replacen(of, forge, 1), value.as_bytes().to_vec()));
        }
        headers.push((name.to_owned(), value.as_bytes().to_vec()));
    }
    Headers::new(headers)
}

fn payload(row: &Row) -> Vec<u8> {
    let bytes = std::fs::read(folder(&row.of).join(format!("{}.json", row.payload)));
    let bytes = bytes.unwrap_or_else(|error| panic!("{}: `{}`: {error}", row.place, row.payload));
    if row.changes.is_empty() {
        return bytes;
    }
    let mut payload: Value = serde_json::from_slice(&bytes).unwrap();
    change(&mut payload, &row.changes, &row.place);
    serde_json::to_vec(&payload).unwrap()
}

fn change(payload: &mut Value, changes: &BTreeMap<String, Value>, place: &str) {
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = payload.pointer_mut(parent);
        let parent = parent.unwrap_or_else(|| panic!("{place}: there is no `{pointer}`"));
        match parent {
            Value::Array(items) => items[name.parse::<usize>().unwrap()] = value.clone(),
            parent => parent[name] = value.clone(),
        }
    }
}
