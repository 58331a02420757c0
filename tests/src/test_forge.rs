//! A fake forge as the gateway is connected to it, and the pushes that it sends.

use serde_json::{Value, json};

use crate::delivery::{Signed, app_push, gitlab_push, sign, sign_for_app, sign_with_token};
use crate::forges::{Account, App, AppSettings, FakeForge, Installation};
use crate::{Gateway, Push, SECRET, wait};

/// The token that the gateway has for every forge but an app's.
pub const TOKEN: &str = "fg-token-0123456789abcdef";
/// The number of the app's installation.
pub const INSTALLATION: u64 = 50;
/// The repository's number at every forge.
pub const REPOSITORY: u64 = 7;

const HEAD: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A fake forge with a repository `acme/widgets`. The gateway has a project of it, and a pair of integrations or an app.
pub struct TestForge {
    /// The forge's path segment.
    pub id: &'static str,
    /// The forge itself.
    pub fake: FakeForge,
    /// Its app, where it has one.
    pub app: Option<App>,
}

impl TestForge {
    /// A Gitea.
    pub async fn gitea() -> Self {
        Self::with_token("gitea", FakeForge::gitea().await)
    }

    /// A Forgejo.
    pub async fn forgejo() -> Self {
        Self::with_token("forgejo", FakeForge::gitea().await)
    }

    /// A GitLab.
    pub async fn gitlab() -> Self {
        Self::with_token("gitlab", FakeForge::gitlab().await)
    }

    /// A GitHub with an app that is installed on `acme`.
    pub async fn github() -> Self {
        let settings = AppSettings {
            webhook_secret: SECRET.to_owned(),
            ..AppSettings::default()
        };
        let (forge, app) = FakeForge::github(settings).await;
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
            fake: forge,
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

    fn with_token(id: &'static str, forge: FakeForge) -> Self {
        {
            let mut world = forge.world();
            world.enrol(9, "gate", TOKEN);
            let widgets = world.found(REPOSITORY, "acme/widgets", HEAD);
            widgets.levels.insert("gate".to_owned(), crate::forges::Level::Write);
        }
        Self {
            id,
            fake: forge,
            app: None,
        }
    }

    /// The project at the gateway.
    pub fn project(&self) -> String {
        format!("{}-widgets", self.id)
    }

    /// The status context of the evaluation as a whole.
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

    /// The path of the hook endpoint under `/api/v1/hooks/`.
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

    /// A push to a branch of its own, signed as the forge signs.
    pub fn push(&self, number: u64) -> Signed {
        self.push_of(number, &format!("b{number}"), &"f".repeat(40))
    }

    /// A push that moves a branch from the commit `before`, signed as the forge signs.
    pub fn push_of(&self, number: u64, branch: &str, before: &str) -> Signed {
        let (url, id) = (self.fake.url(), Push::new(number).delivery_id());
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

    /// The states of the evaluation as a whole that were shown at a push's commit, oldest first.
    pub fn states(&self, number: u64) -> Vec<String> {
        let world = self.fake.world();
        let states = world.states(&Self::sha(number), &self.context());
        states.into_iter().map(str::to_owned).collect()
    }

    /// Waits until as many states of the whole evaluation were shown at a push's commit; they must be these.
    pub async fn wait_for_states(&self, number: u64, states: &[&str]) {
        let shown = wait::until(&format!("{}: {states:?} at push {number}", self.id), async || {
            Some(self.states(number)).filter(|shown| shown.len() >= states.len())
        })
        .await;
        assert_eq!(shown, states, "{} at push {number}", self.id);
    }

    /// Waits until this state of the whole evaluation is the last one shown at a push's commit.
    pub async fn wait_for_state(&self, number: u64, state: &str) {
        wait::until(&format!("{}: `{state}` at push {number}", self.id), async || {
            self.states(number)
                .last()
                .is_some_and(|last| last == state)
                .then_some(())
        })
        .await;
    }

    /// Makes integrations, or binds the app's installation, and makes the project. The organization `acme` must be there.
    pub(crate) async fn connect(&self, gateway: &Gateway) {
        let (id, url) = (self.id, self.fake.url());
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
