//! The steps of a delivery, a sentence each, which begins with the step's name and says what became of the delivery there.

use forgegate_model::delivery::{Contents, Delivery, Outcome, Reason, Step, StepName, StepOutcome};
use forgegate_model::event::{Event, Kind};
use forgegate_model::matching::listens_to;

use super::sentence;
use crate::metrics::word;

/// The most URLs of the repository that are named.
const MOST_URLS: usize = 3;

/// The sentences, in the order of the steps. `contents` are none where nothing but the row is kept any more: then there is one for how it
/// came and one for how it ended. `unconcerned` counts projects of the repository that have no trigger for events of this kind.
pub(super) fn sentences(
    delivery: &Delivery,
    contents: Option<&Contents>,
    event: Option<&Event>,
    unconcerned: u32,
) -> Vec<String> {
    let walk = Walk {
        delivery,
        contents,
        event,
        unconcerned,
    };
    let Some(contents) = contents else {
        return [StepName::Route, StepName::Match, StepName::Answer]
            .into_iter()
            .filter(|step| *step != StepName::Route || !delivery.is_synthesized())
            .map(|step| format!("{}: {}", word(step), walk.passed(step, None)))
            .collect();
    };
    let sentence = |step: &Step| format!("{}: {}", word(step.step), walk.sentence(step));
    contents.steps.iter().map(sentence).collect()
}

struct Walk<'w> {
    delivery: &'w Delivery,
    contents: Option<&'w Contents>,
    event: Option<&'w Event>,
    unconcerned: u32,
}

