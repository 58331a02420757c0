//! The plugin's voice in the gateway's log. Natively, lines go to standard error.

#[cfg(target_family = "wasm")]
use crate::bindings::forgegate::plugin::log::write;

pub use crate::bindings::forgegate::plugin::log::Level;

/// Detail for the plugin's author.
pub fn debug(message: &str) {
    write(Level::Debug, message);
}

/// Worth a line.
pub fn info(message: &str) {
    write(Level::Info, message);
}

/// Something was odd, and went on.
pub fn warn(message: &str) {
    write(Level::Warn, message);
}

/// Something failed.
pub fn error(message: &str) {
    write(Level::Error, message);
}

#[cfg(not(target_family = "wasm"))]
fn write(level: Level, message: &str) {
    eprintln!("{level:?}: {message}");
}
