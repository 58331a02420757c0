//! The API from a shell: one table of nouns, verbs, names and fields, from which the commands are made.
//!
//! Names of the path are positional in its order, each field of the body is a flag with hyphens, repeated for lists. What is secret
//! comes from files. A table for people, `--json` for programs.

use clap::{Arg, ArgAction, ArgMatches, Command};
use reqwest::Method;
use serde_json::{Map, Value};

use super::client::{Client, Connection};
use super::{Failure, read_secret, table};

/// How a flag becomes a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Text; an empty one is null.
    Text,
    /// A list of texts; one that is empty makes an empty list.
    List,
    /// `true` or `false`.
    Flag,
    /// JSON.
    Json,
    /// The text of a file: the flag is the field's name and `-file`; `-` is standard input.
    Secret,
    /// A switch that is there or not.
    Switch,
}

/// Where a flag goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Body,
    Query,
}

type Field = (&'static str, Shape, Place);

/// One verb of a noun.
struct Verb {
    name: &'static str,
    about: &'static str,
    method: Method,
    /// The path under `/api/v1`; a segment in capitals is a positional name, one after `#` goes into the body as `name`.
    path: &'static str,
    fields: &'static [Field],
}

struct Noun {
    name: &'static str,
    about: &'static str,
    /// The columns of a list.
    columns: &'static [&'static str],
    verbs: &'static [Verb],
}

const fn verb(
    name: &'static str,
    about: &'static str,
    method: Method,
    path: &'static str,
    fields: &'static [Field],
) -> Verb {
    Verb {
        name,
        about,
        method,
        path,
        fields,
    }
}

const fn body(name: &'static str, shape: Shape) -> Field {
    (name, shape, Place::Body)
}

const fn query(name: &'static str) -> Field {
    (name, Shape::Text, Place::Query)
}

const PAGE: &[Field] = &[query("limit"), query("cursor")];

