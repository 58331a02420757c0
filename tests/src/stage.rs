//! A gateway and forges that it talks back to: each a stand-in on loopback, with a repository `acme/widgets`, and at the gateway a
//! project of it with a pair of integrations, or an app's.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::delivery::{Signed, app_push, gitlab_push, sign, sign_for_app, sign_with_token};
use crate::forges::{Account, App, AppSettings, Forge, Installation};
use crate::{Answer, Gateway, Push};

/// The secret of every hook.
pub const SECRET: &str = "the secret of the hooks, of some length";
/// The token that the gateway has for every forge but an app's.
pub const TOKEN: &str = "fg-token-0123456789abcdef";
/// The number of the app's installation.
pub const INSTALLATION: u64 = 50;
/// The repository's number at every forge.
pub const REPOSITORY: u64 = 7;

const HEAD: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// One forge, as the gateway knows it.
pub struct Side {
    /// The forge's path segment.
    pub id: &'static str,
    /// The stand-in.
    pub forge: Forge,
    /// Its app, where it has one.
    pub app: Option<App>,
}

impl Side {
    /// A Gitea.
    pub async fn gitea() -> Self {
        Self::with_token("gitea", Forge::gitea().await)
    }

    /// A Forgejo.
    pub async fn forgejo() -> Self {
        Self::with_token("forgejo", Forge::gitea().await)
    }

    /// A GitLab.
    pub async fn gitlab() -> Self {
        Self::with_token("gitlab", Forge::gitlab().await)
    }

    /// A GitHub with an app that is installed on `acme`.
    pub async fn github() -> Self {
        let settings = AppSettings {
            webhook_secret: SECRET.to_owned(),
            ..AppSettings::default()
        };
        let (forge, app) = Forge::github(settings).await;
        let account = Account {
            id: 30,
            login: "acme".to_owned(),
            organization: true,
        };
        {
            let mut world = forge.world();
            world.accounts.push(account.clone());
            world.found(REPOSITORY, "acme/widgets", HEAD);
            world.installations.push(Installation {
                id: INSTALLATION,
                account,
                suspended: false,
                repositories: None,
            });
        }
        Self {
            id: "github",
            forge,
            app: Some(app),
        }
    }

    /// One of each.
    pub async fn all() -> Vec<Self> {
        vec![
            Self::gitea().await,
            Self::forgejo().await,
            Self::gitlab().await,
            Self::github().await,
        ]
    }

    fn with_token(id: &'static str, forge: Forge) -> Self {
        {
            let mut world = forge.world();
            world.enrol(9, "gate", TOKEN);
            let widgets = world.found(REPOSITORY, "acme/widgets", HEAD);
            widgets.levels.insert("gate".to_owned(), crate::forges::Level::Write);
        }
        Self { id, forge, app: None }
    }

    /// The project at the gateway.
    pub fn project(&self) -> String {
        format!("{}-widgets", self.id)
    }

    /// Under what the evaluation as a whole is shown.
    pub fn context(&self) -> String {
        format!("forgegate/acme/{}", self.project())
    }

    /// The outbound integration's name.
    pub fn integration(&self) -> String {
        match self.app {
            Some(_) => format!("{}-acme", self.id),
            None => self.id.to_owned(),
        }
    }

    /// Where the hook posts, under `/api/v1/hooks/`.
    pub fn hook(&self) -> String {
        match self.app {
            Some(_) => self.id.to_owned(),
            None => format!("{0}/acme/{0}", self.id),
        }
    }

    /// The commit of a push.
    pub fn sha(number: u64) -> String {
        Push::new(number).sha()
    }

    /// A push to a branch of its own, signed as the forge does.
    pub fn push(&self, number: u64) -> Signed {
        self.moved(number, &format!("b{number}"), &"f".repeat(40))
    }

    /// A push of a commit to a branch that stood at another before, signed as the forge does.
    pub fn moved(&self, number: u64, branch: &str, before: &str) -> Signed {
        let (url, id) = (self.forge.url(), Push::new(number).delivery_id());
        let moved = |mut payload: Value| {
            payload["ref"] = format!("refs/heads/{branch}").into();
            payload["before"] = before.into();
            payload
        };
        let here = |payload: Value| {
            let text = payload.to_string();
            let text = ["https://git.example.com", "https://github.com"]
                .iter()
                .fold(text, |text, address| text.replace(address, &url));
            ["@git.example.com", "@github.com"]
                .iter()
                .fold(text, |text, host| text.replace(host, "@127.0.0.1"))
        };
        match self.id {
            "github" => {
                let mut payload = app_push(number, INSTALLATION);
                payload["repository"]["id"] = REPOSITORY.into();
                sign_for_app(&here(moved(payload)), "application/json", &id, SECRET)
            }
            "gitlab" => {
                let payload = moved(gitlab_push(number, &url)).to_string();
                sign_with_token(&payload, "Push Hook", &id, SECRET)
            }
            _ => sign(&here(moved(Push::new(number).payload())), "push", &id, SECRET),
        }
    }

    /// The states that were shown of the whole at a push's commit, oldest first.
    pub fn states(&self, number: u64) -> Vec<String> {
        let world = self.forge.world();
        let states = world.states(&Self::sha(number), &self.context());
        states.into_iter().map(str::to_owned).collect()
    }

    /// Waits until the forge has shown so many states of the whole at a push's commit: they must be these.
    pub async fn has_shown(&self, number: u64, states: &[&str]) {
        let shown = crate::wait::until(&format!("{}: {states:?} at push {number}", self.id), async || {
            Some(self.states(number)).filter(|shown| shown.len() >= states.len())
        })
        .await;
        assert_eq!(shown, states, "{} at push {number}", self.id);
    }

