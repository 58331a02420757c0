//! `app create`: asks for a link, shows it, and waits until the forge has made the app.

use std::time::Duration;

use clap::{Arg, ArgMatches, Command};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::flag::{Flag, of_route};
use super::print;
use crate::Failure;
use crate::client::Client;

/// The time for which one request waits for news.
const WAIT: Duration = Duration::from_secs(20);

/// A flag for each field of the app to make.
fn flags() -> impl Iterator<Item = Flag> {
    of_route("post", "/api/v1/apps/{forge}/manifest")
}

/// The command, without what all have in common.
pub(super) fn command() -> Command {
    let forge = |id: &'static str| Arg::new(id).value_name("FORGE");
    Command::new("create")
        .about("Make an app at its forge: prints a link to open, and waits until the app is made")
        .arg(forge("FORGE").help("The forge").required_unless_present("forge"))
        .arg(
            forge("forge")
                .long("forge")
                .conflicts_with("FORGE")
                .help("The forge, as a flag"),
        )
        .args(flags().map(|flag| flag.arg()))
}

/// Makes the app, with an operator's help.
///
/// # Errors
/// When the gateway refuses, the link is not used in time, or no app comes of it.
pub(super) async fn run(client: &Client, given: &ArgMatches, as_json: bool) -> Result<(), Failure> {
    let text = |name: &str| given.get_one::<String>(name).map(String::as_str);
    let forge = text("FORGE").or_else(|| text("forge")).unwrap_or_default();
    let fields = flags().filter_map(|flag| Some((flag.name.clone(), json!(text(&flag.name)?))));
    let body = Value::Object(fields.collect::<Map<_, _>>());
    let begun = client
        .call(Method::POST, &["apps", forge, "manifest"], &[], Some(&body))
        .await?;
    let begun = begun.unwrap_or_default();
    for warning in begun.get("warnings").and_then(Value::as_array).into_iter().flatten() {
        eprintln!("warning: {}", warning.as_str().unwrap_or_default());
    }
    let link = field(&begun, "url");
    if as_json {
        eprintln!("{link}");
    } else {
        print(format!("{link}\n").as_bytes())?;
    }
    eprintln!(
        "open it in a browser that is signed in at the forge; it can be used until {}; waiting …",
        field(&begun, "expires_at")
    );
    let app = made(client, forge, field(&begun, "id")).await?;
    if as_json {
        print(format!("{app}\n").as_bytes())
    } else {
        print(shown(&app).as_bytes())
    }
}

/// Waits until the app is made.
async fn made(client: &Client, forge: &str, id: &str) -> Result<Value, Failure> {
    let path = ["apps", forge, "manifest", id];
    let wait = [("wait_ms".to_owned(), WAIT.as_millis().to_string())];
    loop {
        let timeout = WAIT + Duration::from_secs(10);
        let making = client.call_within(timeout, Method::GET, &path, &wait, None).await?;
        let making = making.unwrap_or_default();
        match field(&making, "state") {
            "waiting" => {}
            "made" => return Ok(making.get("app").cloned().unwrap_or_default()),
            "failed" => return Err(Failure::new(format!("no app is made: {}", field(&making, "reason")))),
            _ => return Err(Failure::new("no app is made: the link was not used in time")),
        }
    }
}

fn shown(app: &Value) -> String {
    format!(
        "app {} is made and works from now on: no configuration, no restart\n  install it from   {}\n  it posts to       {}\n  \
         private key in    {}\n  webhook secret in {}\nthe same as configuration, which would go before it:\n{}",
        field(app, "id"),
        field(app, "page"),
        field(app, "hook_url"),
        field(app, "private_key_file"),
        field(app, "webhook_secret_file"),
        field(app, "configuration")
    )
}

fn field<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