const NOUNS: &[Noun] = &[
    Noun {
        name: "org",
        about: "Organizations.",
        columns: &["name", "id", "created_at"],
        verbs: &[
            verb("list", "List them.", Method::GET, "orgs", PAGE),
            verb("show", "Show one.", Method::GET, "orgs/ORG", &[]),
            verb("create", "Make one.", Method::POST, "orgs#NAME", &[]),
            verb(
                "delete",
                "Delete one.",
                Method::DELETE,
                "orgs/ORG",
                &[("cascade", Shape::Switch, Place::Query)],
            ),
        ],
    },
    Noun {
        name: "integration",
        about: "Integrations: connections to a forge, one way each.",
        columns: &[
            "name",
            "kind",
            "forge",
            "base_url",
            "has_secret",
            "has_signing_key",
            "has_token",
            "created_at",
        ],
        verbs: &[
            verb(
                "list",
                "List those of an organization.",
                Method::GET,
                "orgs/ORG/integrations",
                &[query("kind"), query("limit"), query("cursor")],
            ),
            verb(
                "show",
                "Show one.",
                Method::GET,
                "orgs/ORG/integrations/KIND/NAME",
                &[],
            ),
            verb(
                "create",
                "Make one.",
                Method::POST,
                "orgs/ORG/integrations#NAME",
                &[
                    body("kind", Shape::Text),
                    body("forge", Shape::Text),
                    body("forges", Shape::List),
                    body("mode", Shape::Text),
                    body("secret", Shape::Secret),
                    body("signing_key", Shape::Secret),
                    body("base_url", Shape::Text),
                    body("token", Shape::Secret),
                    body("allowed_ips", Shape::List),
                    body("repositories", Shape::List),
                    body("installation_id", Shape::Text),
                    body("account", Shape::Text),
                ],
            ),
            verb(
                "edit",
                "Change one.",
                Method::PATCH,
                "orgs/ORG/integrations/KIND/NAME",
                &[
                    body("name", Shape::Text),
                    body("forges", Shape::List),
                    body("mode", Shape::Text),
                    body("base_url", Shape::Text),
                    body("secret", Shape::Secret),
                    body("keep_previous", Shape::Text),
                    body("signing_key", Shape::Secret),
                    body("token", Shape::Secret),
                    body("allowed_ips", Shape::List),
                    body("repositories", Shape::List),
                ],
            ),
            verb(
                "delete",
                "Delete one.",
                Method::DELETE,
                "orgs/ORG/integrations/KIND/NAME",
                &[],
            ),
        ],
    },
    Noun {
        name: "project",
        about: "Projects: what is built when a repository changes.",
        columns: &[
            "name",
            "repository",
            "inbound_integration",
            "outbound_integration",
            "concurrency",
            "active",
            "created_at",
        ],
        verbs: &[
            verb(
                "list",
                "List those of an organization.",
                Method::GET,
                "orgs/ORG/projects",
                PAGE,
            ),
            verb(
                "show",
                "Show one.",
                Method::GET,
                "orgs/ORG/projects/NAME",
                &[],
            ),
            verb(
                "create",
                "Make one.",
                Method::POST,
                "orgs/ORG/projects#NAME",
                PROJECT,
            ),
            verb(
                "edit",
                "Change one.",
                Method::PATCH,
                "orgs/ORG/projects/NAME",
                PROJECT_CHANGES,
            ),
            verb(
                "delete",
                "Delete one.",
                Method::DELETE,
                "orgs/ORG/projects/NAME",
                &[],
            ),
            verb(
                "evaluate",
                "Queue an evaluation by hand.",
                Method::POST,
                "orgs/ORG/projects/NAME/evaluate",
                &[body("ref", Shape::Text), body("sha", Shape::Text)],
            ),
        ],
    },
    Noun {
        name: "trigger",
        about: "Triggers: which events make a project's evaluations.",
        columns: &[
            "id",
            "kind",
            "integration",
            "branches",
            "active",
            "created_at",
        ],
        verbs: &[
            verb(
                "list",
                "List those of a project.",
                Method::GET,
                "orgs/ORG/projects/PROJECT/triggers",
                PAGE,
            ),
            verb(
                "show",
                "Show one.",
                Method::GET,
                "orgs/ORG/projects/PROJECT/triggers/ID",
                &[],
            ),
            verb(
                "create",
                "Make one.",
                Method::POST,
                "orgs/ORG/projects/PROJECT/triggers",
                TRIGGER,
            ),
            verb(
                "edit",
                "Change one.",
                Method::PATCH,
                "orgs/ORG/projects/PROJECT/triggers/ID",
                TRIGGER,
            ),
            verb(
                "delete",
                "Delete one.",
                Method::DELETE,
                "orgs/ORG/projects/PROJECT/triggers/ID",
                &[],
            ),
        ],
    },
    Noun {
        name: "action",
        about: "Actions: what a project tells the world.",
        columns: &["name", "kind", "integration", "url", "events", "created_at"],
        verbs: &[
            verb(
                "list",
                "List those of a project.",
                Method::GET,
                "orgs/ORG/projects/PROJECT/actions",
                PAGE,
            ),
            verb(
                "show",
                "Show one.",
                Method::GET,
                "orgs/ORG/projects/PROJECT/actions/NAME",
                &[],
            ),
            verb(
                "create",
                "Make one.",
                Method::POST,
                "orgs/ORG/projects/PROJECT/actions#NAME",
                ACTION,
            ),
            verb(
                "edit",
                "Change one.",
                Method::PATCH,
                "orgs/ORG/projects/PROJECT/actions/NAME",
                ACTION_CHANGES,
            ),
            verb(
                "delete",
                "Delete one.",
                Method::DELETE,
                "orgs/ORG/projects/PROJECT/actions/NAME",
                &[],
            ),
        ],
    },
    Noun {
        name: "delivery",
        about: "Deliveries: what was received and proved.",
        columns: &[
            "id",
            "received_at",
            "forge",
            "organization",
            "integration",
            "event.kind",
            "outcome",
            "reason",
            "answer.status",
            "duplicates",
        ],
        verbs: &[
            verb(
                "list",
                "List them.",
                Method::GET,
                "deliveries",
                &[
                    query("organization"),
                    query("integration"),
                    query("project"),
                    query("forge"),
                    query("outcome"),
                    query("event"),
                    query("since"),
                    query("until"),
                    query("limit"),
                    query("cursor"),
                ],
            ),
            verb(
                "show",
                "Show one in full.",
                Method::GET,
                "deliveries/ID",
                &[],
            ),
        ],
    },
    Noun {
        name: "refusal",
        about: "Refusals: what was not let in, counted.",
        columns: &[
            "organization",
            "integration",
            "forge",
            "code",
            "count",
            "last_at",
            "source_ip",
            "message",
        ],
        verbs: &[verb(
            "list",
            "List them.",
            Method::GET,
            "refusals",
            &[
                query("organization"),
                query("integration"),
                query("forge"),
                query("code"),
                query("limit"),
                query("cursor"),
            ],
        )],
    },
    Noun {
        name: "evaluation",
        about: "Evaluations: what is queued, runs and ran.",
        columns: &[
            "id",
            "organization",
            "project",
            "ref",
            "sha",
            "state",
            "trust",
            "attempt",
            "worker",
            "created_at",
        ],
        verbs: &[
            verb(
                "list",
                "List them.",
                Method::GET,
                "evaluations",
                &[
                    query("organization"),
                    query("project"),
                    query("state"),
                    query("ref"),
                    query("sha"),
                    query("since"),
                    query("until"),
                    query("limit"),
                    query("cursor"),
                ],
            ),
            verb("show", "Show one.", Method::GET, "evaluations/ID", &[]),
            verb(
                "cancel",
                "Cancel one.",
                Method::POST,
                "evaluations/ID/cancel",
                &[],
            ),
            verb(
                "rerun",
                "Do it again.",
                Method::POST,
                "evaluations/ID/rerun",
                &[],
            ),
            verb(
                "approve",
                "Release a held one for one commit.",
                Method::POST,
                "evaluations/ID/approve",
                &[body("sha", Shape::Text)],
            ),
        ],
    },
    Noun {
        name: "token",
        about: "Access tokens.",
        columns: &[
            "id",
            "name",
            "scope",
            "organizations",
            "labels",
            "created_at",
            "expires_at",
        ],
        verbs: &[
            verb("list", "List them.", Method::GET, "tokens", PAGE),
            verb("show", "Show one.", Method::GET, "tokens/ID", &[]),
            verb(
                "create",
                "Make one; its value is shown this once.",
                Method::POST,
                "tokens",
                &[
                    body("name", Shape::Text),
                    body("scope", Shape::Text),
                    body("organizations", Shape::List),
                    body("labels", Shape::List),
                    body("expires_in", Shape::Text),
                ],
            ),
            verb("delete", "Delete one.", Method::DELETE, "tokens/ID", &[]),
        ],
    },
    Noun {
        name: "plugin",
        about: "Plugins: the forges that the gateway understands.",
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
            verb("list", "List them.", Method::GET, "plugins", PAGE),
            verb("show", "Show one.", Method::GET, "plugins/FORGE", &[]),
        ],
    },
    Noun {
        name: "audit",
        about: "The audit log.",
        columns: &["at", "actor", "action", "target", "outcome", "source_ip"],
        verbs: &[verb(
            "list",
            "List its entries.",
            Method::GET,
            "audit",
            &[
                query("organization"),
                query("since"),
                query("until"),
                query("limit"),
                query("cursor"),
            ],
        )],
    },
];

