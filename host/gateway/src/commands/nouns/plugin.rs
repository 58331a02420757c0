//! Plugins: the forges that the gateway understands.

use super::Noun;
use super::field::PAGE;
use super::verb::get;

pub(super) const NOUN: Noun = Noun {
    name: "plugin",
    about: "Plugins: the forges that the gateway understands",
    columns: &[
        "forge",
        "version",
        "source",
        "scope",
        "calls",
        "traps",
        "timeouts",
        "milliseconds.p50",
        "milliseconds.p99",
    ],
    verbs: &[
        get("list", "List them", "plugins", PAGE),
        get("show", "Show one", "plugins/FORGE", &[]),
    ],
};