impl Walk<'_> {
    fn sentence(&self, step: &Step) -> String {
        let reason = step.reason.as_deref();
        match (step.outcome, self.delivery.outcome, reason) {
            (StepOutcome::Ok, ..) => self.passed(step.step, reason),
            (StepOutcome::Stopped, Outcome::Malformed, Some(reason)) => {
                format!("the plugin could not read the payload: {reason}")
            }
            (StepOutcome::Stopped, Outcome::Unparsed, Some(reason)) => {
                format!("the plugin failed, and tries again in its next version: {reason}")
            }
            (StepOutcome::Stopped, _, Some(reason)) => format!("here it ended: {reason}"),
            (StepOutcome::Stopped, _, None) => "here it ended".to_owned(),
        }
    }

    fn passed(&self, step: StepName, reason: Option<&str>) -> String {
        let delivery = self.delivery;
        match step {
            StepName::Route => self.route(),
            StepName::Evidence => format!(
                "its header fields name the event `{}` and what is to prove it",
                self.contents.map_or("", |contents| contents.forge_event.as_str())
            ),
            StepName::Body => format!("{} bytes were read", delivery.payload_bytes),
            StepName::Proof => "it was made with a secret that is stored here".to_owned(),
            StepName::Source if delivery.test => {
                "it is a test of an operator's, whose address is not asked about".to_owned()
            }
            StepName::Source => format!("`allowed_ips` lets {} in", delivery.source_ip),
            StepName::Recognise => match delivery.repeat_of {
                Some(earlier) => format!(
                    "it had not come before under its id; the same bytes came under another, as the delivery {earlier}"
                ),
                None => "it had not come before".to_owned(),
            },
            StepName::Parse => self.parse(),
            StepName::Match => self.matched(reason),
            StepName::Commit => self.commit(),
            StepName::Answer if delivery.is_synthesized() => "nobody waits for one".to_owned(),
            StepName::Answer => format!("it was answered {}", delivery.status),
        }
    }

    fn route(&self) -> String {
        let forge = &self.delivery.route.forge;
        let way = match &self.delivery.route.integration {
            Some((_, name)) => format!("by the integration `{name}`"),
            None => "for the app".to_owned(),
        };
        format!("it came from {} for `{forge}`, {way}", self.delivery.source_ip)
    }

    fn parse(&self) -> String {
        let Some((kind, action)) = &self.delivery.event else {
            return "the plugin read it".to_owned();
        };
        let action = action.as_ref().map(|action| format!(" `{action}`")).unwrap_or_default();
        let actor = self.event.and_then(|event| event.actor.as_ref());
        let by = actor.map(|actor| format!(", by `{}`", actor.user.login));
        let by = by.unwrap_or_default();
        format!("the plugin read the event `{}`{action}{by}", kind.as_str())
    }

    fn matched(&self, pressed: Option<&str>) -> String {
        let findings = &self.delivery.findings;
        let pressed = pressed.map(|pressed| format!("{pressed}; ")).unwrap_or_default();
        let reason = findings.reason.map(|reason| format!(": {}", self.reason(reason)));
        let reason = reason.unwrap_or_default();
        let urls = findings.repository_urls.iter().take(MOST_URLS);
        let urls: Vec<_> = urls.map(|url| format!("`{url}`")).collect();
        if urls.is_empty() {
            return format!("{pressed}it names no repository{reason}");
        }
        let repository = urls.join(" or ");
        let projects = match findings.projects_scanned {
            1 => "1 project has it and a trigger for this integration".to_owned(),
            count => format!("{count} projects have it and a trigger for this integration"),
        };
        let unconcerned = match self.unconcerned {
            0 => String::new(),
            count => format!("; {count} without a trigger for `{}` events", self.kind().as_str()),
        };
        format!("{pressed}its repository is {repository}; {projects}{unconcerned}{reason}")
    }

    fn reason(&self, reason: Reason) -> String {
        match (reason, listens_to(self.kind())) {
            (Reason::NoTriggerForEvent, None) => {
                format!("no kind of trigger listens to `{}` events", self.kind().as_str())
            }
            (Reason::NoMatchingRepository, _) if self.delivery.findings.repository_urls.is_empty() => {
                "it is no project's".to_owned()
            }
            (Reason::NoLinkedProject, _) if self.delivery.route.integration.is_none() => {
                "no trigger names an integration of its installation".to_owned()
            }
            _ => sentence(reason).to_owned(),
        }
    }

    fn kind(&self) -> Kind {
        self.delivery.event.as_ref().map_or(Kind::Unknown, |(kind, _)| *kind)
    }

    fn commit(&self) -> String {
        let findings = &self.delivery.findings;
        let held = findings.queued.iter().filter(|entry| entry.held).count();
        let counts = [
            (findings.queued.len() - held, "queued"),
            (held, "held"),
            (findings.skipped.len(), "skipped"),
        ];
        let told = counts.iter().filter(|(count, _)| *count > 0);
        let told: Vec<_> = told.map(|(count, word)| format!("{count} {word}")).collect();
        match told.as_slice() {
            [] => "it was recorded, and queued nothing".to_owned(),
            told => format!(
                "it was recorded in one transaction with what came of it: {}",
                told.join(", ")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use forgegate_model::delivery::{Findings, Route};
    use forgegate_model::event::Detail;
    use forgegate_model::testing;

    use super::*;

    fn delivery(outcome: Outcome, reason: Option<Reason>) -> Delivery {
        Delivery {
            route: Route {
                forge: "forge".into(),
                organization: None,
                integration: None,
            },
            payload_bytes: 7,
            event: Some((Kind::Issue, Some("opened".into()))),
            outcome,
            findings: Findings {
                repository_urls: vec!["https://h/a/b".into()],
                projects_scanned: 2,
                reason,
                ..Findings::default()
            },
            ..testing::delivery()
        }
    }

    fn contents(steps: Vec<Step>) -> Contents {
        Contents {
            forge_event: "issues".into(),
            steps,
            ..testing::contents()
        }
    }

    fn step(step: StepName, outcome: StepOutcome, reason: Option<&str>) -> Step {
        Step {
            step,
            outcome,
            reason: reason.map(str::to_owned),
            microseconds: None,
        }
    }

    #[test]
    fn each_step_is_a_sentence_that_begins_with_its_name() {
        let all = [
            StepName::Route,
            StepName::Evidence,
            StepName::Body,
            StepName::Proof,
            StepName::Source,
            StepName::Recognise,
            StepName::Parse,
            StepName::Match,
            StepName::Commit,
            StepName::Answer,
        ];
        let steps = all.map(|name| step(name, StepOutcome::Ok, None)).to_vec();
        let delivery = delivery(Outcome::Ignored, Some(Reason::NoTriggerForEvent));
        let event = testing::event(Detail::Ping);
        let told = sentences(&delivery, Some(&contents(steps)), Some(&event), 0);
        assert_eq!(
            told,
            [
                "route: it came from 192.0.2.1 for `forge`, for the app",
                "evidence: its header fields name the event `issues` and what is to prove it",
                "body: 7 bytes were read",
                "proof: it was made with a secret that is stored here",
                "source: `allowed_ips` lets 192.0.2.1 in",
                "recognise: it had not come before",
                "parse: the plugin read the event `issue` `opened`, by `user-1`",
                "match: its repository is `https://h/a/b`; 2 projects have it and a trigger for this integration: no kind of \
                 trigger listens to `issue` events",
                "commit: it was recorded, and queued nothing",
                "answer: it was answered 200",
            ]
        );
    }

    #[test]
    fn a_step_at_which_it_ended_says_why() {
        let stopped = |outcome, name, reason| {
            let contents = contents(vec![step(name, StepOutcome::Stopped, Some(reason))]);
            sentences(&delivery(outcome, None), Some(&contents), None, 0)
        };
        assert_eq!(
            stopped(Outcome::Malformed, StepName::Parse, "`after` is missing"),
            ["parse: the plugin could not read the payload: `after` is missing"]
        );
        assert_eq!(
            stopped(Outcome::Forbidden, StepName::Source, "the address is not on the list"),
            ["source: here it ended: the address is not on the list"]
        );
    }

    #[test]
    fn of_a_row_alone_the_beginning_and_the_end_are_told() {
        let delivery = delivery(Outcome::Queued, None);
        let told = sentences(&delivery, None, None, 1);
        assert_eq!(told.len(), 3);
        assert!(
            told[1].ends_with("; 1 without a trigger for `issue` events"),
            "{told:?}"
        );
    }
}
