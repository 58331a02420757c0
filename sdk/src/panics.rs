//! The text of a panic, in the gateway's log: of the trap that follows the host sees only that there was one.

use std::panic::{PanicHookInfo, set_hook};

use crate::log;

/// Has panics logged. Each call meets a fresh instance, so that each begins with this; it makes nothing and asks nobody.
pub(crate) fn are_logged() {
    set_hook(Box::new(write));
}

fn write(panic: &PanicHookInfo<'_>) {
    let words = panic.payload_as_str().unwrap_or("for no reason given");
    match panic.location() {
        Some(place) => {
            let line = u64::from(place.line()).to_string();
            log::error(&["panicked at ", place.file(), ":", &line, ": ", words].concat());
        }
        None => log::error(&["panicked: ", words].concat()),
    }
}
