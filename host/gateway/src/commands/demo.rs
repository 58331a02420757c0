//! The main job with nothing to set up: a gateway on a free port with a throw-away folder, a stand-in forge, a worker, and a signed
//! push of each bundled forge followed up to `succeeded`.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use forgegate_model::plugin::Scope;
use forgegate_model::secret::Secret;
use forgegate_sandbox::Plugin;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::client::Client;
use super::serve::Opened;
use super::worker::{self, Options};
use super::{Failure, send, serve, stop_asked};
use crate::api;
use crate::config::{App, Bind, Config};
use crate::gateway::Gateway;
use crate::samples::SealingKeys;
use crate::server::{self, Limits};
use crate::telemetry;

/// All forges together.
const PATIENCE: Duration = Duration::from_secs(55);
const ORGANIZATION: &str = "demo";
const REPOSITORY: &str = "acme/widgets";
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// What the demonstration is told.
#[derive(clap::Args)]
pub struct Args {
    /// Stay until SIGINT or SIGTERM, and print the gateway's URL and the path of its `admin-token`.
    #[arg(long)]
    keep: bool,
}

/// Shows every bundled forge, one after the other.
pub async fn run(args: Args) -> Result<(), Failure> {
    let mut config = Config::default();
    config.telemetry.level = "error".to_owned();
    telemetry::start(&config.telemetry).map_err(Failure::new)?;
    let asked = stop_asked()?;
    let folder = tempfile::Builder::new()
        .prefix("forgegate-demo-")
        .tempdir()
        .map_err(Failure::new)?;
    let stage = Stage::set(config, &folder).await?;
    let shown = tokio::select! {
        shown = tokio::time::timeout(PATIENCE, stage.show()) => shown.unwrap_or_else(|_| Err(Failure::new(format!("not done within {PATIENCE:?}")))),
        () = asked => Err(Failure::new("stopped before the end")),
    };
    let kept = if shown.is_ok() && args.keep {
        stage.keep().await
    } else {
        Ok(())
    };
    stage.strike().await;
    drop(folder);
    shown.and(kept)
}

/// Everything that runs while the demonstration does.
struct Stage {
    gateway: Arc<Gateway>,
    address: SocketAddr,
    stand_in: SocketAddr,
    client: Client,
    app_secrets: BTreeMap<String, String>,
    serving: JoinHandle<()>,
    standing_in: JoinHandle<()>,
    working: JoinHandle<Result<(), Failure>>,
    stop: CancellationToken,
}

impl Stage {
    async fn set(mut config: Config, folder: &TempDir) -> Result<Self, Failure> {
        config.server.listen = SocketAddr::from(([127, 0, 0, 1], 0));
        config.server.drain = Duration::from_secs(5);
        config.storage.path = folder.path().join("data");
        let mut app_secrets = BTreeMap::new();
        for component in forgegate_bundled::components() {
            // Whether a forge has apps is known only once its plugin is loaded; a secret that nobody asks for does no harm.
            let secret = fresh_secret()?;
            let file = folder.path().join(format!("{}-secret", component.forge));
            std::fs::write(&file, &secret).map_err(Failure::new)?;
            let app = App {
                app_id: "1".to_owned(),
                private_key_file: None,
                webhook_secret_file: vec![file],
                base_url: None,
                bind: Bind::default(),
            };
            config.apps.insert(component.forge.to_owned(), app);
            app_secrets.insert(component.forge.to_owned(), secret);
        }
        let admin_token = config.storage.admin_token();
        let Opened { gateway, listener, .. } = serve::open(config).await?;
        let address = listener.local_addr().map_err(Failure::new)?;
        let serving = tokio::spawn(serve::serve(Arc::clone(&gateway), listener));
        let token = std::fs::read_to_string(admin_token).map_err(Failure::new)?;
        let client = Client::new(&format!("http://{address}"), token.trim())?;
        let (stand_in, standing_in) = stand_in().await?;
        let stop = CancellationToken::new();
        let working = tokio::spawn(worker::work(client.clone(), Arc::new(job()), stop.clone()));
        Ok(Self {
            gateway,
            address,
            stand_in,
            client,
            app_secrets,
            serving,
            standing_in,
            working,
            stop,
        })
    }

    async fn show(&self) -> Result<(), Failure> {
        self.post(&["orgs"], json!({ "name": ORGANIZATION })).await?;
        for component in forgegate_bundled::components() {
            let forge = component.forge;
            let plugin = self
                .gateway
                .plugins
                .get(forge)
                .ok_or_else(|| Failure::new(format!("{forge}: the plugin could not be loaded")))?;
            let pushed = match plugin.description().scope {
                Scope::PerIntegration => self.integration(plugin).await,
                Scope::PerApp => self.app(plugin).await,
            };
            let followed = match pushed {
                Ok(evaluation) => self.follow(forge, &evaluation).await,
                Err(failure) => Err(failure),
            };
            followed.map_err(|failure| Failure::new(format!("{forge}: {failure}")))?;
        }
        Ok(())
    }

    /// A forge with a secret for each integration: the three-part route.
    async fn integration(&self, plugin: &Plugin) -> Result<String, Failure> {
        let forge = plugin.forge();
        let origin = format!("http://{}/{forge}", self.stand_in);
        let secret = fresh_secret()?;
        let row = json!({ "name": forge, "kind": "inbound", "forge": forge, "base_url": origin, "secret": secret });
        self.post(&["orgs", ORGANIZATION, "integrations"], row).await?;
        say(
            forge,
            format!("made the inbound integration `{forge}` with a secret of its own"),
        );
        self.project(forge, &format!("{origin}/{REPOSITORY}")).await?;
        self.push(plugin, &origin, &secret, &format!("{forge}/{ORGANIZATION}/{forge}"))
            .await
    }

