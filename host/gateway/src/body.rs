//! Reading a delivery's body: bounded, charged, hashed and proved while it arrives.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use forgegate_model::evidence::Check;
use forgegate_model::header::Headers;
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use crate::admission::Charge;
use crate::response::{Code, Problem};

/// Whoever sends slower than this is cut: a body must not hold memory for long.
const LEAST_BYTES_PER_SECOND: u64 = 64 << 10;
/// The time that a sender may take beyond what its bytes explain.
const GRACE: Duration = Duration::from_secs(2);
/// Nothing is set aside for more than this on a sender's word alone.
const MOST_RESERVED: usize = 64 << 10;

/// The body's length, as far as the sender says. A compressed body is refused: what is signed is what is parsed.
pub fn announced(headers: &Headers) -> Result<Option<u64>, Problem> {
    let single = |name: &str| {
        headers
            .single(name)
            .map_err(|error| Problem::bad_request(error.to_string()))
    };
    if single("content-encoding")?.is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        let sentence = "the body is compressed; only `content-encoding: identity` is read";
        return Err(Problem::new(Code::UnsupportedContentType, sentence));
    }
    Ok(single("content-length")?.and_then(|text| text.parse().ok()))
}

/// Reads the whole body and feeds it to the check.
pub async fn read(
    mut body: Body,
    announced: Option<u64>,
    most: u64,
    charge: &Charge,
    check: &mut Check,
) -> Result<Bytes, Problem> {
    if announced.is_some_and(|bytes| bytes > most) {
        return Err(too_large(most));
    }
    let began = Instant::now();
    let mut whole = Parts::default();
    loop {
        let patience = began + GRACE + Duration::from_millis(whole.bytes.saturating_mul(1000) / LEAST_BYTES_PER_SECOND);
        let frame = tokio::select! {
            frame = timeout_at(patience, body.frame()) => frame.map_err(|_| too_slow())?,
            () = charge.cut() => return Err(overloaded()),
        };
        let Some(frame) = frame else {
            return Ok(whole.join());
        };
        let Ok(chunk) = frame
            .map_err(|_| Problem::bad_request("the connection ended within the body"))?
            .into_data()
        else {
            continue;
        };
        if whole.bytes + chunk.len() as u64 > most {
            return Err(too_large(most));
        }
        charge.add(chunk.len() as u64).await.map_err(|_| overloaded())?;
        check.update(&chunk);
        whole.push(chunk, announced);
    }
}

/// The chunks of a body. A body of one chunk, which most are, is never copied.
#[derive(Default)]
struct Parts {
    bytes: u64,
    only: Option<Bytes>,
    joined: BytesMut,
}

impl Parts {
    fn push(&mut self, chunk: Bytes, announced: Option<u64>) {
        let first = self.bytes == 0;
        self.bytes += chunk.len() as u64;
        if first {
            self.only = Some(chunk);
            return;
        }
        if let Some(only) = self.only.take() {
            let expected = announced.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(0);
            self.joined
                .reserve(expected.min(MOST_RESERVED).max(only.len() + chunk.len()));
            self.joined.extend_from_slice(&only);
        }
        self.joined.extend_from_slice(&chunk);
    }

    fn join(self) -> Bytes {
        self.only.unwrap_or_else(|| self.joined.freeze())
    }
}

fn too_large(most: u64) -> Problem {
    Problem::new(Code::PayloadTooLarge, format!("the body is larger than {most} bytes"))
}

fn too_slow() -> Problem {
    Problem::new(Code::TooSlow, "the body came slower than 64 KiB a second")
}

fn overloaded() -> Problem {
    Problem::new(Code::Overloaded, "too many bodies are under way; send it again")
}
