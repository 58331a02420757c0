//! The API from a shell, made from the table of routes: `verb` is a command that calls one route, `flag` a field or a parameter of it.
//!
//! Names of the path are positional in its order, each field of the body is a flag with hyphens, repeated for lists. What is
//! secret comes from files. A table for people, `--json` for programs. What the values may be, the gateway knows.
//!
//! Three commands make several calls and stand by themselves: `app create`, `project sync`, `integration hook ensure`.

mod app_create;
mod display;
mod flag;
mod hook_ensure;
mod project_sync;
mod verb;

use std::io::Write;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::Value;

use crate::Failure;
use crate::client::{Client, Connection};
use verb::{Call, Verb};

/// The nouns, each with a sentence, in the order of the help.
const NOUNS: [(&str, &str); 13] = [
    ("org", "Organizations"),
    ("integration", "Integrations: connections to a forge, one way each"),
    ("project", "Projects: what is built when a repository changes"),
    ("trigger", "Triggers: which events make a project's evaluations"),
    ("action", "Actions: what a project tells the world"),
    ("delivery", "Deliveries: what was received and proved"),
    ("refusal", "Refusals: what was not let in, counted"),
    ("evaluation", "Evaluations: what is queued, runs and ran"),
    (
        "status",
        "Statuses: what is told to forges and others, and what became of it",
    ),
    ("token", "Access tokens"),
    ("plugin", "Plugins: the forges that the gateway understands"),
    (
        "app",
        "Apps: which of a forge's installations belong to which organization",
    ),
    ("audit", "The audit log: who did what"),
];

/// The commands of all nouns.
#[must_use]
pub fn commands() -> Vec<Command> {
    NOUNS.iter().map(|(noun, about)| command(noun, about)).collect()
}

/// True if a command is one of these.
#[must_use]
pub fn is_noun(name: &str) -> bool {
    NOUNS.iter().any(|(noun, _)| *noun == name)
}

/// Does what a noun's arguments say, and prints the answer.
///
/// # Errors
/// When a file cannot be read, the gateway cannot be reached, or it refuses.
pub async fn run(noun: &str, arguments: &ArgMatches) -> Result<(), Failure> {
    let Some((word, given)) = arguments.subcommand() else {
        return Err(no_such_command());
    };
    let given = match (noun, word) {
        ("integration", "hook") => given.subcommand().ok_or_else(no_such_command)?.1,
        _ => given,
    };
    let as_json = arguments.get_flag("json") || given.get_flag("json");
    match (noun, word) {
        ("app", "create") => app_create::run(&connect(None, given, arguments)?, given, as_json).await,
        ("project", "sync") => project_sync::run(&connect(None, given, arguments)?, given, as_json).await,
        ("integration", "hook") => {
            let client = connect(None, given, arguments)?;
            hook_ensure::run(&client, given, as_json).await
        }
        _ => {
            let verb = verb::of(noun).find(|verb| verb.name() == word);
            let verb = verb.ok_or_else(no_such_command)?;
            let call = verb.call(given)?;
            make(&connect(Some(&verb), given, arguments)?, &verb, &call, as_json).await
        }
    }
}

fn no_such_command() -> Failure {
    Failure::new("there is no such command")
}

/// Makes the one call of a verb, and prints its answer.
async fn make(client: &Client, verb: &Verb, call: &Call, as_json: bool) -> Result<(), Failure> {
    if verb.answers_bytes() {
        return print(&client.bytes(&call.path()).await?);
    }
    let answer = client
        .call(verb.method()?, &call.path(), &call.query, call.body.as_ref())
        .await?
        .unwrap_or(Value::Null);
    let text = if as_json {
        answer.to_string()
    } else {
        display::shown(&verb.message(), &answer)
    };
    print(format!("{text}\n").as_bytes())?;
    if verb.name() == "test" && answer.get("ok") != Some(&Value::Bool(true)) {
        return Err(Failure::new("the test found that something is not well"));
    }
    if let Some(next) = answer.get("next").and_then(Value::as_str) {
        eprintln!("there is more: --cursor {next}");
    }
    Ok(())
}

/// Prints bytes. That nobody reads any further is no failure.
fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

fn command(noun: &str, about: &'static str) -> Command {
    let verbs = verb::of(noun).map(|verb| {
        let common = common_flags().into_iter();
        let free: Vec<_> = common.filter(|flag| !verb.has(flag.get_id().as_str())).collect();
        verb.command().args(free)
    });
    let first = match noun {
        "app" => Some(app_create::command().args(common_flags())),
        "project" => Some(project_sync::command().args(common_flags())),
        _ => None,
    };
    let last = (noun == "integration").then(|| hook_ensure::command(common_flags()));
    Command::new(noun.to_owned())
        .about(about)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .args(common_flags())
        .subcommands(first)
        .subcommands(verbs)
        .subcommands(last)
}

/// The flags that every verb takes, before and after its name. Where one is the name of a field, it means that after it.
fn common_flags() -> [Arg; 3] {
    [
        Arg::new("url").long("url").value_name("URL").help("The gateway's URL"),
        Arg::new("token-file")
            .long("token-file")
            .value_name("FILE")
            .help("The file that holds the access token"),
        Arg::new("json")
            .long("json")
            .action(ArgAction::SetTrue)
            .help("Print the answer's message as JSON"),
    ]
}

/// A client for the gateway and the token that the flags name.
fn connect(verb: Option<&Verb>, given: &ArgMatches, before: &ArgMatches) -> Result<Client, Failure> {
    Client::connect(&Connection {
        url: common(verb, given, before, "url"),
        token_file: common(verb, given, before, "token-file").map(Into::into),
    })
}

/// The value of a common flag after the verb's name, where it is no field of the verb, else before it.
fn common(verb: Option<&Verb>, given: &ArgMatches, before: &ArgMatches, flag: &str) -> Option<String> {
    let is_field = verb.is_some_and(|verb| verb.has(flag));
    let after = if is_field { None } else { given.get_one::<String>(flag) };
    after.or_else(|| before.get_one::<String>(flag)).cloned()
}

#[cfg(test)]
mod tests;
