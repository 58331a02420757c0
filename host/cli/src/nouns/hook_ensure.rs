//! `integration hook ensure`: the webhooks of one repository, of an organization, or of every project that is linked to an inbound
//! integration, and with `--per-project` an integration and a secret for each of them.

use std::collections::BTreeSet;

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command};
use forgegate_model::repository::{ForgeBase, RepositoryIdentity};
use http::StatusCode;
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::flag::{of_route, text};
use super::print;
use crate::client::{CallError, Client};
use crate::{Failure, table};

/// The columns of the table of ensured hooks.
const COLUMNS: &[&str] = &["project", "integration", "repository", "hook_id", "created", "changed"];

/// The command `hook`, with its one verb.
pub(super) fn command(common: impl IntoIterator<Item = Arg>) -> Command {
    let name = |name| Arg::new(name).value_name(name).required(true);
    let switch = |name, help| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    let fields = of_route("post", "/api/v1/orgs/{org}/integrations/inbound/{name}/hook");
    let fields = fields.filter(|flag| flag.name != "mode").map(|flag| flag.arg());
    let ensure = Command::new("ensure")
        .about("Make or repair the webhook at the forge; of every project that is linked to the integration, unless one place is named")
        .args([name("ORG"), name("NAME")])
        .args(fields)
        .arg(switch("rotate", "Write a fresh secret; the older one counts for another day"))
        .arg(switch(
            "per-project",
            "Make an integration and a secret for each project, narrowed to its repository, and move its triggers there",
        ))
        .group(ArgGroup::new("place").args(["repository", "organization", "per-project"]))
        .args(common);
    Command::new("hook")
        .about("Webhooks at the forge")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(ensure)
}

/// Ensures the hooks, and prints a line for each. What could not be done is told on standard error.
///
/// # Errors
/// When nothing can be done, or not all of it was.
pub(super) async fn run(client: &Client, given: &ArgMatches, as_json: bool) -> Result<(), Failure> {
    let done = ensure(client, given).await?;
    let text = if as_json {
        json!({ "items": done.hooks, "next": null }).to_string()
    } else {
        table::table(&done.hooks, COLUMNS)
    };
    print(format!("{text}\n").as_bytes())?;
    match done.failures {
        0 => Ok(()),
        some => Err(Failure::new(format!(
            "{some} of {} hooks could not be seen to",
            some + done.hooks.len()
        ))),
    }
}

async fn ensure(client: &Client, given: &ArgMatches) -> Result<Done, Failure> {
    let mut work = Work::begin(client, given).await?;
    let target = ["repository", "organization"].map(|field| text(given, field).map(|value| (field, value)));
    if let Some((field, value)) = target.into_iter().flatten().next() {
        let name = work.name.clone();
        let hook = work.hook(&name, field, &value).await?;
        work.note("-", &name, &value, hook);
        return Ok(work.done);
    }
    let projects = work.projects().await?;
    if projects.is_empty() {
        return Err(Failure::new(format!(
            "no project with a repository at `{}` is linked to `{}`",
            work.forge, work.name
        )));
    }
    let is_per_project = given.get_flag("per-project");
    let mut seen = BTreeSet::new();
    for project in &projects {
        let done = if is_per_project {
            work.own(project).await
        } else if seen.insert(project.identity.clone()) {
            work.shared(project).await
        } else {
            continue;
        };
        if let Err(failure) = done {
            eprintln!("forgegate: {}: {failure}", project.name);
            work.done.failures += 1;
        }
    }
    Ok(work.done)
}

/// The hooks that were ensured, and how many could not be.
#[derive(Default)]
struct Done {
    hooks: Vec<Value>,
    failures: usize,
}

/// A project that is linked to the integration, or to its own one.
struct Linked {
    name: String,
    repository: String,
    identity: RepositoryIdentity,
    /// The triggers that name the shared integration.
    triggers: Vec<String>,
}

/// The work under way.
struct Work<'a> {
    client: &'a Client,
    org: String,
    name: String,
    forge: String,
    mode: &'static str,
    /// The shared integration.
    integration: Value,
    done: Done,
}

impl<'a> Work<'a> {
    async fn begin(client: &'a Client, given: &ArgMatches) -> Result<Self, Failure> {
        let value = |name| text(given, name).unwrap_or_default();
        let (org, name) = (value("ORG"), value("NAME"));
        let integration = get(client, &["orgs", &org, "integrations", "inbound", &name]).await?;
        let own = integration.get("forge").and_then(Value::as_str).unwrap_or_default();
        Ok(Self {
            client,
            forge: text(given, "forge").unwrap_or_else(|| own.to_owned()),
            mode: if given.get_flag("rotate") { "rotate" } else { "ensure" },
            org,
            name,
            integration,
            done: Done::default(),
        })
    }

    /// The hook of the integration that all share.
    async fn shared(&mut self, project: &Linked) -> Result<(), Failure> {
        let name = self.name.clone();
        let hook = self.hook(&name, "repository", &project.repository).await?;
        self.note(&project.name, &name, &project.repository, hook);
        Ok(())
    }

    /// An integration of the project's own, its hook, and its triggers, in this order: until the triggers move, the shared one serves.
    async fn own(&mut self, project: &Linked) -> Result<(), Failure> {
        let name = own_name(&self.name, &project.name);
        self.narrowed(&name, project).await?;
        let hook = self.hook(&name, "repository", &project.repository).await?;
        for trigger in &project.triggers {
            let path = ["orgs", &self.org, "projects", &project.name, "triggers", trigger];
            self.client
                .call(Method::PATCH, &path, &[], Some(&json!({ "integration": name })))
                .await?;
        }
        self.note(&project.name, &name, &project.repository, hook);
        Ok(())
    }

