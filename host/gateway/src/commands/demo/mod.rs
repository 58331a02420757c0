//! The main job with nothing to set up: a gateway on a free port with a throw-away folder, a stand-in for each bundled forge, a worker,
//! and a signed push of each forge followed up to `succeeded` at its commit.

mod key;
mod stand_in;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use forgegate_cli::client::Client;
use forgegate_cli::worker::{self, Options};
use forgegate_model::plugin::Scope;
use forgegate_model::secret::Secret;
use forgegate_sandbox::Plugin;
use forgegate_sandbox::outbound::{Account, Authorization};
use http::Method;
use ipnet::IpNet;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::serve::Opened;
use super::{Failure, send, serve, stop_asked};
use crate::api;
use crate::clock::Clock;
use crate::config::{App, Bind, Config};
use crate::gateway::Gateway;
use crate::samples::SealingKeys;
use crate::telemetry;
use stand_in::StandIn;

/// All forges together.
const TIMEOUT: Duration = Duration::from_secs(55);
const ORGANIZATION: &str = "demo";
const ACCOUNT: &str = "acme";
const REPOSITORY: &str = "acme/widgets";
/// How long a token of the stand-in lives.
const TOKEN_LIFE: Duration = Duration::from_secs(3600);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// The flags of `forgegate demo`.
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
        shown = tokio::time::timeout(TIMEOUT, stage.show()) => shown.unwrap_or_else(|_| Err(Failure::new(format!("not done within {TIMEOUT:?}")))),
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
    stand_ins: BTreeMap<String, StandIn>,
    client: Client,
    app_secrets: BTreeMap<String, String>,
    serving: JoinHandle<()>,
    working: JoinHandle<Result<(), Failure>>,
    stop: CancellationToken,
}

