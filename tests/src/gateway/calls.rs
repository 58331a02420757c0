//! Calls to a running gateway: its API, its hook endpoints, its commands.

use std::process::{Command, Output};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{Gateway, program};
use crate::delivery::Signed;
use crate::{Answer, Push, SECRET};

impl Gateway {
    /// Calls the API as the administrator.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.call_as(&self.token, method, path, body).await
    }

    /// Calls the API with a token.
    pub async fn call_as(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
        let method: Method = method.parse().expect("a method");
        let request = self.client.request(method, format!("{}{path}", self.url));
        let request = request.bearer_auth(token);
        answer(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    /// GET as the administrator; must be 200.
    pub async fn get(&self, path: &str) -> Value {
        let answer = self.call("GET", path, None).await;
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.text);
        answer.message().clone()
    }

    /// All items of a list, page by page: a busy machine makes pages short. Each must be 200.
    pub async fn list(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = path.to_owned();
        loop {
            let page = self.get(&next).await;
            items.extend_from_slice(page["items"].as_array().expect("a list"));
            let Some(cursor) = page["next"].as_str() else {
                return items;
            };
            let sign = if path.contains('?') { '&' } else { '?' };
            next = format!("{path}{sign}cursor={cursor}");
        }
    }

    /// POST as the administrator; must be 201.
    pub async fn make(&self, path: &str, body: Value) -> Value {
        let answer = self.call("POST", path, Some(body)).await;
        assert_eq!(answer.status, 201, "POST {path}: {}", answer.text);
        answer.message().clone()
    }

    /// POST as the administrator; must be 200.
    pub async fn act(&self, path: &str, body: Option<Value>) -> Value {
        let answer = self.call("POST", path, body).await;
        assert_eq!(answer.status, 200, "POST {path}: {}", answer.text);
        answer.message().clone()
    }

    /// PATCH as the administrator; must be 200.
    pub async fn change(&self, path: &str, changes: Value) -> Value {
        let answer = self.call("PATCH", path, Some(changes)).await;
        assert_eq!(answer.status, 200, "PATCH {path}: {}", answer.text);
        answer.message().clone()
    }

    /// DELETE as the administrator; must be 200.
    pub async fn delete(&self, path: &str) {
        let answer = self.call("DELETE", path, None).await;
        assert_eq!(answer.status, 200, "DELETE {path}: {}", answer.text);
    }

    /// Makes an organization `acme`, an inbound integration `hooks` with this secret, and a project `widgets` with a push trigger.
    pub async fn make_project(&self, secret: &str) {
        let hooks = json!({ "name": "hooks", "kind": "inbound", "forge": "gitea", "secret": secret });
        let widgets = json!({ "name": "widgets", "repository": "https://git.example.com/acme/widgets.git" });
        let push = json!({ "kind": "push", "integration": "hooks" });
        self.make("/api/v1/orgs", json!({ "name": "acme" })).await;
        self.make("/api/v1/orgs/acme/integrations", hooks).await;
        self.make("/api/v1/orgs/acme/projects", widgets).await;
        self.make("/api/v1/orgs/acme/projects/widgets/triggers", push).await;
    }

    /// Binds an installation of the GitHub app on the account `acme` to the organization `acme`.
    pub async fn bind_installation(&self, id: &str) {
        let binding = json!({ "organization": "acme", "installation_id": id, "account": "acme" });
        self.make("/api/v1/apps/github/installations", binding).await;
    }

    /// Makes a token for the API; its text.
    pub async fn make_token(&self, token: Value) -> String {
        let made = self.make("/api/v1/tokens", token).await;
        made["token"].as_str().expect("a token").to_owned()
    }

    /// Deletes the triggers of a project, such as those that an app has attached by itself.
    pub async fn delete_triggers(&self, project: &str) {
        let path = format!("{project}/triggers");
        for trigger in self.list(&path).await {
            let id = trigger["id"].as_str().expect("an id");
            self.delete(&format!("{path}/{id}")).await;
        }
    }

    /// Claims an evaluation, waiting this long for one; `None` where there was none.
    pub async fn claim(&self, wait_ms: u64, approved: bool) -> Option<Value> {
        let body = json!({ "worker": "w", "wait_ms": wait_ms, "approved": approved });
        let answer = self.call("POST", "/api/v1/evaluations/claim", Some(body)).await;
        match answer.status {
            200 => Some(answer.message().clone()),
            204 => None,
            status => panic!("{status}: {}", answer.text),
        }
    }

    /// The evaluation.
    pub async fn evaluation(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/evaluations/{id}")).await
    }

    /// The record of a delivery.
    pub async fn delivery(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/deliveries/{id}")).await
    }

    /// The value of a metric by its full name, labels included; 0 where there is none.
    pub async fn metric(&self, name: &str) -> f64 {
        let text = self.call("GET", "/metrics", None).await.text;
        let mut values = text
            .lines()
            .filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        values.next().map_or(0.0, |value| value.parse().expect("a number"))
    }

    /// Runs a command of the program as the administrator of this gateway, to its end. Fake forges are served meanwhile.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(program());
        command.args(arguments).args(["--url", &self.url, "--token-file"]);
        command.arg(self.token_file());
        let output = tokio::task::spawn_blocking(move || command.output());
        output.await.expect("the command's thread").expect("the command")
    }

    /// Posts a delivery to a path under `/api/v1/hooks/`.
    pub async fn post(&self, path: &str, delivery: Signed) -> Answer {
        answer(self.hook_request(path, delivery)).await
    }

    /// Posts a delivery; `None` where the gateway was gone before it answered.
    pub async fn try_post(&self, path: &str, delivery: Signed) -> Option<Answer> {
        Answer::read(self.hook_request(path, delivery).send().await.ok()?).await
    }

    /// Posts a push to the project of `make_project`, which must be queued; the evaluation's id.
    pub async fn push(&self, number: u64) -> String {
        let push = Push::new(number).signed(SECRET);
        self.post("gitea/acme/hooks", push).await.queued()
    }

    fn hook_request(&self, path: &str, delivery: Signed) -> RequestBuilder {
        let request = self.client.post(format!("{}/api/v1/hooks/{path}", self.url));
        let fields = delivery.headers.into_iter();
        let request = fields.fold(request, |request, (name, value)| request.header(name, value));
        request.body(delivery.body)
    }
}

async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    Answer::read(response).await.expect("a body")
}
