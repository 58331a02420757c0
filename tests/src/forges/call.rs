//! A call to a fake forge, its answer, and the log of both.

use serde_json::{Value, json};

/// One request, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The method, in capitals.
    pub method: String,
    /// The path under the forge's web address, as it was sent.
    pub path: String,
    /// The path's segments, decoded.
    pub segments: Vec<String>,
    /// The query's pairs, decoded.
    pub query: Vec<(String, String)>,
    /// The header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Call {
    /// The first field of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }

    /// The first pair of this name.
    pub fn query(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }

    /// The body; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The value of the header field that carries the caller's credential.
    pub fn credential(&self) -> Option<&str> {
        ["authorization", "private-token"]
            .iter()
            .find_map(|name| self.header(name))
    }

    /// The credential without the word before it.
    pub(super) fn token(&self) -> Option<&str> {
        let value = self.credential()?;
        let bare = ["Bearer ", "bearer ", "token "]
            .iter()
            .find_map(|word| value.strip_prefix(word));
        Some(bare.unwrap_or(value))
    }

    /// The page that is asked for, at most so long: its entries, their number in all, and the number of the next page.
    pub(super) fn page<T>(&self, entries: Vec<T>, most: usize) -> (Vec<T>, usize, Option<usize>) {
        let number = |name| self.query(name).and_then(|text| text.parse().ok());
        let page = number("page").unwrap_or(1).max(1);
        let length = number("per_page")
            .or_else(|| number("limit"))
            .unwrap_or(30)
            .clamp(1, most);
        let total = entries.len();
        let next = (page * length < total).then_some(page + 1);
        let there = entries.into_iter().skip((page - 1) * length).take(length).collect();
        (there, total, next)
    }
}

fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The header fields.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// A delivery that the forge posts because of the call.
    pub(super) delivery: Option<Delivery>,
}

impl Reply {
    /// One with a JSON body.
    pub fn json(status: u16, body: impl Into<Value>) -> Self {
        Self::text(status, "application/json; charset=utf-8", &body.into().to_string())
    }

    /// One with another body.
    pub fn text(status: u16, content_type: &str, body: &str) -> Self {
        let reply = Self {
            status,
            headers: vec![],
            body: body.as_bytes().to_vec(),
            delivery: None,
        };
        reply.with("content-type", content_type)
    }

    /// One without a body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: vec![],
            body: vec![],
            delivery: None,
        }
    }

    /// The refusal that most forges write: a sentence under `message`.
    pub fn message(status: u16, sentence: &str) -> Self {
        Self::json(status, json!({ "message": sentence }))
    }

    /// The same with one more header field.
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    /// The same, and a delivery is posted.
    pub(super) fn posting(mut self, delivery: Option<Delivery>) -> Self {
        self.delivery = delivery;
        self
    }

    /// The same with the links to the page that follows.
    pub(super) fn linked(self, call: &Call, web: &str, total: usize, next: Option<usize>) -> Self {
        let reply = self.with("x-total-count", total).with("x-total", total);
        match next {
            None => reply.with("x-next-page", ""),
            Some(next) => {
                let others = call.query.iter().filter(|(name, _)| name != "page");
                let others: String = others.map(|(name, value)| format!("&{name}={value}")).collect();
                let link = format!("<{web}{}?page={next}{others}>; rel=\"next\"", call.path);
                reply.with("link", link).with("x-next-page", next)
            }
        }
    }
}

/// A delivery, signed, and what is noted of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Delivery {
    /// The hook that posts it; none for the app's.
    pub hook: Option<u64>,
    /// The forge's number of the attempt.
    pub id: u64,
    /// The delivery's id.
    pub guid: String,
    /// The event, in the forge's word.
    pub event: String,
    /// The URL to post to.
    pub url: String,
    /// Its header fields.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
    /// True if the call is answered only after the delivery has arrived.
    pub awaited: bool,
}

/// One call that was made, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The call.
    pub call: Call,
    /// The answer that left; none where the connection was dropped instead.
    pub reply: Option<Reply>,
    /// The fault that the call met.
    pub fault: Option<super::Fault>,
}

impl Logged {
    /// The answer's status; 0 where there was none.
    pub fn status(&self) -> u16 {
        self.reply.as_ref().map_or(0, |reply| reply.status)
    }

    /// Method and path, as one text.
    pub fn line(&self) -> String {
        format!("{} {}", self.call.method, self.call.path)
    }
}