const PROJECT: &[Field] = &[
    body("repository", Shape::Text),
    body("concurrency", Shape::Text),
    body("bootstrap", Shape::Text),
    body("runs_on", Shape::List),
    body("trusted", Shape::Json),
    body("inbound_integration", Shape::Text),
    body("outbound_integration", Shape::Text),
    body("active", Shape::Flag),
];

const PROJECT_CHANGES: &[Field] = &[
    body("name", Shape::Text),
    body("repository", Shape::Text),
    body("concurrency", Shape::Text),
    body("bootstrap", Shape::Text),
    body("runs_on", Shape::List),
    body("trusted", Shape::Json),
    body("inbound_integration", Shape::Text),
    body("outbound_integration", Shape::Text),
    body("active", Shape::Flag),
    body("repository_id", Shape::Json),
];

const TRIGGER: &[Field] = &[
    body("kind", Shape::Text),
    body("integration", Shape::Text),
    body("branches", Shape::List),
    body("tags", Shape::List),
    body("target_branches", Shape::List),
    body("paths", Shape::List),
    body("actions", Shape::List),
    body("labels", Shape::List),
    body("drafts", Shape::Flag),
    body("require_approval", Shape::Flag),
    body("prereleases", Shape::Flag),
    body("skip_ci", Shape::Flag),
    body("active", Shape::Flag),
];

const ACTION: &[Field] = &[
    body("kind", Shape::Text),
    body("integration", Shape::Text),
    body("url", Shape::Text),
    body("events", Shape::List),
];

const ACTION_CHANGES: &[Field] = &[
    body("name", Shape::Text),
    body("integration", Shape::Text),
    body("url", Shape::Text),
    body("events", Shape::List),
];

