//! Parameters after the question mark of a URL. Every list takes `LIMIT` and `CURSOR` too.

/// A parameter after the question mark.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// The parameter's name.
    pub name: &'static str,
    /// The kind of its value.
    pub kind: Kind,
    /// One sentence, without its full stop.
    pub doc: &'static str,
}

/// The kinds of values of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// An RFC 3339 time.
    Time,
    /// `true` or `false`; absent is `false`.
    Flag,
    /// A number of milliseconds.
    Milliseconds,
    /// The size of a page.
    Limit,
}

const fn parameter(name: &'static str, kind: Kind, doc: &'static str) -> Parameter {
    Parameter { name, kind, doc }
}

const fn text(name: &'static str, doc: &'static str) -> Parameter {
    parameter(name, Kind::Text, doc)
}

/// The size of a page.
pub const LIMIT: Parameter = parameter("limit", Kind::Limit, "The most items of a page, 1 to 500");
/// The place where a list goes on.
pub const CURSOR: Parameter = text("cursor", "The place to go on from: `next` of the page before");

const ORGANIZATION: Parameter = text("organization", "Only of this organization");
const PROJECT: Parameter = text("project", "Only of this project, by name or id");
const INTEGRATION: Parameter = text("integration", "Only of this integration, by name or id");
const FORGE: Parameter = text("forge", "Only of this forge");
const SHA: Parameter = text("sha", "Only of this commit");
const SINCE: Parameter = parameter("since", Kind::Time, "Only from this time on, RFC 3339");
const UNTIL: Parameter = parameter("until", Kind::Time, "Only before this time, RFC 3339");

/// No parameters at all.
pub const NONE: &[Parameter] = &[];
/// The filters of evaluations.
pub const EVALUATIONS: &[Parameter] = &[
    ORGANIZATION,
    PROJECT,
    text("state", "Only in this state, such as `running`"),
    text("ref", "Only of this ref, full or short"),
    SHA,
    SINCE,
    UNTIL,
];
/// The filters of deliveries.
pub const DELIVERIES: &[Parameter] = &[
    ORGANIZATION,
    INTEGRATION,
    PROJECT,
    FORGE,
    text("outcome", "Only with this outcome, such as `queued` or `skipped`"),
    text("event", "Only of this kind of event, such as `push`"),
    SINCE,
    UNTIL,
];
/// The filters of refusals.
pub const REFUSALS: &[Parameter] = &[
    ORGANIZATION,
    INTEGRATION,
    FORGE,
    text("code", "Only with this code, such as `signature_mismatch`"),
    parameter(
        "since",
        Kind::Time,
        "Only those that came again from this time on, RFC 3339",
    ),
    parameter(
        "until",
        Kind::Time,
        "Only those that first came before this time, RFC 3339",
    ),
];
/// The filters of statuses.
pub const STATUSES: &[Parameter] = &[
    ORGANIZATION,
    text("integration", "Only through this outbound integration, by name or id"),
    PROJECT,
    text("state", "Only with this state, such as `succeeded`"),
    text("outcome", "Only `waiting`, `sent`, `superseded` or `failed`"),
    SHA,
    SINCE,
    UNTIL,
];
/// The filters of audit entries.
pub const AUDIT: &[Parameter] = &[ORGANIZATION, SINCE, UNTIL];
/// The filters of activity.
pub const ACTIVITY: &[Parameter] = &[
    text("kind", "Only of this kind, such as `commit` or `pull_request`"),
    SINCE,
    UNTIL,
];
/// The range of statistics.
pub const RANGE: &[Parameter] = &[SINCE, UNTIL];
/// The filter of integrations.
pub const INTEGRATIONS: &[Parameter] = &[text("kind", "`inbound` or `outbound`")];
/// The filter of installations and accounts.
pub const INSTALLATIONS: &[Parameter] = &[ORGANIZATION];
/// The choice of one binding of an installation.
pub const INSTALLATION: &[Parameter] = &[text("organization", "The organization, where it is bound to several")];
/// The forge of a hook guide.
pub const GUIDE: &[Parameter] = &[text("forge", "The forge; the integration's own unless given")];
/// The deletion of an organization with everything in it.
pub const CASCADE: &[Parameter] = &[parameter(
    "cascade",
    Kind::Flag,
    "Also while it owns projects: with everything in it",
)];
/// The wait for an outcome.
pub const WAIT: &[Parameter] = &[parameter(
    "wait_ms",
    Kind::Milliseconds,
    "The time to wait for news, in milliseconds, at most 60,000",
)];
/// The state of a link that makes an app.
pub const STATE: &[Parameter] = &[text("state", "The state that the link carries")];
/// The parameters with which a forge sends a browser back.
pub const CALLBACK: &[Parameter] = &[
    text("code", "The code that becomes the app's keys"),
    text("state", "The state that the link carries"),
];
