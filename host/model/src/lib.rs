#![doc = include_str!("../README.md")]

pub mod clock;
pub mod ids;
pub mod name;
pub mod secret;
pub mod timestamp;

pub mod crypto;
pub mod event;
pub mod evidence;
pub mod header;
pub mod plugin;

pub mod action;
pub mod activity;
pub mod installation;
pub mod integration;
pub mod organization;
pub mod project;
pub mod token;
pub mod trigger;

pub mod answer;
pub mod audit;
pub mod delivery;
pub mod evaluation;
pub mod follow_up;
pub mod refusal;
pub mod status;
pub mod sync;

pub mod address;
pub mod approval;
pub mod auto_attach;
pub mod button;
pub mod client_address;
pub mod command;
pub mod heads;
pub mod lock;
pub mod matching;
pub mod queueing;
pub mod repository;
pub mod schedule;
pub mod trust;

#[cfg(any(test, feature = "testing"))]
pub mod testing;
