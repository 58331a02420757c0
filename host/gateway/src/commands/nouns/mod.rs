//! The API from a shell: one file a noun says its verbs, their paths and fields; `verb` and `field` make calls of that.
//!
//! Names of the path are positional in its order, each field of the body is a flag with hyphens, repeated for lists. What is
//! secret comes from files. A table for people, `--json` for programs. What the values may be, the gateway knows.

mod action;
mod app;
mod audit;
mod delivery;
mod evaluation;
mod field;
mod hook;
mod integration;
mod making;
mod org;
mod plugin;
mod project;
mod refusal;
mod status;
mod syncing;
mod telling;
mod token;
mod trigger;
mod verb;

use std::io::Write;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};

use super::client::{Client, Connection};
use super::{Failure, table};
use verb::{Answer, Call, Verb};

/// A kind of thing, and what can be done with it.
struct Noun {
    name: &'static str,
    about: &'static str,
    /// The columns of a list; a dotted one reaches into objects.
    columns: &'static [&'static str],
    verbs: &'static [Verb],
}

const NOUNS: &[Noun] = &[
    org::NOUN,
    integration::NOUN,
    project::NOUN,
    trigger::NOUN,
    action::NOUN,
    delivery::NOUN,
    refusal::NOUN,
    evaluation::NOUN,
    status::NOUN,
    token::NOUN,
    plugin::NOUN,
    app::NOUN,
    audit::NOUN,
];

/// The commands of all nouns.
pub fn commands() -> Vec<Command> {
    NOUNS.iter().map(command).collect()
}

/// Whether a command is one of these.
pub fn is_noun(name: &str) -> bool {
    NOUNS.iter().any(|noun| noun.name == name)
}

/// Does what a noun's arguments say, and prints the answer.
///
/// # Errors
/// When a file cannot be read, the gateway cannot be reached, or it refuses.
pub async fn run(name: &str, arguments: &ArgMatches) -> Result<(), Failure> {
    if let Some(("create", given)) = arguments.subcommand().filter(|_| name == app::NOUN.name) {
        let client = Client::connect(&Connection {
            url: either(given, arguments, "url"),
            token_file: either(given, arguments, "token-file").map(Into::into),
        })?;
        let as_json = arguments.get_flag("json") || given.get_flag("json");
        return making::run(&client, given, as_json).await;
    }
    if let Some(("sync", given)) = arguments.subcommand().filter(|_| name == project::NOUN.name) {
        let client = Client::connect(&Connection {
            url: either(given, arguments, "url"),
            token_file: either(given, arguments, "token-file").map(Into::into),
        })?;
        let as_json = arguments.get_flag("json") || given.get_flag("json");
        return syncing::run(&client, given, as_json).await;
    }
    if let Some(("hook", given)) = arguments.subcommand().filter(|_| name == integration::NOUN.name) {
        return run_hook(given, arguments).await;
    }
    let noun = NOUNS.iter().find(|noun| noun.name == name);
    let chosen = noun.zip(arguments.subcommand());
    let found =
        chosen.and_then(|(noun, (word, given))| Some((noun, noun.verbs.iter().find(|verb| verb.name == word)?, given)));
    let Some((noun, verb, given)) = found else {
        return Err(Failure::new("there is no such command"));
    };
    let connection = Connection {
        url: common(verb, given, arguments, "url"),
        token_file: common(verb, given, arguments, "token-file").map(Into::into),
    };
    let call = verb.call(given)?;
    let client = Client::connect(&connection)?;
    if verb.answer == Answer::Bytes {
        return print(&client.bytes(&call.path()).await?);
    }
    let Call {
        ref query, ref body, ..
    } = call;
    let answer = client
        .call(verb.method.clone(), &call.path(), query, body.as_ref())
        .await?
        .unwrap_or(Value::Null);
    if arguments.get_flag("json") || given.get_flag("json") {
        print(format!("{answer}\n").as_bytes())?;
    } else {
        print(format!("{}\n", shown(noun, verb, &answer)).as_bytes())?;
    }
    if verb.answer == Answer::Findings && answer.get("ok") != Some(&Value::Bool(true)) {
        return Err(Failure::new("the test found that something is not well"));
    }
    if let Some(next) = answer.get("next").and_then(Value::as_str) {
        eprintln!("there is more: --cursor {next}");
    }
    Ok(())
}

/// `integration hook ensure`, which makes more than one call.
async fn run_hook(given: &ArgMatches, before: &ArgMatches) -> Result<(), Failure> {
    let Some((_, given)) = given.subcommand() else {
        return Err(Failure::new("there is no such command"));
    };
    let client = Client::connect(&Connection {
        url: either(given, before, "url"),
        token_file: either(given, before, "token-file").map(Into::into),
    })?;
    let done = hook::ensure(&client, given).await?;
    let is_json = given.get_flag("json") || before.get_flag("json");
    let text = if is_json { done.json().to_string() } else { done.table() };
    print(format!("{text}\n").as_bytes())?;
    done.whole()
}

/// A test's findings: what is well, what is not, what could not be told.
fn findings(answer: &Value) -> String {
    let found = answer.get("findings").and_then(Value::as_array).into_iter().flatten();
    let line = |finding: &Value| {
        let text = |name: &str| finding.get(name).cloned().unwrap_or(Value::Null);
        let word = match finding.get("ok").and_then(Value::as_bool) {
            Some(true) => "well",
            Some(false) => "not well",
            None => "open",
        };
        json!({ "found": word, "check": text("check"), "sentence": text("sentence") })
    };
    table::table(&found.map(line).collect::<Vec<_>>(), &["found", "check", "sentence"])
}

/// As a table where it is a list, else a line a field; or as the verb has it.
fn shown(noun: &Noun, verb: &Verb, answer: &Value) -> String {
    let columns = match verb.answer {
        Answer::Findings => return findings(answer),
        Answer::Counts => return telling::counts(answer),
        Answer::Reasons => return telling::reasons(answer),
        Answer::Table(columns) => columns,
        Answer::Message | Answer::Bytes => noun.columns,
    };
    match answer.get("items").and_then(Value::as_array) {
        Some(items) => table::table(items, columns),
        None => table::fields(answer),
    }
}

/// That nobody reads any further is no failure.
fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

fn command(noun: &Noun) -> Command {
    let verbs = noun.verbs.iter().map(|verb| {
        verb.command().args(
            common_flags()
                .into_iter()
                .filter(|flag| !verb.has(flag.get_id().as_str())),
        )
    });
    let longer = match noun.name {
        name if name == app::NOUN.name => Some(making::command()),
        name if name == project::NOUN.name => Some(syncing::command()),
        _ => None,
    };
    let longer = longer.map(|command| command.args(common_flags()));
    let hook = (noun.name == integration::NOUN.name).then(|| hook::command(common_flags()));
    Command::new(noun.name)
        .about(noun.about)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .args(common_flags())
        .subcommands(longer)
        .subcommands(verbs)
        .subcommands(hook)
}

/// What every verb takes, before and after its name. Where it is the name of a field, it means that after it.
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

fn common(verb: &Verb, given: &ArgMatches, before: &ArgMatches, flag: &str) -> Option<String> {
    if verb.has(flag) {
        before.get_one::<String>(flag).cloned()
    } else {
        either(given, before, flag)
    }
}

/// What was given for a flag after the verb's name, else before it.
fn either(given: &ArgMatches, before: &ArgMatches, flag: &str) -> Option<String> {
    let after = given.get_one::<String>(flag);
    after.or_else(|| before.get_one::<String>(flag)).cloned()
}

#[cfg(test)]
mod tests;
