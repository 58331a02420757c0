//! Equal work is one evaluation, whichever deliveries ask for it and in whatever order they arrive. Work that is over ends what it caused.
//! The payloads are test data of the plugins.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use forgegate_tests::configuration::app_without_key;
use forgegate_tests::delivery::{Signed, sign, sign_for_app, sign_with_token};
use forgegate_tests::{Answer, Gateway, SECRET};
use serde_json::{Value, json};

const INSTALLATION: &str = "50607080";

/// A forge, and which of the payloads that its plugin is tested with is what.
struct Case {
    forge: &'static str,
    /// The forge whose test data are used.
    of: &'static str,
    repository: &'static str,
    push: &'static str,
    /// New code of a pull request within the repository: the commit is the push's.
    request: &'static str,
    /// The branch of that.
    branch: &'static str,
    fork: &'static str,
    closed: &'static str,
    deleted: &'static str,
    tag: &'static str,
    tag_deleted: &'static str,
}

const GITEA: Case = Case {
    forge: "gitea",
    of: "gitea",
    repository: "https://git.example.com/acme/widgets",
    push: "push",
    request: "pull_request_synchronized",
    branch: "feature",
    fork: "pull_request_opened_from_fork",
    closed: "pull_request_closed",
    deleted: "delete_branch",
    tag: "tag_annotated",
    tag_deleted: "tag_removed_sha256",
};

const CASES: [Case; 4] = [
    GITEA,
    Case {
        forge: "forgejo",
        ..GITEA
    },
    Case {
        forge: "gitlab",
        of: "gitlab",
        repository: "https://git.example.com/acme/tools/widgets",
        push: "push",
        request: "merge-request-code",
        branch: "topic/width",
        fork: "merge-request-fork",
        closed: "merge-request-gone-fork",
        deleted: "push-deleted-branch",
        tag: "tag-annotated",
        tag_deleted: "tag-deleted",
    },
    Case {
        forge: "github",
        of: "github",
        repository: "https://github.com/acme/widgets",
        push: "push",
        request: "pull_request_synchronize",
        branch: "bevel",
        fork: "pull_request_opened_from_fork",
        closed: "pull_request_closed_without_fork",
        deleted: "push_deleted_branch",
        tag: "tag_annotated",
        tag_deleted: "tag_deleted",
    },
];

impl Case {
    fn is_app(&self) -> bool {
        self.forge == "github"
    }

    /// The name of the usual inbound integration.
    fn integration(&self) -> &'static str {
        if self.is_app() { "github-acme" } else { "hooks" }
    }

    fn hook(&self, integration: &str) -> String {
        match self.is_app() {
            true => self.forge.to_owned(),
            false => format!("{}/acme/{integration}", self.forge),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        root.join("../plugins").join(self.of).join("testdata").join(name)
    }

    /// A payload, changed, under an id of its own, signed as the forge does.
    fn signed(&self, name: &str, change: impl FnOnce(&mut Value)) -> Signed {
        static DELIVERIES: AtomicU32 = AtomicU32::new(1);
        let id = DELIVERIES.fetch_add(1, Ordering::Relaxed);
        let payload = std::fs::read(self.file(&format!("{name}.json"))).unwrap();
        let mut payload: Value = serde_json::from_slice(&payload).unwrap();
        change(&mut payload);
        let (payload, id) = (payload.to_string(), format!("00000000-0000-4000-8000-{id:012}"));
        let event = self.event(name);
        match self.forge {
            "github" => sign_for_app(&payload, "application/json", &id, SECRET).with("x-github-event", &event),
            "gitlab" => sign_with_token(&payload, &event, &id, SECRET),
            forge => {
                let signed = sign(&payload, &event, &id, SECRET);
                let as_forge = |(name, value): (String, String)| (name.replace("gitea", forge), value);
                let headers = signed.headers.into_iter().map(as_forge).collect();
                Signed { headers, ..signed }
            }
        }
    }

    /// The event's name in the forge's header.
    fn event(&self, name: &str) -> String {
        let header = match self.of {
            "github" => "x-github-event: ",
            "gitlab" => "x-gitlab-event: ",
            _ => "x-gitea-event: ",
        };
        let headers = std::fs::read_to_string(self.file(&format!("{name}.headers"))).unwrap();
        let line = headers.lines().find_map(|line| line.strip_prefix(header));
        line.unwrap_or_else(|| panic!("{name} has no event")).to_owned()
    }

    /// The push of the pull request's commit to its branch.
    fn push(&self) -> Signed {
        self.signed(self.push, |payload| {
            payload["ref"] = json!(format!("refs/heads/{}", self.branch));
        })
    }

    fn request(&self) -> Signed {
        self.signed(self.request, |_| ())
    }
}

