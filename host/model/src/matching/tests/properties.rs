//! Properties of the rules whatever the event and the triggers.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::evaluation::Trust;
use crate::event::{Actor, MergeGroup, PullRequest, PullRequestState, Push, Release, Tag};
use crate::ids::TriggerId;
use crate::matching::skip;
use crate::project::StableId;
use crate::queueing::Gate;
use crate::trust::{EventContext, Instance};

/// Names that collide often.
fn name() -> impl Strategy<Value = String> {
    select(vec!["main", "dev", "v1", "src/a", "src/b", "docs/a", "release/1"]).prop_map(str::to_owned)
}

/// Patterns that match some of them.
fn pattern() -> impl Strategy<Value = String> {
    let some = [
        "main",
        "dev",
        "v1",
        "src/**",
        "src/*",
        "docs/**",
        "release/*",
        "*",
        "**",
        "/^src/",
        "/a$/",
    ];
    (select(some.to_vec()), any::<bool>())
        .prop_map(|(it, wanted)| if wanted { it.to_owned() } else { format!("!{it}") })
}

fn patterns(list: &[String]) -> Patterns {
    Patterns::compile(list).unwrap()
}

fn trigger() -> impl Strategy<Value = Trigger> {
    let kinds = [
        TriggerKind::Push,
        TriggerKind::Tag,
        TriggerKind::PullRequest,
        TriggerKind::Release,
        TriggerKind::Comment,
    ];
    let lists = (vec(pattern(), 0..3), vec(pattern(), 0..3), vec(pattern(), 0..3));
    (0..kinds.len(), 1..6u128, lists, any::<[bool; 4]>()).prop_map(move |(kind, number, lists, flags)| Trigger {
        branches: lists.0,
        target_branches: lists.1,
        paths: lists.2,
        drafts: flags[0],
        skip_ci: flags[1],
        require_approval: flags[2],
        active: flags[3],
        ..testing::trigger(number, kinds[kind])
    })
}

fn detail() -> impl Strategy<Value = Detail> {
    let push = (name(), vec(name(), 0..4), any::<[bool; 2]>()).prop_map(|(branch, changed_paths, flags)| {
        Detail::Push(Push {
            changed_paths,
            paths_complete: flags[0],
            deleted: flags[1],
            after: (!flags[1]).then(|| testing::sha('b')),
            ..testing::push(&format!("refs/heads/{branch}"))
        })
    });
    let tag = (name(), any::<bool>()).prop_map(|(name, deleted)| {
        Detail::Tag(Tag {
            deleted,
            ..testing::tag(&name)
        })
    });
    let request = (name(), any::<[bool; 3]>(), option::of(1..4u8)).prop_map(|(target, flags, head)| {
        let mut it = PullRequest {
            fork: flags[0],
            draft: flags[1],
            ..testing::pull_request()
        };
        if flags[2] {
            it.state = PullRequestState::Merged;
        }
        it.base.ref_name = format!("refs/heads/{target}");
        it.head.repository_id = head.map(|number| (40 + number).to_string());
        Detail::PullRequest(it)
    });
    let release = (name(), any::<bool>()).prop_map(|(tag, prerelease)| {
        Detail::Release(Release {
            prerelease,
            ..testing::release(&tag)
        })
    });
    let group = any::<bool>().prop_map(|destroyed| {
        Detail::MergeGroup(MergeGroup {
            destroyed,
            ..testing::merge_group()
        })
    });
    prop_oneof![push, tag, request, release, group]
}

fn trust_of(event: &Event, project: &Project) -> Trust {
    let instance = Instance {
        forge: testing::FORGE,
        host: testing::HOST,
    };
    EventContext { event, instance }.trust(project)
}