    /// A forge with an app: one secret, the one-part route, an installation bound to the organization.
    async fn app(&self, plugin: &Plugin) -> Result<String, Failure> {
        let forge = plugin.forge();
        let host = plugin
            .description()
            .public_hosts
            .first()
            .cloned()
            .unwrap_or_else(|| self.stand_in.to_string());
        let origin = format!("https://{host}");
        let about = send::subject(&format!("{origin}/{REPOSITORY}"), "refs/heads/main", None)?;
        let account = about.full_name.split('/').next().unwrap_or_default();
        // Samples name the number of their repository as that of the installation.
        let bound = json!({ "organization": ORGANIZATION, "installation_id": about.repository_id.to_string(), "account": account });
        self.post(&["apps", forge, "installations"], bound).await?;
        say(
            forge,
            format!("bound the app's installation on `{account}` to `{ORGANIZATION}`"),
        );
        self.project(forge, &format!("{origin}/{REPOSITORY}")).await?;
        let secret = self.app_secrets.get(forge).cloned().unwrap_or_default();
        self.push(plugin, &origin, &secret, forge).await
    }

    async fn project(&self, forge: &str, repository: &str) -> Result<(), Failure> {
        let name = format!("{forge}-widgets");
        let made = self
            .post(
                &["orgs", ORGANIZATION, "projects"],
                json!({ "name": name, "repository": repository }),
            )
            .await?;
        let attached = made.get("inbound_integration").and_then(Value::as_str);
        let attached = attached.ok_or_else(|| Failure::new(format!("the project `{name}` was attached to nothing")))?;
        say(
            forge,
            format!("made the project `{name}` of {repository}, attached to `{attached}`"),
        );
        Ok(())
    }

    /// Posts a signed push, and answers the evaluation that it queued.
    async fn push(&self, plugin: &Plugin, origin: &str, secret: &str, route: &str) -> Result<String, Failure> {
        let about = send::subject(&format!("{origin}/{REPOSITORY}"), "refs/heads/main", None)?;
        let keys = SealingKeys {
            secret: Some(Secret::new(secret)),
            signing_key: None,
        };
        let delivery = send::sample(plugin, "push", &about, &keys, None).await?;
        let (status, body) = send::post(&format!("http://{}/api/v1/hooks/{route}", self.address), delivery).await?;
        say(
            plugin.forge(),
            format!("posted a signed push of {}: answered {status}", about.after),
        );
        let answer: Value = serde_json::from_str(&body).unwrap_or(Value::Null);
        let queued = answer
            .pointer("/message/queued/0/evaluation_id")
            .and_then(Value::as_str);
        let evaluation = queued.ok_or_else(|| Failure::new(format!("nothing was queued: {body}")))?;
        say(plugin.forge(), format!("queued the evaluation {evaluation}"));
        Ok(evaluation.to_owned())
    }

    /// Looks at an evaluation until it is over.
    async fn follow(&self, forge: &str, evaluation: &str) -> Result<(), Failure> {
        loop {
            let shown = self
                .client
                .call(Method::GET, &["evaluations", evaluation], &[], None)
                .await?
                .unwrap_or(Value::Null);
            match shown.get("state").and_then(Value::as_str).unwrap_or_default() {
                "queued" | "running" => tokio::time::sleep(LOOK_AGAIN).await,
                "succeeded" => {
                    let worker = shown.get("worker").and_then(Value::as_str).unwrap_or_default();
                    say(forge, format!("the worker {worker} ran it: succeeded"));
                    return Ok(());
                }
                other => {
                    return Err(Failure::new(format!("the evaluation {evaluation} is `{other}`")));
                }
            }
        }
    }

    async fn post(&self, path: &[&str], body: Value) -> Result<Value, Failure> {
        Ok(self
            .client
            .call(Method::POST, path, &[], Some(&body))
            .await?
            .unwrap_or(Value::Null))
    }

    async fn keep(&self) -> Result<(), Failure> {
        println!("gateway: http://{}", self.address);
        println!("admin-token: {}", self.gateway.config.storage.admin_token().display());
        stop_asked()?.await;
        Ok(())
    }

    /// Ends everything, the worker first.
    async fn strike(self) {
        self.stop.cancel();
        let _ = self.working.await;
        self.gateway.draining.cancel();
        let _ = self.serving.await;
        self.standing_in.abort();
        let _ = self.standing_in.await;
    }
}

/// What the worker does with each evaluation: it looks whether it was told what to build.
fn job() -> Options {
    let exec = r#"test -n "$FORGEGATE_SHA" && test -n "$FORGEGATE_CLONE_URL""#;
    Options {
        exec: exec.to_owned(),
        concurrency: 1,
        labels: Vec::new(),
        approved: false,
    }
}

/// A forge's place in the world: an address that integrations can point to. It hosts nothing.
async fn stand_in() -> Result<(SocketAddr, JoinHandle<()>), Failure> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .map_err(Failure::new)?;
    let address = listener.local_addr().map_err(Failure::new)?;
    let router = Router::new().fallback(async || http::StatusCode::NOT_FOUND);
    let limits = Limits {
        header_timeout: Duration::from_secs(5),
        max_connections: 16,
        drain: Duration::ZERO,
    };
    let serving = tokio::spawn(server::serve(listener, router, limits, CancellationToken::new()));
    Ok((address, serving))
}

fn fresh_secret() -> Result<String, Failure> {
    api::fresh_token().map_err(|problem| Failure::new(problem.message))
}

fn say(forge: &str, step: impl Display) {
    println!("{forge}: {step}");
}