/// A gateway with an organization, an app and an integration. A start takes seconds, a project none: so a test has one gateway, and
/// one project at a time.
struct Fixture {
    gateway: Gateway,
    projects: AtomicU32,
}

/// A project of a forge's repository, with triggers for the usual integration.
struct TestProject<'h> {
    fixture: &'h Fixture,
    case: &'static Case,
    name: String,
}

impl Fixture {
    async fn open() -> Self {
        let gateway = Gateway::start_with(|folder| app_without_key(folder, SECRET));
        gateway.make("/api/v1/orgs", json!({ "name": "acme" })).await;
        gateway.bind_installation(INSTALLATION).await;
        for name in ["hooks", "more"] {
            let integration = json!({ "name": name, "kind": "inbound", "forge": "gitea", "secret": SECRET });
            gateway.make("/api/v1/orgs/acme/integrations", integration).await;
        }
        Self {
            gateway,
            projects: AtomicU32::new(0),
        }
    }

    /// Makes a project in place of the one before, with triggers of these kinds.
    async fn project(&self, case: &'static Case, kinds: &[&str]) -> TestProject<'_> {
        let number = self.projects.fetch_add(1, Ordering::Relaxed);
        if let Some(before) = number.checked_sub(1) {
            let path = format!("{PROJECTS}/widgets-{before}");
            self.gateway.delete(&path).await;
        }
        let name = format!("widgets-{number}");
        let body = json!({ "name": name, "repository": case.repository });
        self.gateway.make(PROJECTS, body).await;
        let project = TestProject {
            fixture: self,
            case,
            name,
        };
        // An app attaches triggers by itself.
        let path = format!("{PROJECTS}/{}", project.name);
        self.gateway.delete_triggers(&path).await;
        for kind in kinds {
            project
                .listen(json!({ "kind": kind, "integration": case.integration() }))
                .await;
        }
        project
    }
}

const PROJECTS: &str = "/api/v1/orgs/acme/projects";

impl TestProject<'_> {
    fn triggers(&self) -> String {
        format!("{PROJECTS}/{}/triggers", self.name)
    }

    async fn listen(&self, trigger: Value) {
        self.fixture.gateway.make(&self.triggers(), trigger).await;
    }

    async fn post(&self, delivery: Signed) -> Asked {
        self.post_to(self.case.integration(), delivery).await
    }

    async fn post_to(&self, integration: &str, delivery: Signed) -> Asked {
        let answer = self.fixture.gateway.post(&self.case.hook(integration), delivery).await;
        assert_eq!(answer.status, 200, "{}: {}", self.case.forge, answer.text);
        Asked {
            forge: self.case.forge,
            answer,
        }
    }

    /// The one evaluation that is live or was made last must be this, and name these deliveries in this order.
    async fn is_one(&self, evaluation: &str, asked: &[&Asked]) {
        let found = self.fixture.gateway.evaluation(evaluation).await;
        let deliveries: Vec<_> = asked
            .iter()
            .map(|it| it.answer.message()["delivery_id"].clone())
            .collect();
        assert_eq!(found["deliveries"], json!(deliveries), "{}: {found}", self.case.forge);
        let made = self.fixture.gateway.get("/api/v1/evaluations").await;
        let is_live = |it: &&Value| {
            let state = it["state"].as_str();
            it["project"] == json!(self.name) && matches!(state, Some("queued" | "held"))
        };
        let live = made["items"].as_array().unwrap().iter().filter(is_live);
        let live: Vec<_> = live.map(|it| it["id"].as_str().unwrap()).collect();
        assert_eq!(live, [evaluation], "{}", self.case.forge);
    }

    async fn state(&self, evaluation: &str) -> Value {
        self.fixture.gateway.evaluation(evaluation).await["state"].clone()
    }
}

/// The answer to a delivery.
struct Asked {
    forge: &'static str,
    answer: Answer,
}