proptest! {
    #[test]
    fn the_order_of_patterns_means_nothing(list in vec(pattern(), 0..6), name in name(), turn in 0..6usize) {
        let mut turned = list.clone();
        turned.rotate_left(turn.min(list.len()));
        prop_assert_eq!(patterns(&list).matches(&name), patterns(&turned).matches(&name));
    }

    #[test]
    fn no_pattern_lets_all_pass_and_only_unwanted_ones_let_the_others_pass(list in vec(pattern(), 0..6), name in name()) {
        let (unwanted, wanted): (Vec<_>, Vec<_>) = list.iter().cloned().partition(|it| it.starts_with('!'));
        prop_assert!(patterns(&[]).matches(&name));
        let named: Vec<_> = unwanted.iter().map(|it| it[1..].to_owned()).collect();
        let stopped = !named.is_empty() && patterns(&named).matches(&name);
        let asked = wanted.is_empty() || patterns(&wanted).matches(&name);
        prop_assert_eq!(patterns(&list).matches(&name), asked && !stopped);
    }

    #[test]
    fn a_further_unwanted_pattern_never_lets_more_pass(list in vec(pattern(), 0..6), more in pattern(), name in name()) {
        let mut longer = list.clone();
        longer.push(format!("!{}", more.trim_start_matches('!')));
        prop_assert!(!patterns(&longer).matches(&name) || patterns(&list).matches(&name));
    }

    #[test]
    fn two_stars_match_all_that_one_does(name in "[a-z/]{0,12}", stem in "(|src/|src/a/)") {
        let (one, two) = (patterns(&[format!("{stem}*")]), patterns(&[format!("{stem}**")]));
        prop_assert!(!one.matches(&name) || two.matches(&name));
        let rest = name.strip_prefix(&stem);
        prop_assert_eq!(one.matches(&name), rest.is_some_and(|rest| !rest.contains('/')));
    }

    #[test]
    fn an_incomplete_list_of_paths_is_never_unchanged(wanted in vec(pattern(), 0..4), changed in vec(name(), 0..4)) {
        let push = Push { changed_paths: changed, paths_complete: false, ..testing::push("refs/heads/main") };
        prop_assert!(PathsVerdict::of_push(&patterns(&wanted), &push) != PathsVerdict::Unchanged);
    }

    #[test]
    fn a_further_changed_path_never_makes_a_push_less_wanted(
        wanted in vec(pattern(), 0..4),
        changed in vec(name(), 0..4),
        more in name(),
        paths_complete in any::<bool>(),
    ) {
        let wanted = patterns(&wanted);
        let verdict = |changed_paths| {
            PathsVerdict::of_push(&wanted, &Push { changed_paths, paths_complete, ..testing::push("refs/heads/main") })
        };
        let rank = |verdict| match verdict {
            PathsVerdict::Unchanged => 0,
            PathsVerdict::Unknown => 1,
            PathsVerdict::Changed => 2,
        };
        let fewer = rank(verdict(changed.clone()));
        prop_assert!(rank(verdict([changed, vec![more]].concat())) >= fewer);
    }

    #[test]
    fn paths_that_are_only_unwanted_stop_a_push_whose_paths_are_all_among_them(
        changed in vec("docs/[a-z]{1,3}", 0..4),
        other in option::of("src/[a-z]{1,3}"),
    ) {
        let push = Push {
            changed_paths: changed.into_iter().chain(other.clone()).collect(),
            paths_complete: true,
            ..testing::push("refs/heads/main")
        };
        let verdict = PathsVerdict::of_push(&patterns(&["!docs/**".to_owned()]), &push);
        prop_assert_eq!(verdict == PathsVerdict::Changed, other.is_some());
    }

    #[test]
    fn a_marker_counts_wherever_it_stands_and_whatever_its_case(
        before in "[a-z \n]{0,20}",
        after in "[a-z \n]{0,20}",
        which in 0..skip::MARKERS.len(),
        upper in any::<bool>(),
    ) {
        let marker = skip::MARKERS[which];
        let marker = if upper { marker.to_uppercase() } else { marker.to_owned() };
        let asks = |message: String| {
            let tag = Tag { message: Some(message), ..testing::tag("v1") };
            judged(testing::trigger(1, TriggerKind::Tag), Detail::Tag(tag)) == Some(Reason::SkipRequested)
        };
        let (asking, silent) = (format!("{before}{marker}{after}"), format!("{before}{after}"));
        prop_assert!(asks(asking));
        prop_assert!(!asks(silent));
    }

    /// The oldest that lets it through decides; the reason is one that some trigger has.
    #[test]
    fn a_delivery_makes_at_most_one_evaluation_of_a_project(detail in detail(), triggers in vec(trigger(), 1..6)) {
        let event = testing::event(detail.clone());
        let kind = listens_to(event.kind());
        let project = testing::project();
        let given = Given { event, triggers: triggers.clone(), project: project.clone(), ..given() };
        let (count, verdict, _) = matched(&given);
        prop_assert_eq!(count, 1);
        let mut concerned: Vec<_> = triggers.into_iter().filter(|it| Some(it.kind) == kind).collect();
        concerned.sort_by_key(|it| it.id);
        let first = concerned.iter().find(|it| judged((*it).clone(), detail.clone()).is_none());
        match verdict.unwrap() {
            Verdict::Queue { matched_trigger, gate, work } => {
                let first = first.unwrap();
                prop_assert_eq!(matched_trigger.trigger, first.id);
                let trust = trust_of(&given.event, &project);
                prop_assert_eq!(work.trust, trust);
                prop_assert_eq!(gate == Gate::Held, trust != Trust::Trusted && first.require_approval);
            }
            Verdict::Skip { matched_trigger, reason } => {
                // What a worker must not be handed, a gone commit for one, no trigger lets through in the end.
                let id: TriggerId = matched_trigger.unwrap().trigger;
                let by = concerned.iter().filter(|it| it.id == id).map(|it| judged(it.clone(), detail.clone()));
                prop_assert!(first.is_some() && reason == Reason::Filtered || by.into_iter().any(|it| it == Some(reason)));
            }
            Verdict::AskCommit { matched_trigger, .. } | Verdict::AskPermission { matched_trigger, .. } => {
                prop_assert_eq!(matched_trigger.trigger, first.unwrap().id);
            }
            Verdict::Unconcerned => prop_assert!(concerned.is_empty()),
        }
    }

    /// Whatever else an event says: a fork is trusted only where what is no fork is.
    #[test]
    fn the_plugin_s_word_that_it_is_a_fork_only_takes_trust(
        head in option::of(40..45u8),
        base in option::of(40..45u8),
        pinned in option::of(40..45u8),
        branch in "(refs/heads/feature|refs/pull/7/head|feature)",
        people in (option::of(1..4u8), option::of(1..4u8), vec(1..4u8, 0..3)),
        new_code in any::<bool>(),
    ) {
        let text = |number: Option<u8>| number.map(|it| it.to_string());
        let (author, actor, trusted) = people;
        let project = Project {
            repository_id: pinned.map(|it| testing::stable(&it.to_string())),
            trusted: trusted.iter().map(|it| testing::stable(&it.to_string())).collect(),
            ..testing::project()
        };
        let trust = |fork| {
            let mut it = PullRequest { fork, new_code, ..testing::pull_request() };
            it.head.repository_id = text(head);
            it.base.repository_id = text(base);
            it.head.ref_name = branch.clone();
            it.author.id = text(author);
            let mut event = testing::event(Detail::PullRequest(it));
            event.actor = Some(Actor { user: crate::event::User { id: text(actor), login: "x".into() }, bot: false });
            trust_of(&event, &project)
        };
        prop_assert!(trust(true) == Trust::Untrusted || trust(false) == Trust::Trusted);
        let listed = |id: Option<u8>| id.is_some_and(|id| trusted.contains(&id));
        let by_people = listed(author) && (!new_code || listed(actor));
        let known = pinned.is_none_or(|id| id == 42);
        prop_assert_eq!(trust(true) == Trust::Trusted, known && by_people, "of a fork its people alone can tell");
        prop_assert!(trust(false) != Trust::Approved);
    }

    #[test]
    fn another_id_under_the_name_is_never_trusted(detail in detail(), other in 43..50u8) {
        let pinned: StableId = testing::stable(&other.to_string());
        let project = Project { repository_id: Some(pinned), ..testing::project() };
        prop_assert_eq!(trust_of(&testing::event(detail), &project), Trust::Untrusted);
    }
}