/// The commands of all nouns.
pub fn commands() -> Vec<Command> {
    NOUNS.iter().map(noun_command).collect()
}

/// Whether a command is one of these.
pub fn is_noun(name: &str) -> bool {
    NOUNS.iter().any(|noun| noun.name == name)
}

/// Does what a noun's arguments say, and prints the answer.
pub async fn run(name: &str, arguments: &ArgMatches) -> Result<(), Failure> {
    let noun = NOUNS.iter().find(|noun| noun.name == name);
    let chosen = noun.zip(arguments.subcommand());
    let found = chosen.and_then(|(noun, (word, given))| {
        Some((
            noun,
            noun.verbs.iter().find(|verb| verb.name == word)?,
            given,
        ))
    });
    let Some((noun, verb, given)) = found else {
        return Err(Failure::new("there is no such command"));
    };
    let connection = Connection {
        url: own_url(verb, given),
        token_file: text(given, "token-file").map(Into::into),
    };
    let client = Client::connect(&connection)?;
    let (body, query) = fields(verb, given)?;
    let path = path(verb, given);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let body = (verb.method != Method::GET && verb.method != Method::DELETE)
        .then_some(Value::Object(body));
    let answer = client
        .call(verb.method.clone(), &path, &query, body.as_ref())
        .await?
        .unwrap_or(Value::Null);
    println!(
        "{}",
        if given.get_flag("json") {
            answer.to_string()
        } else {
            shown(noun, &answer)
        }
    );
    Ok(())
}

fn shown(noun: &Noun, answer: &Value) -> String {
    let Some(items) = answer.get("items").and_then(Value::as_array) else {
        return table::fields(answer);
    };
    let table = table::table(items, noun.columns);
    match answer.get("next").and_then(Value::as_str) {
        Some(next) => format!("{table}\n(more: --cursor {next})"),
        None => table,
    }
}

fn noun_command(noun: &Noun) -> Command {
    let verbs = noun.verbs.iter().map(verb_command);
    Command::new(noun.name)
        .about(noun.about)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(verbs)
}

fn verb_command(verb: &Verb) -> Command {
    let mut command = Command::new(verb.name).about(verb.about);
    for (name, is_required) in names(verb) {
        command = command.arg(Arg::new(name).value_name(name).required(is_required));
    }
    command = command.args(
        verb.fields
            .iter()
            .map(|&(name, shape, _)| flag(name, shape)),
    );
    let connection = [
        Arg::new("url").long("url").help("The gateway's URL"),
        Arg::new("token-file")
            .long("token-file")
            .help("The file that holds the access token"),
    ];
    // An action's own `url` is a field of the body; the gateway's comes from the environment then.
    let connection = connection.into_iter().filter(|arg| {
        verb.fields
            .iter()
            .all(|(name, ..)| *name != arg.get_id().as_str())
    });
    command.args(connection).arg(
        Arg::new("json")
            .long("json")
            .action(ArgAction::SetTrue)
            .help("Print the answer's message as JSON"),
    )
}

/// The positional names, in order. An installation's integrations are named by the gateway.
fn names(verb: &Verb) -> Vec<(&'static str, bool)> {
    let (path, last) = verb
        .path
        .split_once('#')
        .map_or((verb.path, None), |(path, last)| (path, Some(last)));
    let within = path
        .split('/')
        .filter(|segment| is_name(segment))
        .map(|name| (name, true));
    let may_be_absent = verb
        .fields
        .iter()
        .any(|(name, ..)| *name == "installation_id");
    within
        .chain(last.map(|name| (name, !may_be_absent)))
        .collect()
}

fn is_name(segment: &str) -> bool {
    segment.chars().all(|sign| sign.is_ascii_uppercase())
}

fn flag(name: &'static str, shape: Shape) -> Arg {
    let long = long(name, shape);
    let arg = Arg::new(name).long(long).value_name(match shape {
        Shape::Secret => "FILE",
        Shape::Json => "JSON",
        Shape::Flag => "true|false",
        _ => "TEXT",
    });
    match shape {
        Shape::List => arg.action(ArgAction::Append),
        Shape::Switch => Arg::new(name).long(name).action(ArgAction::SetTrue),
        Shape::Flag => arg.value_parser(["true", "false"]),
        Shape::Text | Shape::Json | Shape::Secret => arg,
    }
}

