#![doc = include_str!("../README.md")]

mod arena;
mod headers;
mod ids;
#[cfg(target_family = "wasm")]
mod panics;
mod paths;
mod plugin;

pub mod base64;
pub mod events;
pub mod hex;
pub mod json;
pub mod log;
pub mod outbound;
pub mod samples;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;
pub mod time;

pub use headers::Headers;
pub use ids::{commit_id, first_line, is_zero_id};
pub use paths::{ChangedPaths, MAX_CHANGED_PATHS, MAX_PATH_BYTES, changed_paths};
pub use plugin::{Descriptor, Inbound, Outbound, Samples};

pub use bindings::exports::forgegate::plugin::descriptor::{
    ApiBase, Description, HookForm, PathTemplate, Scope, Shorthand, TokenForm,
};
pub use bindings::exports::forgegate::plugin::inbound::{
    Evidence, MacProof, ParseError, PayloadSource, Proof, Refusal,
};
pub use bindings::forgegate::plugin::types::{Credential, Digest, Header, MessagePart, Method};

/// The bindings that `wit_bindgen` makes of the contract. Authors read the modules that re-export it by hand.
#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../wit",
        world: "forge",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_component",
        default_bindings_module: "::forgegate_sdk::bindings",
        additional_derives: [PartialEq, serde::Serialize],
    });
}
