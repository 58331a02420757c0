//! Every key that there is, on one page: how the environment spells its value, and whether this version acts on it.

/// The way from the environment's text to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Text as it is.
    Text,
    /// A whole number.
    Number,
    /// Texts separated by commas.
    List,
    /// One text, or several separated by commas.
    Several,
    /// A key of the contract that this version does not act on; refused rather than ignored.
    NotHere,
}

use Shape::{List, NotHere, Number, Several, Text};

/// The keys; `*` stands for one name of the operator's.
const KEYS: &[(&str, Shape)] = &[
    ("server.listen", Text),
    ("server.public_url", Text),
    ("server.trusted_proxies", List),
    ("server.max_body", Text),
    ("server.max_in_flight", Text),
    ("server.header_timeout", Text),
    ("server.max_connections", Number),
    ("server.drain", Text),
    ("server.tls", NotHere),
    ("server.tls.cert", NotHere),
    ("server.tls.key", NotHere),
    ("outbound.allow", List),
    ("outbound.proxy", Text),
    ("storage.engine", Text),
    ("storage.path", Text),
    ("storage.url", NotHere),
    ("keys.file", Text),
    ("plugins.directory", Text),
    ("plugins.limits.memory", Text),
    ("plugins.limits.deadline", Text),
    ("plugins.pinned.*", Text),
    ("audit.retention", Text),
    ("queue.lease", Text),
    ("queue.max_attempts", Number),
    ("queue.retention", Text),
    ("deliveries.retention", Text),
    ("deliveries.max_bytes", NotHere),
    ("deliveries.dedup_window", Text),
    ("deliveries.digest_window", Text),
    ("deliveries.at_once_per_project", Number),
    ("deliveries.activity_retention", Text),
    ("reporting.requests_per_minute", Number),
    ("reporting.give_up_after", Text),
    ("reporting.context", Text),
    ("commands.prefix", Text),
    ("reconciliation.interval", Text),
    ("apps.*.app_id", Text),
    ("apps.*.private_key_file", Text),
    ("apps.*.webhook_secret_file", Several),
    ("apps.*.base_url", Text),
    ("apps.*.bind", Text),
    ("telemetry.log", Text),
    ("telemetry.level", Text),
    ("telemetry.otlp", NotHere),
];

/// The shape of a key; none where there is no such key.
pub(super) fn shape(path: &str) -> Option<Shape> {
    KEYS.iter()
        .find(|(pattern, _)| fits(pattern, path))
        .map(|&(_, shape)| shape)
}

fn fits(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('.');
    let all = pattern.split('.').all(|wanted| {
        segments
            .next()
            .is_some_and(|segment| wanted == "*" && !segment.is_empty() || wanted == segment)
    });
    all && segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_name() {
        assert_eq!(shape("apps.someforge.app_id"), Some(Text));
        assert_eq!(shape("apps.someforge"), None);
        assert_eq!(shape("apps.some.forge.app_id"), None);
        assert_eq!(shape("server.listen"), Some(Text));
        assert_eq!(shape("server.listens"), None);
    }
}
