//! What an operator asks: health, figures, the plugins, the audit log.

use crate::api::filters;
use crate::api::openapi::route::Answer::{Bare, List, One};
use crate::api::openapi::route::{Route, get};

pub const ROUTES: &[Route] = &[
    get("/health/live", "Whether the gateway lives.", Bare("application/json")),
    get("/health/ready", "Whether it takes work.", Bare("application/json")),
    get(
        "/metrics",
        "Figures for Prometheus.",
        Bare("application/openmetrics-text"),
    ),
    get("/api/v1/version", "Which version it is.", One("VersionView")),
    get("/api/v1/openapi.json", "This document.", Bare("application/json")),
    get("/api/v1/plugins", "List plugins.", List("PluginView")),
    get("/api/v1/plugins/{forge}", "Show a plugin.", One("PluginView")),
    get("/api/v1/check", "Whether everything is in order.", One("Checkup")),
    get("/api/v1/audit", "List audit entries.", List("AuditView")).with(filters::AUDIT),
];