impl Asked {
    /// The evaluation that it made, in this state.
    fn made(&self, state: &str) -> String {
        let queued = &self.answer.message()["queued"][0];
        assert_eq!(queued["state"], state, "{}: {}", self.forge, self.answer.text);
        queued["evaluation_id"].as_str().unwrap().to_owned()
    }

    fn skipped(&self, reason: &str) {
        let message = self.answer.message();
        let found = (&message["skipped"][0]["reason"], &message["queued"]);
        assert_eq!(
            found,
            (&json!(reason), &json!([])),
            "{}: {}",
            self.forge,
            self.answer.text
        );
    }
}

#[tokio::test]
async fn a_push_and_the_pull_request_of_its_branch_are_one_in_either_order() {
    let fixture = Fixture::open().await;
    for case in &CASES {
        let project = fixture.project(case, &["push", "pull_request"]).await;
        let first = project.post(case.push()).await;
        let second = project.post(case.request()).await;
        second.skipped("already_in_progress");
        project.is_one(&first.made("queued"), &[&first, &second]).await;

        let project = fixture.project(case, &["push", "pull_request"]).await;
        let first = project.post(case.request()).await;
        let second = project.post(case.push()).await;
        second.skipped("already_in_progress");
        project.is_one(&first.made("queued"), &[&first, &second]).await;
    }
}

/// The same bytes under another id: what an organization's and a repository's hook send of one act.
#[tokio::test]
async fn the_same_event_through_two_hooks_is_one_also_where_it_is_held() {
    let fixture = Fixture::open().await;
    for case in &CASES {
        let project = fixture.project(case, &["push", "pull_request"]).await;
        let first = project.post(case.push()).await;
        let second = project.post(case.push()).await;
        second.skipped("already_in_progress");
        project.is_one(&first.made("queued"), &[&first, &second]).await;
        let record = second.answer.delivery_id();
        let record = fixture.gateway.get(&format!("/api/v1/deliveries/{record}")).await;
        assert_eq!(
            record["repeat_of"],
            first.answer.message()["delivery_id"],
            "{}",
            case.forge
        );

        let project = fixture.project(case, &["pull_request"]).await;
        let fork = || case.signed(case.fork, |_| ());
        let first = project.post(fork()).await;
        let held = first.made("held");
        let second = project.post(fork()).await;
        second.skipped("already_in_progress");
        project.is_one(&held, &[&first, &second]).await;
        // And after its release, for as long as it waits.
        let sha = fixture.gateway.evaluation(&held).await["sha"].clone();
        let approve = format!("/api/v1/evaluations/{held}/approve");
        fixture.gateway.act(&approve, Some(json!({ "sha": sha }))).await;
        let third = project.post(fork()).await;
        third.skipped("already_in_progress");
        project.is_one(&held, &[&first, &second, &third]).await;
    }
}

/// An app's forge has one way in; the others can be entered twice.
#[tokio::test]
async fn what_a_second_integration_delivers_is_the_same() {
    let fixture = Fixture::open().await;
    for case in CASES.iter().filter(|case| !case.is_app()) {
        for order in [["hooks", "more"], ["more", "hooks"]] {
            let project = fixture.project(case, &["push"]).await;
            project.listen(json!({ "kind": "push", "integration": "more" })).await;
            let first = project.post_to(order[0], case.push()).await;
            let second = project.post_to(order[1], case.push()).await;
            second.skipped("already_in_progress");
            project.is_one(&first.made("queued"), &[&first, &second]).await;
        }
    }
}

#[tokio::test]
async fn what_need_not_wait_takes_the_place_of_what_is_held_and_its_deliveries() {
    let fixture = Fixture::open().await;
    for case in CASES.iter().filter(|case| !case.is_app()) {
        for is_first_held in [true, false] {
            let project = fixture.project(case, &["pull_request"]).await;
            let open = json!({ "kind": "pull_request", "integration": "more", "require_approval": false });
            project.listen(open).await;
            let fork = || case.signed(case.fork, |_| ());
            let order = if is_first_held {
                ["hooks", "more"]
            } else {
                ["more", "hooks"]
            };
            let first = project.post_to(order[0], fork()).await;
            let second = project.post_to(order[1], fork()).await;
            if is_first_held {
                let (held, open) = (first.made("held"), second.made("queued"));
                assert_eq!(project.state(&held).await, "superseded", "{}", case.forge);
                project.is_one(&open, &[&first, &second]).await;
            } else {
                second.skipped("already_in_progress");
                project.is_one(&first.made("queued"), &[&first, &second]).await;
            }
        }
    }
}

