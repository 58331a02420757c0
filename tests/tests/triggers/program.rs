//! The outcome of a row by the rules of the model, called as the request path and the writer call them.

use crate::row::{Row, Spec};
use forgegate_model::evaluation::{State, Trust, Work};
use forgegate_model::event::Event;
use forgegate_model::ids::{DeliveryId, EvaluationId, IntegrationId, OrganizationId, ProjectId, TriggerId};
use forgegate_model::integration::{Integration, IntegrationKind, IntegrationMode};
use forgegate_model::matching::{CompiledTrigger, LinkedProject, Links, MatchInput, Matched, Verdict, match_delivery};
use forgegate_model::project::{Bootstrap, Concurrency, Project, StableId};
use forgegate_model::queueing::{Decision, EndedSubject, Gate, LiveEvaluation, WorkIdentity, decide};
use forgegate_model::repository::EventRepository;
use forgegate_model::timestamp::Timestamp;
use forgegate_model::trigger::Trigger;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// The outcome of a row, in the table's words.
pub fn outcome(row: &Row, event: Option<&Event>) -> String {
    let Some(event) = event else {
        return "malformed".to_owned();
    };
    let repository = event
        .repository
        .as_ref()
        .and_then(|it| EventRepository::of_urls(&it.urls));
    let case = Case {
        row,
        event,
        repository: repository.as_ref(),
    };
    let linked = case.linked();
    let integration = case.integration();
    let (integrations, projects) = ([&integration], [&linked]);
    let matched = match_delivery(&MatchInput {
        delivery: DeliveryId(Uuid::nil()),
        forge: &row.forge,
        event,
        repository: repository.as_ref(),
        integrations: &integrations,
        links: if row.triggers.is_empty() {
            Links::None
        } else {
            Links::Some
        },
        projects: &projects,
        shorthands: &[],
        command_prefix: "/forgegate",
    });
    case.told(&linked, &matched)
}

struct Case<'a> {
    row: &'a Row,
    event: &'a Event,
    repository: Option<&'a EventRepository>,
}

