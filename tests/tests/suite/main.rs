//! The end-to-end tests that may run beside one another: one program, so that it is linked once.
//!
//! A test that needs the machine for itself (it measures time or memory, or floods the gateway) is a file beside this folder:
//! cargo runs one such program after another.

mod actions;
mod api;
mod api_tokens;
mod app_creation;
mod app_installations;
mod approvals_page;
mod check_buttons;
mod client_address;
mod comment_commands;
mod connections;
mod deliveries;
mod delivery_explanations;
mod demo;
mod equal_work;
mod fork_approval;
mod form_payloads;
mod history_sync;
mod hostile_plugins;
mod installation_binding;
mod metrics_and_audit;
mod outbound_safety;
mod polls_and_schedules;
mod reconciliation;
mod refusals;
mod releases;
mod secrecy;
mod shutdown;
mod source_rules;
mod statistics;
mod statuses;
mod trigger_matching;
mod webhook_secrets;
mod worker;