#[tokio::test]
async fn a_merge_group_and_its_own_push_are_one_and_end_with_the_group() {
    let fixture = Fixture::open().await;
    let case = CASES.iter().find(|case| case.is_app()).unwrap();
    let group = || case.signed("merge_group_checks_requested", |_| ());
    let own_push = || {
        case.signed(case.push, |payload| {
            let queue = "refs/heads/gh-readonly-queue/main/pr-42-4f8a0c52e1b7d9360a5c8e2f1b4d7a903c6e8f15";
            payload["ref"] = json!(queue);
        })
    };
    for is_group_first in [true, false] {
        let project = fixture.project(case, &["push", "pull_request"]).await;
        let (first, second) = if is_group_first {
            (group(), own_push())
        } else {
            (own_push(), group())
        };
        let first = project.post(first).await;
        let second = project.post(second).await;
        second.skipped("already_in_progress");
        let evaluation = first.made("queued");
        project.is_one(&evaluation, &[&first, &second]).await;
        let destroyed = case.signed("merge_group_destroyed", |_| ());
        project.post(destroyed).await.skipped("filtered");
        assert_eq!(project.state(&evaluation).await, "cancelled");
    }
}

#[tokio::test]
async fn a_branch_that_is_deleted_ends_what_waits_for_it_and_not_what_runs() {
    let fixture = Fixture::open().await;
    for case in &CASES {
        let project = fixture.project(case, &["push"]).await;
        let deleted = std::fs::read(case.file(&format!("{}.json", case.deleted))).unwrap();
        let deleted: Value = serde_json::from_slice(&deleted).unwrap();
        let name = deleted["ref"].as_str().unwrap();
        let full = if name.starts_with("refs/") {
            name.to_owned()
        } else {
            format!("refs/heads/{name}")
        };
        // Where the payload tells at which commit the branch stood, that commit is pushed last.
        let head = deleted["before"].as_str().map(str::to_owned);
        let push = |sha: String| {
            let full = full.clone();
            case.signed(case.push, move |payload| {
                payload["ref"] = json!(full);
                payload["after"] = json!(sha);
                payload["before"] = json!("f".repeat(40));
                payload["checkout_sha"] = json!(sha);
                payload["commits"] = json!([]);
                payload["head_commit"]["id"] = json!(sha);
            })
        };
        let running = project.post(push("1".repeat(40))).await.made("queued");
        fixture.gateway.claim(5_000, false).await.expect("the first");
        let waiting = project
            .post(push(head.unwrap_or_else(|| "2".repeat(40))))
            .await
            .made("queued");
        project
            .post(case.signed(case.deleted, |_| ()))
            .await
            .skipped("filtered");
        assert_eq!(project.state(&running).await, "running", "{}", case.forge);
        let ended = fixture.gateway.evaluation(&waiting).await;
        assert_eq!(ended["state"], "cancelled", "{}: {ended}", case.forge);
        assert_eq!(ended["description"], "The branch was deleted", "{}", case.forge);
    }
}

#[tokio::test]
async fn a_tag_that_is_deleted_ends_what_waits_for_it() {
    let fixture = Fixture::open().await;
    for case in &CASES {
        let project = fixture.project(case, &["tag"]).await;
        let waiting = project.post(case.signed(case.tag, |_| ())).await.made("queued");
        project
            .post(case.signed(case.tag_deleted, |_| ()))
            .await
            .skipped("filtered");
        let ended = fixture.gateway.evaluation(&waiting).await;
        assert_eq!(ended["state"], "cancelled", "{}: {ended}", case.forge);
        assert_eq!(ended["description"], "The tag was deleted", "{}", case.forge);
    }
}

#[tokio::test]
async fn closing_a_pull_request_ends_what_is_held_too() {
    let fixture = Fixture::open().await;
    for case in &CASES {
        let project = fixture.project(case, &["pull_request"]).await;
        let held = project.post(case.signed(case.fork, |_| ())).await.made("held");
        project.post(case.signed(case.closed, |_| ())).await.skipped("filtered");
        let ended = fixture.gateway.evaluation(&held).await;
        assert_eq!(ended["state"], "cancelled", "{}: {ended}", case.forge);
        assert_eq!(ended["description"], "The pull request was closed", "{}", case.forge);
    }
}