impl Stage {
    async fn set(mut config: Config, folder: &TempDir) -> Result<Self, Failure> {
        config.server.listen = SocketAddr::from(([127, 0, 0, 1], 0));
        config.server.drain = Duration::from_secs(5);
        config.storage.path = folder.path().join("data");
        // The stand-ins are on loopback.
        config.outbound.allow.push(IpNet::from(IpAddr::from([127, 0, 0, 1])));
        let (mut app_secrets, mut stand_ins) = (BTreeMap::new(), BTreeMap::new());
        for component in forgegate_bundled::components() {
            // Whether a forge has apps is known only once its plugin is loaded; secrets that nobody asks for do no harm.
            let (forge, secret) = (component.forge.to_owned(), fresh_secret()?);
            let stand_in = StandIn::start(ACCOUNT).await?;
            let app = app(folder, &forge, &secret, &stand_in)?;
            config.apps.insert(forge.clone(), app);
            stand_ins.insert(forge.clone(), stand_in);
            app_secrets.insert(forge, secret);
        }
        let admin_token = config.storage.admin_token();
        let Opened { gateway, listener, .. } = serve::open(config).await?;
        let address = listener.local_addr().map_err(Failure::new)?;
        let serving = tokio::spawn(serve::serve(Arc::clone(&gateway), listener));
        let token = std::fs::read_to_string(admin_token).map_err(Failure::new)?;
        let client = Client::new(&format!("http://{address}"), token.trim())?;
        let stop = CancellationToken::new();
        let working = tokio::spawn(worker::work(client.clone(), Arc::new(job()), stop.clone()));
        Ok(Self {
            gateway,
            address,
            stand_ins,
            client,
            app_secrets,
            serving,
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
                .core
                .plugins
                .get(forge)
                .ok_or_else(|| Failure::new(format!("{forge}: the plugin could not be loaded")))?;
            let shown = self.one(plugin).await;
            shown.map_err(|failure| Failure::new(format!("{forge}: {failure}")))?;
        }
        Ok(())
    }

    /// One forge, from its first integration to the status at the commit.
    async fn one(&self, plugin: &Plugin) -> Result<(), Failure> {
        let forge = plugin.forge();
        let stand_in = self.stand_ins.get(forge);
        let stand_in = stand_in.ok_or_else(|| Failure::new("it has no stand-in"))?;
        let (sha, evaluation) = match plugin.description().scope {
            Scope::PerIntegration => self.integration(plugin, stand_in).await?,
            Scope::PerApp => self.app(plugin, stand_in).await?,
        };
        self.follow(forge, &evaluation).await?;
        self.received(forge, &sha, stand_in).await
    }

    /// A forge with a secret for each integration: the three-part route.
    async fn integration(&self, plugin: &Plugin, stand_in: &StandIn) -> Result<(String, String), Failure> {
        let forge = plugin.forge();
        let origin = format!("http://{}/{forge}", stand_in.address);
        let (secret, token) = (fresh_secret()?, fresh_secret()?);
        let row = json!({ "name": forge, "kind": "inbound", "forge": forge, "base_url": origin, "secret": secret });
        self.post(&["orgs", ORGANIZATION, "integrations"], row).await?;
        say(
            forge,
            format!("made the inbound integration `{forge}` with a secret of its own"),
        );
        let row = json!({ "name": forge, "kind": "outbound", "forge": forge, "base_url": origin, "token": token });
        self.post(&["orgs", ORGANIZATION, "integrations"], row).await?;
        say(forge, format!("made the outbound integration `{forge}` with a token"));
        self.project(forge, &format!("{origin}/{REPOSITORY}")).await?;
        self.push(plugin, &origin, &secret, &format!("{forge}/{ORGANIZATION}/{forge}"))
            .await
    }

    /// A forge with an app: one secret, the one-part route, an installation bound to the organization.
    async fn app(&self, plugin: &Plugin, stand_in: &StandIn) -> Result<(String, String), Failure> {
        let forge = plugin.forge();
        let origin = format!("http://{}", stand_in.address);
        let about = send::subject(&format!("{origin}/{REPOSITORY}"), "refs/heads/main", None)?;
        // Samples name the number of their repository as that of the installation.
        let installation = about.repository_id.to_string();
        lend_token(plugin, &installation, stand_in).await?;
        let bound = json!({ "organization": ORGANIZATION, "installation_id": installation, "account": ACCOUNT });
        self.post(&["apps", forge, "installations"], bound).await?;
        say(
            forge,
            format!("bound the app's installation on `{ACCOUNT}` to `{ORGANIZATION}`"),
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

    /// Posts a signed push, and answers its commit and the evaluation that it queued.
    async fn push(
        &self,
        plugin: &Plugin,
        origin: &str,
        secret: &str,
        route: &str,
    ) -> Result<(String, String), Failure> {
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
        Ok((about.after, evaluation.to_owned()))
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

    /// Waits until the end of the evaluation has arrived at its commit, and shows what the forge was told.
    async fn received(&self, forge: &str, sha: &str, stand_in: &StandIn) -> Result<(), Failure> {
        let query = [("sha", sha), ("state", "succeeded")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        loop {
            let listed = self.client.call(Method::GET, &["statuses"], &query, None).await?;
            let status = listed.as_ref().and_then(|listed| listed.pointer("/items/0"));
            let text = |name| status.and_then(|status| status.get(name)).and_then(Value::as_str);
            match text("outcome") {
                Some("sent") => break,
                Some("failed") => {
                    let why = text("last_error").unwrap_or_default();
                    return Err(Failure::new(format!("the status did not arrive: {why}")));
                }
                _ => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
        let received = stand_in.received();
        for one in &received {
            say(forge, format!("the stand-in was told by {}: {}", one.call, one.state));
        }
        let last = received
            .last()
            .ok_or_else(|| Failure::new("the stand-in was told nothing"))?;
        say(forge, format!("the commit {sha} shows {}: succeeded", last.state));
        Ok(())
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
        println!(
            "admin-token: {}",
            self.gateway.core.config.storage.admin_token().display()
        );
        stop_asked()?.await;
        Ok(())
    }

    /// Ends everything, the worker first.
    async fn strike(self) {
        self.stop.cancel();
        let _ = self.working.await;
        self.gateway.core.draining.cancel();
        let _ = self.serving.await;
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
        clock: || Clock::system().now(),
    }
}

/// An app at the stand-in, with a key and a secret that nobody has seen.
fn app(folder: &TempDir, forge: &str, secret: &str, stand_in: &StandIn) -> Result<App, Failure> {
    let file = |what: &str| folder.path().join(format!("{forge}-{what}"));
    let (key_file, secret_file) = (file("key"), file("secret"));
    key::write(&key_file)?;
    std::fs::write(&secret_file, secret).map_err(Failure::new)?;
    Ok(App {
        app_id: "1".to_owned(),
        private_key_file: Some(key_file),
        webhook_secret_file: vec![secret_file],
        base_url: Some(format!("http://{}", stand_in.address)),
        bind: Bind::default(),
    })
}

/// Has the stand-in hand out a token where the forge's plugin looks for it.
async fn lend_token(plugin: &Plugin, installation: &str, stand_in: &StandIn) -> Result<(), Failure> {
    let account = Account::Installation(installation.to_owned());
    let authorization = plugin.authorize(&account).await.map_err(Failure::new)?;
    if let Authorization::Exchange(exchange) = authorization.map_err(Failure::new)? {
        let end = Clock::system().now().plus(TOKEN_LIFE);
        stand_in.put(&exchange.token, fresh_secret()?);
        stand_in.put(&exchange.expires_at, end.to_string());
    }
    Ok(())
}

fn fresh_secret() -> Result<String, Failure> {
    api::fresh_token().map_err(|problem| Failure::new(problem.message))
}

fn say(forge: &str, step: impl Display) {
    println!("{forge}: {step}");
}
