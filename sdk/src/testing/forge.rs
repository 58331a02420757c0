//! A forge that answers by a script, so that what a plugin asks of it is tested natively.

#![expect(clippy::panic, reason = "a test stops at the first surprise")]

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::outbound::send::script as played;
use crate::outbound::{CallError, Request, Response};
use crate::{Description, Header, PathTemplate};

/// Plays the forge for this thread until it is dropped.
#[must_use = "the forge is gone when this is dropped"]
pub struct Forge {
    /// The number of calls of a script that are still to come.
    open: Rc<Cell<usize>>,
}

/// A call that is expected, and what is answered.
#[derive(Clone, Debug)]
pub struct Step {
    line: String,
    body: Option<String>,
    answer: Result<Response, CallError>,
}

/// Lets `answer` play the forge.
pub fn forge(answer: impl FnMut(&Request) -> Result<Response, CallError> + 'static) -> Forge {
    played::set(Some(Box::new(answer)));
    Forge { open: Rc::default() }
}

/// A forge that expects exactly these calls, in this order, and none that the plugin does not declare. Anything else fails the test.
///
/// ```
/// # use forgegate_sdk::{*, outbound::*, testing::{expect, script}};
/// # fn describe() -> Description {
/// #     let paths = vec![PathTemplate { method: Method::Get, path: "/repos/{}/{}".into() }];
/// #     Description { forge: "x".into(), display_name: "X".into(), version: "1".into(), scope: Scope::PerIntegration,
/// #         shorthands: vec![], public_hosts: vec![], credential_headers: vec![], kept_headers: vec![],
/// #         hook: HookForm { content_type: "".into(), secret_field: "".into(), signing_key_field: None, events: vec![],
/// #             warnings: vec![] },
/// #         token: TokenForm { role: "".into(), scopes: vec![], sentence: "".into() }, api: vec![], paths }
/// # }
/// let _forge = script(&describe(), [expect("GET /repos/acme/widgets").answer(404, "{}")]);
/// let found = Call::get(&["repos", "acme", "widgets"]).ok();
/// assert_eq!(found.unwrap_err(), OutboundError::NotFound);
/// ```
pub fn script(plugin: &Description, steps: impl IntoIterator<Item = Step>) -> Forge {
    let mut steps: VecDeque<Step> = steps.into_iter().collect();
    let open = Rc::new(Cell::new(steps.len()));
    let left = Rc::clone(&open);
    let templates = plugin.paths.clone();
    let play = move |request: &Request| {
        let line = line(request);
        let declared = templates.iter().any(|template| matches(template, request));
        assert!(declared, "`{line}` is not declared among the paths");
        let step = steps.pop_front();
        left.set(steps.len());
        let step = step.unwrap_or_else(|| panic!("`{line}` was not expected"));
        assert_eq!(line, step.line);
        if let Some(expected) = &step.body {
            assert_eq!(
                json(request.body.as_deref()),
                json(Some(expected.as_bytes())),
                "the body of `{line}`"
            );
        }
        step.answer
    };
    played::set(Some(Box::new(play)));
    Forge { open }
}

/// A call, written as `METHOD /path?name=value&name=value`, with nothing percent-encoded.
pub fn expect(line: &str) -> Step {
    Step {
        line: line.to_owned(),
        body: None,
        answer: answer(204, &[], ""),
    }
}

/// An answer of the forge.
pub fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Result<Response, CallError> {
    let header = |(name, value): &(&str, &str)| Header {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    Ok(Response {
        status,
        headers: headers.iter().map(header).collect(),
        body: body.into(),
    })
}

/// The request as [`expect`] writes it.
pub fn line(request: &Request) -> String {
    let method = format!("{:?}", request.method);
    let method = method.rsplit(':').next().unwrap_or_default().to_ascii_uppercase();
    let query: Vec<String> = request
        .query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{method} /{}{mark}{}", request.path.join("/"), query.join("&"))
}

impl Step {
    /// The body must be this JSON.
    #[must_use]
    pub fn body(self, json: &str) -> Self {
        Self {
            body: Some(json.to_owned()),
            ..self
        }
    }

    /// It is answered with this status and body.
    #[must_use]
    pub fn answer(self, status: u16, body: &str) -> Self {
        self.answer_with(status, &[], body)
    }

    /// It is answered with this status, header fields and body.
    #[must_use]
    pub fn answer_with(self, status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        Self {
            answer: answer(status, headers, body),
            ..self
        }
    }

    /// The call does not come about.
    #[must_use]
    pub fn fails(self, error: CallError) -> Self {
        Self {
            answer: Err(error),
            ..self
        }
    }
}

impl Drop for Forge {
    fn drop(&mut self) {
        played::set(None);
        if !std::thread::panicking() {
            assert_eq!(self.open.get(), 0, "calls that were expected were not made");
        }
    }
}

fn matches(template: &PathTemplate, request: &Request) -> bool {
    let segments: Vec<&str> = template.path.trim_start_matches('/').split('/').collect();
    let fits = |(wanted, segment): (&&str, &String)| *wanted == "{}" || *wanted == segment;
    template.method == request.method
        && segments.len() == request.path.len()
        && segments.iter().zip(&request.path).all(fits)
        && request.path.iter().all(|segment| !segment.is_empty())
}

fn json(body: Option<&[u8]>) -> Option<serde_json::Value> {
    body.map(|body| serde_json::from_slice(body).unwrap_or_else(|error| panic!("the body is no JSON: {error}")))
}
