//! The guest's log: lines of the gateway's log under the plugin's name, few and short, whether they come by `log` or by the
//! standard output of a WASI component.

use std::sync::{Arc, Mutex, PoisonError};

use tracing::Level;

use crate::bindings::forgegate::plugin::log::{Host, Level as GuestLevel};
use crate::guest::Guest;

/// Lines of one call that are written; later ones are dropped.
const MOST_LINES: u32 = 16;

/// Bytes of a line that are written.
const MOST_LINE_BYTES: usize = 1024;

/// The log of one call. Its clones share the lines that are left.
#[derive(Clone)]
pub(super) struct GuestLog(Arc<Mutex<Said>>);

struct Said {
    name: Arc<str>,
    lines_left: u32,
    /// The line of standard output that has no end yet.
    begun: Vec<u8>,
}

impl GuestLog {
    pub(super) fn new(name: Arc<str>) -> Self {
        Self(Arc::new(Mutex::new(Said {
            name,
            lines_left: MOST_LINES,
            begun: Vec::new(),
        })))
    }

    pub(super) fn line(&self, level: Level, text: &str) {
        self.lock().line(level, text);
    }

    /// Takes in bytes of standard output. What is beyond the last line that may be written is not kept.
    pub(super) fn output(&self, bytes: &[u8]) {
        let mut said = self.lock();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = MOST_LINE_BYTES.saturating_sub(said.begun.len());
            let text = piece.strip_suffix(b"\n").unwrap_or(piece);
            said.begun.extend(text.iter().take(room));
            if piece.ends_with(b"\n") {
                said.end_line();
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Said> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Said {
    fn line(&mut self, level: Level, text: &str) {
        let Some(left) = self.lines_left.checked_sub(1) else {
            return;
        };
        self.lines_left = left;
        let line = fit(text);
        let name = &*self.name;
        match level {
            Level::ERROR => tracing::error!(plugin.forge = name, "plugin `{name}`: {line}"),
            Level::WARN => tracing::warn!(plugin.forge = name, "plugin `{name}`: {line}"),
            Level::INFO => tracing::info!(plugin.forge = name, "plugin `{name}`: {line}"),
            _ => tracing::debug!(plugin.forge = name, "plugin `{name}`: {line}"),
        }
    }

    fn end_line(&mut self) {
        let bytes = std::mem::take(&mut self.begun);
        if !bytes.trim_ascii().is_empty() {
            self.line(Level::INFO, &String::from_utf8_lossy(&bytes));
        }
    }
}

impl Drop for Said {
    fn drop(&mut self) {
        if !self.begun.is_empty() {
            self.end_line();
        }
    }
}

impl Host for Guest {
    fn write(&mut self, level: GuestLevel, message: String) {
        let level = match level {
            GuestLevel::Debug => Level::DEBUG,
            GuestLevel::Info => Level::INFO,
            GuestLevel::Warn => Level::WARN,
            GuestLevel::Error => Level::ERROR,
        };
        self.log.line(level, &message);
    }
}

/// The text cut to a line's length, with nothing in it that could begin another or steer a terminal.
fn fit(text: &str) -> String {
    let end = text.floor_char_boundary(MOST_LINE_BYTES);
    text.chars()
        .scan(0, |bytes, sign| {
            *bytes += sign.len_utf8();
            (*bytes <= end).then_some(sign)
        })
        .map(|sign| if sign.is_control() { ' ' } else { sign })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_and_stays_one() {
        assert_eq!(fit("a\nb\u{1b}[2J"), "a b [2J");
        assert_eq!(fit(&"x".repeat(5000)).len(), MOST_LINE_BYTES);
        let wide = fit(&"€".repeat(5000));
        assert_eq!(wide.len(), 1023);
        assert!(wide.chars().all(|sign| sign == '€'));
    }

    #[test]
    fn a_call_has_sixteen_lines() {
        let log = GuestLog::new("x".into());
        for _ in 0..20 {
            log.output(b"out\n");
            log.line(Level::WARN, "log");
        }
        assert_eq!(log.lock().lines_left, 0);
    }

    #[test]
    fn an_empty_line_of_output_is_none() {
        let log = GuestLog::new("x".into());
        log.output(b"\n \r\n\n");
        assert_eq!(log.lock().lines_left, MOST_LINES);
    }

    #[test]
    fn output_without_end_is_not_kept() {
        let log = GuestLog::new("x".into());
        for _ in 0..100 {
            log.output(&[b'x'; 1000]);
        }
        assert_eq!(log.lock().begun.len(), MOST_LINE_BYTES);
        assert_eq!(log.lock().lines_left, MOST_LINES);
    }
}