impl Case<'_> {
    fn flag(&self, name: &str) -> bool {
        self.row.flags.iter().any(|it| it.strip_prefix('@') == Some(name))
    }

    /// The text behind a flag's `=`.
    fn value(&self, name: &str) -> Option<&str> {
        let after = |it: &'_ String| it.find('=').filter(|at| &it[1..*at] == name).map(|at| at + 1);
        self.row.flags.iter().find_map(|it| after(it).map(|at| &it[at..]))
    }

    fn id(&self, number: &str) -> StableId {
        StableId {
            forge: self.row.forge.clone(),
            host: self.repository.map(|it| it.instance.clone()).unwrap_or_default(),
            id: number.to_owned(),
        }
    }

    fn linked(&self) -> LinkedProject {
        let triggers = self
            .row
            .triggers
            .iter()
            .zip(1..)
            .map(|(spec, number)| trigger(spec, number));
        LinkedProject {
            project: self.project(),
            triggers: triggers.map(CompiledTrigger::new).collect(),
        }
    }

    /// A project of the event's repository, pinned to it.
    fn project(&self) -> Project {
        let own = self.event.repository.as_ref().and_then(|it| it.id.as_deref());
        let pinned = if self.flag("replaced") { Some("1") } else { own };
        let identity = match self.repository {
            Some(it) if !self.flag("elsewhere") => it.identity.to_string(),
            _ => "git.example.org/somebody/elses".to_owned(),
        };
        let trusted = self.value("trusts").into_iter().flat_map(|list| list.split(','));
        Project {
            id: ProjectId(Uuid::from_u128(1)),
            organization: OrganizationId(Uuid::from_u128(1)),
            name: "project".parse().unwrap(),
            repository: format!("https://{identity}"),
            identity,
            concurrency: match self.value("concurrency") {
                Some(word) => serde_json::from_value(json!(word)).unwrap(),
                None => Concurrency::CancelSuperseded,
            },
            bootstrap: if self.flag("manual") {
                Bootstrap::Manual
            } else {
                Bootstrap::Automatic
            },
            runs_on: vec![],
            trusted: trusted.map(|number| self.id(number)).collect(),
            active: !self.flag("inactive"),
            repository_id: pinned.filter(|_| !self.flag("unpinned")).map(|number| self.id(number)),
            has_evaluation: false,
            created_at: Timestamp::default(),
        }
    }

    fn integration(&self) -> Integration {
        let narrowed = self
            .flag("narrowed")
            .then(|| "git.example.org/somebody/elses".to_owned());
        Integration {
            id: IntegrationId(Uuid::from_u128(1)),
            organization: OrganizationId(Uuid::from_u128(1)),
            name: "hooks".parse().unwrap(),
            kind: IntegrationKind::Inbound,
            forge: self.row.forge.clone(),
            forges: None,
            mode: IntegrationMode::Push,
            base_url: None,
            secrets: vec![],
            signing_key: None,
            has_token: false,
            allowed_ips: vec![],
            repositories: narrowed.into_iter().collect(),
            installation_id: None,
            account: None,
            created_at: Timestamp::default(),
        }
    }

    fn told(&self, linked: &LinkedProject, matched: &Matched<'_>) -> String {
        let Some(candidate) = matched.candidates.first() else {
            return format!("ignored: {}", word(matched.reason));
        };
        let mut told = match &candidate.verdict {
            Verdict::Queue {
                matched_trigger: decider,
                work,
                gate,
            } => {
                let by = if linked.triggers.len() > 1 {
                    format!(" by {}", decider.trigger.0.as_u128())
                } else {
                    String::new()
                };
                self.decided(work, *gate, &linked.project, &by)
            }
            Verdict::AskCommit { .. } | Verdict::AskPermission { .. } => "asks the forge".to_owned(),
            Verdict::Skip { reason, .. } => format!("skipped: {}", word(reason)),
            Verdict::Unconcerned => format!("ignored: {}", word(matched.reason)),
        };
        if let Some(gone) = &candidate.gone {
            told.push_str(&match gone {
                EndedSubject::PullRequest(number) => format!("; ends pull request {number}"),
                EndedSubject::Ref { name, .. } => format!("; ends {name}"),
            });
        }
        if let Some(number) = candidate.approves {
            told.push_str(&format!("; approves pull request {number}"));
        }
        told
    }

    /// The decision of the storage writer.
    fn decided(&self, work: &Work, gate: Gate, project: &Project, by: &str) -> String {
        let subject = WorkIdentity::of(work);
        let other = WorkIdentity {
            sha: "another commit",
            ..subject
        };
        let flags = [
            ("again", State::Queued, subject),
            ("again-held", State::Held, subject),
            ("busy", State::Running, other),
        ];
        let live = flags.into_iter().filter(|(flag, ..)| self.flag(flag));
        let live = live.map(|(_, state, subject)| LiveEvaluation {
            id: EvaluationId(Uuid::from_u128(1)),
            state,
            subject,
        });
        let live: Vec<_> = live.collect();
        match decide(work, gate, project.concurrency, &live) {
            Decision::Queue { .. } if work.trust == Trust::Untrusted => format!("queued{by}, untrusted"),
            Decision::Queue { .. } => format!("queued{by}"),
            Decision::Hold { .. } => format!("held{by}"),
            Decision::Join { .. } => "skipped: already_in_progress".to_owned(),
            Decision::Skip(reason) => format!("skipped: {}", word(reason)),
        }
    }
}

fn trigger(spec: &Spec, number: u128) -> Trigger {
    let (id, project) = (TriggerId(Uuid::from_u128(number)), ProjectId(Uuid::from_u128(1)));
    let kind = serde_json::from_value(json!(spec.kind)).unwrap();
    let integration = IntegrationId(Uuid::from_u128(1));
    let mut it = Trigger::new(id, project, kind, Some(integration), Timestamp::default());
    for (name, items) in &spec.fields {
        let flag = || items.concat().parse().unwrap();
        let list = || items.iter().filter(|item| *item != "any").cloned().collect();
        match name.as_str() {
            "branches" => it.branches = list(),
            "tags" => it.tags = list(),
            "target_branches" => it.target_branches = list(),
            "paths" => it.paths = list(),
            "actions" => it.actions = list(),
            "labels" => it.labels = list(),
            "drafts" => it.drafts = flag(),
            "require_approval" => it.require_approval = flag(),
            "prereleases" => it.prereleases = flag(),
            "skip_ci" => it.skip_ci = flag(),
            "active" => it.active = flag(),
            other => panic!("a trigger has no field `{other}`"),
        }
    }
    it
}

fn word(it: impl Serialize) -> String {
    match serde_json::to_value(it).unwrap() {
        Value::String(word) => word,
        other => panic!("{other} is no word"),
    }
}
