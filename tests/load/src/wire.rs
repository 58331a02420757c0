//! HTTP/1.1 on one kept connection, as little of it as the servers here need: the client's share of the processor is the servers' loss.

use std::net::SocketAddr;

use bytes::Buf;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::error::LoadError;

/// The largest answer that is read.
const MOST_ANSWER: usize = 1 << 20;

/// A connection that is kept.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An HTTP answer, read whole.
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The body, without the head.
    pub body: &'a [u8],
}

impl Connection {
    /// Connects to a server, without delay of small packets.
    pub async fn open(address: SocketAddr) -> Result<Self, LoadError> {
        let failed = || LoadError::system(format!("{address} cannot be connected to"));
        let stream = TcpStream::connect(address).await.map_err(failed())?;
        stream.set_nodelay(true).map_err(failed())?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(16 << 10),
        })
    }

    /// Sends a request that lies in two pieces, and reads its answer.
    pub async fn exchange(&mut self, head: &[u8], rest: &[u8]) -> Result<Answer<'_>, LoadError> {
        let written = self.stream.write_all_buf(&mut Buf::chain(head, rest)).await;
        written.map_err(LoadError::system("a request could not be sent"))?;
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await;
            let read = read.map_err(LoadError::system("an answer could not be read"))?;
            if let Some(whole) = Extent::of(&self.buffer)? {
                let body = self.buffer.get(whole.body).unwrap_or_default();
                return Ok(Answer {
                    status: whole.status,
                    body,
                });
            }
            if read == 0 || self.buffer.len() > MOST_ANSWER {
                return Err(LoadError::Server(
                    "a connection was closed before the answer was whole".to_owned(),
                ));
            }
        }
    }
}

/// The place of an answer in the buffer.
#[derive(Debug, PartialEq, Eq)]
struct Extent {
    status: u16,
    body: std::ops::Range<usize>,
}

impl Extent {
    /// `None` while something is missing.
    fn of(buffer: &[u8]) -> Result<Option<Self>, LoadError> {
        let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let begin = end + 4;
        let unreadable = || LoadError::Server("an answer's head cannot be read".to_owned());
        let head = std::str::from_utf8(buffer.get(..end).unwrap_or_default()).map_err(|_| unreadable())?;
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let length = lines
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length: usize = match length {
            Some((_, value)) => value.trim().parse().map_err(|_| unreadable())?,
            None => 0,
        };
        let body = begin..begin + length;
        let whole = buffer.len() >= body.end;
        let status = status.ok_or_else(unreadable)?;
        Ok(whole.then_some(Self { status, body }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_body_is() {
        let answer = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nx: y\r\n\r\n{}";
        for cut in 0..answer.len() {
            assert_eq!(Extent::of(&answer[..cut]).unwrap(), None, "{cut}");
        }
        let whole = Extent::of(answer).unwrap().unwrap();
        assert_eq!((whole.status, &answer[whole.body]), (401, &b"{}"[..]));
    }

    #[test]
    fn an_answer_without_a_length_has_no_body() {
        let whole = Extent::of(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().unwrap();
        assert_eq!((whole.status, whole.body.len()), (204, 0));
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        assert!(Extent::of(b"SSH-2.0\r\n\r\n").is_err());
    }
}
