//! The four traits that make a plugin, and the line that exports it.
//!
//! Nothing is decided here: each function of the component hands its arguments on.

mod lend;
mod outbound;

pub use outbound::Outbound;

use crate::bindings::exports::forgegate::plugin as exports;
use crate::events::Event;
use crate::samples::{Subject, Unsealed};
use crate::{Description, Evidence, Header, Headers, ParseError, Refusal};

/// The plugin's own account of itself.
pub trait Descriptor {
    /// Describes the plugin. Called once, when it is loaded; must always answer the same.
    fn describe() -> Description;
}

/// The reading of deliveries. Pure: a call to the forge from here is refused and counted.
pub trait Inbound {
    /// Names the evidence that ties a delivery to the integration's credential. Sees the header fields only; the host
    /// computes and compares.
    fn verify(headers: &Headers) -> Result<Evidence, Refusal>;

    /// Translates exactly the bytes that the host has just proved. `event` is what [`Evidence::event`] said. An event that
    /// the plugin does not know is [`Detail::Unknown`](crate::events::Detail::Unknown), never an error.
    fn parse(event: &str, headers: &Headers, payload: &[u8]) -> Result<Event, ParseError>;
}

/// Deliveries made on purpose. Pure, like [`Inbound`].
pub trait Samples {
    /// Makes a delivery of the given kind (`push`, `pull-request`, …) as this forge would send it, or answers `None` where
    /// it has no such event. Every plugin has a sample of `push`.
    fn sample(event: &str, about: &Subject) -> Option<Unsealed>;
}

/// Exports a type that implements [`Descriptor`], [`Inbound`], [`Samples`] and [`Outbound`] as the component's plugin.
///
/// Natively it expands to nothing but a check of the four traits, so that a plugin is tested like any other library.
#[macro_export]
macro_rules! export {
    ($plugin:ident) => {
        #[cfg(target_family = "wasm")]
        $crate::bindings::export_component!($plugin with_types_in $crate::bindings);

        const _: () = {
            const fn is_a_plugin<
                T: $crate::Descriptor + $crate::Inbound + $crate::Samples + $crate::Outbound,
            >() {
            }
            is_a_plugin::<$plugin>();
        };
    };
}

impl<T: Descriptor> exports::descriptor::Guest for T {
    fn describe() -> Description {
        begin();
        <T as Descriptor>::describe()
    }
}

impl<T: Inbound> exports::inbound::Guest for T {
    fn verify(headers: Vec<Header>) -> Result<Evidence, Refusal> {
        begin();
        <T as Inbound>::verify(&Headers::new(headers))
    }

    fn parse(event: String, headers: Vec<Header>, payload: Vec<u8>) -> Result<Event, ParseError> {
        begin();
        <T as Inbound>::parse(&event, &Headers::new(headers), &payload)
    }
}

impl<T: Samples> exports::samples::Guest for T {
    fn sample(event: String, about: Subject) -> Option<Unsealed> {
        begin();
        <T as Samples>::sample(&event, &about)
    }
}

/// Prepares the fresh instance that every call meets.
fn begin() {
    #[cfg(target_family = "wasm")]
    crate::panics::are_logged();
}
