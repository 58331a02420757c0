#![doc = include_str!("../README.md")]

pub mod fields;
pub mod openapi;
pub mod parameters;
pub mod route;
pub mod routes;
pub mod types;

pub use route::{Answer, Command, Route, Scope};
pub use routes::all;
pub use types::*;