/// Fields have underscores, flags hyphens. `--token-file` is the caller's own token.
fn long(name: &str, shape: Shape) -> String {
    let hyphens = name.replace('_', "-");
    match (shape, name) {
        (Shape::Secret, "token") => "token-value-file".to_owned(),
        (Shape::Secret, _) => format!("{hyphens}-file"),
        _ => hyphens,
    }
}

/// The gateway's URL, where `--url` means that and not a field.
fn own_url(verb: &Verb, given: &ArgMatches) -> Option<String> {
    let is_field = verb.fields.iter().any(|(name, ..)| *name == "url");
    if is_field { None } else { text(given, "url") }
}

fn text(given: &ArgMatches, name: &str) -> Option<String> {
    given.get_one::<String>(name).cloned()
}

fn path(verb: &Verb, given: &ArgMatches) -> Vec<String> {
    let path = verb.path.split('#').next().unwrap_or_default();
    let segment = |segment: &str| {
        if is_name(segment) {
            text(given, segment).unwrap_or_default()
        } else {
            segment.to_owned()
        }
    };
    path.split('/').map(segment).collect()
}

type Parts = (Map<String, Value>, Vec<(String, String)>);

fn fields(verb: &Verb, given: &ArgMatches) -> Result<Parts, Failure> {
    let (mut body, mut query) = (Map::new(), Vec::new());
    if let Some(name) = verb
        .path
        .split_once('#')
        .and_then(|(_, last)| text(given, last))
    {
        body.insert("name".to_owned(), Value::String(name));
    }
    for &(name, shape, place) in verb.fields {
        let Some(value) = value(given, name, shape)? else {
            continue;
        };
        match place {
            Place::Body => _ = body.insert(name.to_owned(), value),
            Place::Query => query.push((
                name.to_owned(),
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned),
            )),
        }
    }
    Ok((body, query))
}

fn value(given: &ArgMatches, name: &str, shape: Shape) -> Result<Option<Value>, Failure> {
    if shape == Shape::Switch {
        return Ok(given.get_flag(name).then_some(Value::Bool(true)));
    }
    let Some(mut texts) = given
        .get_many::<String>(name)
        .map(|texts| texts.cloned().collect::<Vec<_>>())
    else {
        return Ok(None);
    };
    if shape == Shape::List {
        texts.retain(|text| !text.is_empty());
        return Ok(Some(texts.into()));
    }
    let text = texts.pop().unwrap_or_default();
    let value = match shape {
        Shape::Text if text.is_empty() => Value::Null,
        Shape::Flag => Value::Bool(text == "true"),
        Shape::Json => serde_json::from_str(&text)
            .map_err(|error| Failure::new(format!("`--{}`: {error}", long(name, shape))))?,
        Shape::Secret => Value::String(read_secret(&text)?),
        Shape::Text | Shape::List | Shape::Switch => Value::String(text),
    };
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> (Vec<String>, Value, Vec<(String, String)>) {
        let app = Command::new("forgegate").subcommands(commands());
        let matches = app.try_get_matches_from(line.split(' ')).unwrap();
        let (noun, rest) = matches.subcommand().unwrap();
        let (word, given) = rest.subcommand().unwrap();
        let noun = NOUNS.iter().find(|it| it.name == noun).unwrap();
        let verb = noun.verbs.iter().find(|it| it.name == word).unwrap();
        let (body, query) = fields(verb, given).unwrap();
        (path(verb, given), Value::Object(body), query)
    }

    #[test]
    fn the_commands_are_well_formed() {
        Command::new("forgegate")
            .subcommands(commands())
            .debug_assert();
    }

    #[test]
    fn names_are_positional_and_fields_are_flags() {
        let (path, body, _) = parsed(
            "forgegate integration create acme main --kind inbound --forge f --allowed-ips 10.0.0.1 --allowed-ips 10.0.0.2",
        );
        assert_eq!(path, ["orgs", "acme", "integrations"]);
        assert_eq!(
            body,
            serde_json::json!({"name": "main", "kind": "inbound", "forge": "f", "allowed_ips": ["10.0.0.1", "10.0.0.2"]})
        );
        let (path, body, _) = parsed("forgegate trigger edit acme w 7 --drafts false --branches=");
        assert_eq!(path, ["orgs", "acme", "projects", "w", "triggers", "7"]);
        assert_eq!(body, serde_json::json!({"drafts": false, "branches": []}));
        let (_, _, query) = parsed("forgegate org delete acme --cascade");
        assert_eq!(query, [("cascade".to_owned(), "true".to_owned())]);
    }
}