    /// Sees to it that there is an integration for the project's repository alone. It gets its secret with its hook.
    async fn narrowed(&self, name: &str, project: &Linked) -> Result<(), Failure> {
        let identity = project.identity.to_string();
        let path = ["orgs", &self.org, "integrations", "inbound", name];
        match self.client.call(Method::GET, &path, &[], None).await {
            Ok(found) => {
                let narrowed = found.and_then(|found| found.get("repositories").cloned());
                if narrowed == Some(json!([identity])) {
                    return Ok(());
                }
                Err(Failure::new(format!(
                    "the integration `{name}` is there and is not narrowed to {identity}"
                )))
            }
            Err(CallError::Refused { status, .. }) if status == StatusCode::NOT_FOUND => {
                let mut body = Map::new();
                for field in ["allowed_ips", "base_url"] {
                    let value = self.integration.get(field).filter(|value| !value.is_null());
                    body.extend(value.map(|value| (field.to_owned(), value.clone())));
                }
                body.extend([
                    ("name".to_owned(), json!(name)),
                    ("kind".to_owned(), json!("inbound")),
                    ("forge".to_owned(), json!(self.forge)),
                    ("forges".to_owned(), json!([self.forge])),
                    ("repositories".to_owned(), json!([project.repository])),
                ]);
                let path = ["orgs", self.org.as_str(), "integrations"];
                self.client
                    .call(Method::POST, &path, &[], Some(&Value::Object(body)))
                    .await?;
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn hook(&self, name: &str, field: &str, target: &str) -> Result<Value, Failure> {
        let body = json!({ "forge": self.forge, field: target, "mode": self.mode });
        let path = ["orgs", &self.org, "integrations", "inbound", name, "hook"];
        let answer = self.client.call(Method::POST, &path, &[], Some(&body)).await?;
        Ok(answer.unwrap_or(Value::Null))
    }

    fn note(&mut self, project: &str, integration: &str, repository: &str, hook: Value) {
        let mut line = json!({ "project": project, "integration": integration, "repository": repository });
        if let (Some(line), Value::Object(hook)) = (line.as_object_mut(), hook) {
            line.extend(hook);
        }
        self.done.hooks.push(line);
    }

    /// The projects that are linked to the integration or to their own one, and whose repository lies at the forge.
    async fn projects(&self) -> Result<Vec<Linked>, Failure> {
        let bases = self.bases().await?;
        let mut linked = Vec::new();
        for project in all(self.client, &["orgs", &self.org, "projects"]).await? {
            let field = |name| project.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let (name, repository) = (field("name"), field("repository"));
            // A shorthand means a public host, whose forge has an app.
            let Ok(identity) = RepositoryIdentity::parse(&repository, &[]) else {
                continue;
            };
            if !bases.iter().any(|base| base.below(&identity).is_some()) {
                continue;
            }
            let triggers = all(self.client, &["orgs", &self.org, "projects", &name, "triggers"]).await?;
            let names = |trigger: &&Value, integration: &str| {
                trigger.get("integration").and_then(Value::as_str) == Some(integration)
            };
            let own = own_name(&self.name, &name);
            let shared: Vec<_> = triggers.iter().filter(|it| names(it, &self.name)).collect();
            if shared.is_empty() && !triggers.iter().any(|it| names(&it, &own)) {
                continue;
            }
            let ids = shared.iter().filter_map(|it| it.get("id")?.as_str());
            linked.push(Linked {
                triggers: ids.map(str::to_owned).collect(),
                name,
                repository,
                identity,
            });
        }
        Ok(linked)
    }

    /// The web addresses of the forge, as the organization's outbound integrations know them.
    async fn bases(&self) -> Result<Vec<ForgeBase>, Failure> {
        let integrations = all(self.client, &["orgs", &self.org, "integrations", "outbound"]).await?;
        let own = integrations
            .iter()
            .filter(|it| it.get("forge").and_then(Value::as_str) == Some(self.forge.as_str()));
        let bases: Vec<_> = own
            .filter_map(|it| ForgeBase::parse(it.get("base_url")?.as_str()?).ok())
            .collect();
        if bases.is_empty() {
            let sentence = "the organization has no outbound integration with a base URL for the forge";
            return Err(Failure::new(format!("{sentence} `{}`", self.forge)));
        }
        Ok(bases)
    }
}

fn own_name(shared: &str, project: &str) -> String {
    format!("{shared}-{project}")
}

async fn get(client: &Client, path: &[&str]) -> Result<Value, Failure> {
    let answer = client.call(Method::GET, path, &[], None).await?;
    Ok(answer.unwrap_or(Value::Null))
}

/// All items of a list.
async fn all(client: &Client, path: &[&str]) -> Result<Vec<Value>, Failure> {
    let mut items = Vec::new();
    let mut query = vec![("limit".to_owned(), "500".to_owned())];
    loop {
        let page = client
            .call(Method::GET, path, &query, None)
            .await?
            .unwrap_or(Value::Null);
        items.extend(
            page.get("items")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .cloned(),
        );
        let Some(next) = page.get("next").and_then(Value::as_str) else {
            return Ok(items);
        };
        query.truncate(1);
        query.push(("cursor".to_owned(), next.to_owned()));
    }
}
