//! An answer of the gateway, and what most tests ask of one.

use serde_json::Value;

/// An answer: its status, its body, its request id.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; null where it is no JSON.
    pub body: Value,
    /// The body as text.
    pub text: String,
    /// The value of `X-Request-Id`; empty where there is none.
    pub request_id: String,
}

impl Answer {
    /// Reads an answer to its end; `None` where the connection ended before.
    pub(crate) async fn read(response: reqwest::Response) -> Option<Self> {
        let status = response.status().as_u16();
        let request_id = response.headers().get("x-request-id");
        let request_id = request_id.map(|id| id.to_str().expect("text").to_owned());
        let text = response.text().await.ok()?;
        Some(Self {
            status,
            body: serde_json::from_str(&text).unwrap_or_default(),
            text,
            request_id: request_id.unwrap_or_default(),
        })
    }

    /// The message of the envelope.
    pub fn message(&self) -> &Value {
        &self.body["message"]
    }

    /// The code of a refusal; empty where it is none.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The sentence of a refusal; empty where it is none.
    pub fn sentence(&self) -> &str {
        self.message().as_str().unwrap_or_default()
    }

    /// The message of an answer that must be 200.
    #[track_caller]
    pub fn expect_ok(&self) -> &Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.message()
    }

    /// The sentence of an answer that must be this refusal.
    #[track_caller]
    pub fn expect_refusal(&self, status: u16, code: &str) -> &str {
        assert_eq!((self.status, self.code()), (status, code), "{}", self.text);
        self.sentence()
    }

    /// The evaluation that a delivery must have queued or held: the id of the first.
    #[track_caller]
    pub fn queued(&self) -> String {
        let id = self.message()["queued"][0]["evaluation_id"].as_str();
        id.unwrap_or_else(|| panic!("not queued: {}", self.text)).to_owned()
    }

    /// The delivery that must be on record.
    #[track_caller]
    pub fn delivery_id(&self) -> &str {
        let id = self.message()["delivery_id"].as_str();
        id.unwrap_or_else(|| panic!("not recorded: {}", self.text))
    }
}
