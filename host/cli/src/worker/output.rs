//! The output of a command: passed on line by line, the evaluation's id before each. The bytes stay as they are.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

/// A longer line is passed on in pieces of this size.
const MOST_LINE_BYTES: usize = 64 << 10;
const CHUNK_BYTES: usize = 16 << 10;
/// The most that a pipe can hold of the output written before the command's end.
const MOST_PIPE_BYTES: usize = 1 << 20;
/// The longest silence of a pipe after the command's end: whoever holds it then is not the command.
const SILENCE: Duration = Duration::from_secs(1);

/// A stream that many write whole lines to.
#[derive(Clone)]
pub(super) struct Sink(Arc<Mutex<dyn Write + Send>>);

impl Sink {
    /// Whoever reads may be slow: only this output waits for that, not the heartbeats. Nobody may be reading: the command goes on.
    async fn write(&self, lines: Vec<u8>) {
        let stream = Arc::clone(&self.0);
        let written = spawn_blocking(move || {
            let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
            stream.write_all(&lines).and_then(|()| stream.flush())
        });
        let _ = written.await;
    }
}

/// The two streams that the output of commands goes to.
#[derive(Clone)]
pub(super) struct Outputs {
    /// The stream for their standard output.
    pub(super) out: Sink,
    /// The stream for their standard error.
    pub(super) err: Sink,
}

impl Outputs {
    /// The worker's own output.
    pub(super) fn of_the_process() -> Self {
        Self {
            out: Sink(Arc::new(Mutex::new(std::io::stdout()))),
            err: Sink(Arc::new(Mutex::new(std::io::stderr()))),
        }
    }
}

/// Passes output on until its end; after the command's end only what it left in the pipe, however long others hold that open.
pub(super) async fn pass(mut from: impl AsyncRead + Unpin, id: String, to: Sink, gone: CancellationToken) {
    let mut lines = Lines { id, open: Vec::new() };
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut left = MOST_PIPE_BYTES;
    while left > 0 {
        let read = tokio::select! {
            biased;
            read = from.read(&mut chunk) => read.unwrap_or(0),
            () = silence(&gone) => 0,
        };
        let Some(bytes) = chunk.get(..read).filter(|bytes| !bytes.is_empty()) else {
            break;
        };
        to.write(lines.take(bytes)).await;
        if gone.is_cancelled() {
            left = left.saturating_sub(read);
        }
    }
    to.write(lines.rest()).await;
}

async fn silence(gone: &CancellationToken) {
    gone.cancelled().await;
    tokio::time::sleep(SILENCE).await;
}

/// Makes lines of chunks.
struct Lines {
    id: String,
    open: Vec<u8>,
}

impl Lines {
    /// The lines that these bytes complete.
    fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut whole = Vec::with_capacity(bytes.len() * 2);
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            let (mut text, ends) = piece.strip_suffix(b"\n").map_or((piece, false), |text| (text, true));
            while let Some((head, tail)) = text
                .split_at_checked(MOST_LINE_BYTES - self.open.len())
                .filter(|(_, tail)| !tail.is_empty())
            {
                self.open.extend_from_slice(head);
                self.end(&mut whole);
                text = tail;
            }
            self.open.extend_from_slice(text);
            if ends {
                self.end(&mut whole);
            }
        }
        whole
    }

    /// Takes the last line, which has no end.
    fn rest(&mut self) -> Vec<u8> {
        let mut whole = Vec::new();
        if !self.open.is_empty() {
            self.end(&mut whole);
        }
        whole
    }

    fn end(&mut self, whole: &mut Vec<u8>) {
        for part in [self.id.as_bytes(), b" ", &self.open, b"\n"] {
            whole.extend_from_slice(part);
        }
        self.open.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    fn lines() -> Lines {
        Lines {
            id: "7".to_owned(),
            open: Vec::new(),
        }
    }

    #[test]
    fn each_line_gets_the_id_and_stays_as_it_is() {
        let mut lines = lines();
        assert_eq!(lines.take(b"a\n\nb\xff\r\nc"), b"7 a\n7 \n7 b\xff\r\n");
        assert_eq!(lines.take(b"d\n"), b"7 cd\n");
        assert_eq!(lines.rest(), b"");
        assert_eq!(lines.take(b"end"), b"");
        assert_eq!(lines.rest(), b"7 end\n");
    }

    #[test]
    fn a_line_without_end_is_cut_and_nothing_of_it_is_lost() {
        let mut lines = lines();
        let long = vec![b'x'; 2 * MOST_LINE_BYTES + 5];
        let mut all = Vec::new();
        for chunk in long.chunks(CHUNK_BYTES + 1) {
            all.extend(lines.take(chunk));
            assert!(lines.open.len() <= MOST_LINE_BYTES);
        }
        all.extend(lines.take(b"\n"));
        let bodies: Vec<usize> = all
            .split(|&byte| byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| line.len() - 2)
            .collect();
        assert_eq!(bodies, [MOST_LINE_BYTES, MOST_LINE_BYTES, 5]);
    }

    #[tokio::test]
    async fn a_pipe_that_somebody_else_holds_open_does_not_hold_the_worker() {
        let (mut command, pipe) = tokio::io::duplex(64);
        let shown = Arc::new(Mutex::new(Vec::new()));
        let gone = CancellationToken::new();
        command.write_all(b"the last word").await.unwrap();
        gone.cancel();
        pass(pipe, "7".to_owned(), Sink(shown.clone()), gone).await;
        assert_eq!(*shown.lock().unwrap(), b"7 the last word\n");
        drop(command);
    }
}