    /// Waits until the forge shows this state last of the whole at a push's commit.
    pub async fn shows(&self, number: u64, state: &str) {
        crate::wait::until(&format!("{}: `{state}` at push {number}", self.id), async || {
            self.states(number)
                .last()
                .is_some_and(|last| last == state)
                .then_some(())
        })
        .await;
    }

    /// Introduces the forge to the gateway, where there is the organization `acme`.
    async fn introduce(&self, gateway: &Gateway) {
        let (id, url) = (self.id, self.forge.url());
        if self.app.is_some() {
            let binding =
                json!({ "organization": "acme", "installation_id": INSTALLATION.to_string(), "account": "acme" });
            gateway.make(&format!("/api/v1/apps/{id}/installations"), binding).await;
        } else {
            let path = "/api/v1/orgs/acme/integrations";
            let inbound = json!({ "name": id, "kind": "inbound", "forge": id, "base_url": url, "secret": SECRET });
            gateway.make(path, inbound).await;
            let outbound = json!({ "name": id, "kind": "outbound", "forge": id, "base_url": url, "token": TOKEN });
            gateway.make(path, outbound).await;
        }
        let project = json!({ "name": self.project(), "repository": format!("{url}/acme/widgets"),
            "inbound_integration": self.integration(), "outbound_integration": self.integration() });
        gateway.make("/api/v1/orgs/acme/projects", project).await;
    }
}

/// Forges, the gateway, and what it needs to be started again.
pub struct Stage {
    /// The gateway.
    pub gateway: Gateway,
    /// The forges.
    pub sides: Vec<Side>,
    config: String,
}

impl Stage {
    /// Starts a gateway, with further lines of configuration, and introduces the forges to it.
    pub async fn set(sides: Vec<Side>, further: &str) -> Self {
        let folder = Arc::new(TempDir::new().expect("a temporary folder"));
        let mut config = format!("{further}\n[outbound]\nallow = [\"127.0.0.0/8\"]\n");
        for side in &sides {
            if let Some(app) = &side.app {
                config.push_str(&configured(side, app, &folder));
            }
        }
        let gateway = Gateway::start_in(folder, &config);
        gateway.make("/api/v1/orgs", json!({ "name": "acme" })).await;
        for side in &sides {
            side.introduce(&gateway).await;
        }
        Self { gateway, sides, config }
    }

    /// The forge of this path segment.
    pub fn side(&self, id: &str) -> &Side {
        self.sides.iter().find(|it| it.id == id).expect("a forge of this name")
    }

    /// Kills the gateway and starts it again on the same data.
    pub fn kill_and_start(self) -> Self {
        let Self { gateway, sides, config } = self;
        let gateway = Gateway::start_in(gateway.kill(), &config);
        Self { gateway, sides, config }
    }

    /// Posts a push that must be queued; the evaluation's id.
    pub async fn push(&self, side: &Side, number: u64) -> String {
        queued(&self.gateway.post(&side.hook(), side.push(number)).await)
    }

    /// Stops the gateway and starts it again on the same data; what is done while nobody listens is done in between.
    pub async fn restart(self, meanwhile: impl AsyncFnOnce(&[Side])) -> Self {
        let Self { gateway, sides, config } = self;
        let folder = gateway.stop();
        meanwhile(&sides).await;
        let gateway = Gateway::start_in(folder, &config);
        Self { gateway, sides, config }
    }

    /// Claims an evaluation and ends it like this; its id.
    pub async fn work(&self, state: &str) -> String {
        let claimed = self.gateway.claim(10_000, false).await.expect("an evaluation to claim");
        self.finish(&claimed, state).await
    }

    /// Ends what was claimed.
    pub async fn finish(&self, claimed: &Value, state: &str) -> String {
        let id = claimed["evaluation"]["id"].as_str().expect("an id").to_owned();
        let body = json!({ "lease": claimed["lease"]["token"], "state": state });
        self.gateway
            .act(&format!("/api/v1/evaluations/{id}/finish"), Some(body))
            .await;
        id
    }

    /// All statuses of this outcome, at most 500.
    pub async fn statuses(&self, filter: &str) -> Vec<Value> {
        let listed = self.gateway.get(&format!("/api/v1/statuses?limit=500&{filter}")).await;
        listed["items"].as_array().expect("a list").clone()
    }

    /// Waits until no status waits, for as long as anything is waited for.
    pub async fn told(&self) {
        self.told_within(crate::wait::LONGEST).await;
    }

    /// Waits until no status waits.
    pub async fn told_within(&self, longest: Duration) {
        crate::wait::within(longest, "no status waits", async || {
            self.statuses("outcome=waiting").await.is_empty().then_some(())
        })
        .await;
    }
}

/// The evaluation that a delivery queued.
pub fn queued(answer: &Answer) -> String {
    let id = answer.message()["queued"][0]["evaluation_id"].as_str();
    id.unwrap_or_else(|| panic!("not queued: {}", answer.text)).to_owned()
}

/// The lines of an app, with its files.
fn configured(side: &Side, app: &App, folder: &TempDir) -> String {
    let (key, secret) = (folder.path().join("app-key.pem"), folder.path().join("app-secret"));
    std::fs::write(&key, app.private_key()).expect("the app's key");
    std::fs::write(&secret, app.settings().webhook_secret).expect("the app's secret");
    format!(
        "[apps.{}]\napp_id = {}\nprivate_key_file = {key:?}\nwebhook_secret_file = {secret:?}\nbase_url = {:?}\n",
        side.id,
        app.settings().id,
        side.forge.url()
    )
}
