//! Auto-attach: the integrations that a project is attached to when it is made, without being asked: the one that matches, if it
//! is the only one.

use uuid::Uuid;

use crate::action::{Action, ActionKind};
use crate::ids::{ActionId, IntegrationId, TriggerId};
use crate::integration::{Integration, IntegrationKind};
use crate::name::Name;
use crate::plugin::Description;
use crate::project::Project;
use crate::repository::{ForgeBase, RepositoryIdentity};
use crate::timestamp::Timestamp;
use crate::trigger::{Trigger, TriggerKind};

/// The name of the report that a project gets by itself.
pub const REPORT: &str = "forge-status-report";

/// The links to be made. Each kind is decided by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attachment {
    /// The inbound integration of a push trigger.
    pub inbound: Option<IntegrationId>,
    /// The outbound integration of a status report.
    pub outbound: Option<IntegrationId>,
}

/// Finds for a project's repository the one inbound and the one outbound integration of its organization that match. Where none
/// or several do, nothing is attached. `integrations` are all of the organization's, `plugins` those that are loaded.
///
/// A row matches where
/// - it is an app's: its forge's host and its account are those of the repository; else
/// - it has a base URL: the repository lies below that; else
/// - the repository's host is a public host of its forge or, for an inbound row, that of an outbound row of the same forge.
///
/// A row that is narrowed to repositories matches none but those.
#[must_use]
pub fn attachment(
    repository: &RepositoryIdentity,
    integrations: &[&Integration],
    plugins: &[&Description],
) -> Attachment {
    let surroundings = Surroundings {
        repository,
        integrations,
        plugins,
    };
    Attachment {
        inbound: surroundings.only(IntegrationKind::Inbound),
        outbound: surroundings.only(IntegrationKind::Outbound),
    }
}

/// A project with what it is linked by, the oldest first.
#[derive(Clone, Copy, Debug)]
pub struct Linked<'a> {
    /// The project to link.
    pub project: &'a Project,
    /// All triggers of the project.
    pub triggers: &'a [Trigger],
    /// All actions of the project.
    pub actions: &'a [Action],
}

/// The links that a project lacks and has exactly one integration for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lacking {
    /// A push trigger, made or linked again.
    pub trigger: Option<Trigger>,
    /// A status report, made or linked again.
    pub action: Option<Action>,
}

/// Finds what a project lacks once an integration was made: a push trigger, a report, or the link of one that lost its own.
/// `fresh` makes the ids of what is made.
#[must_use]
pub fn lacking(
    linked: &Linked<'_>,
    integrations: &[&Integration],
    plugins: &[&Description],
    mut fresh: impl FnMut() -> Uuid,
    at: Timestamp,
) -> Lacking {
    let Linked {
        project,
        triggers,
        actions,
    } = *linked;
    let found = attachment(&RepositoryIdentity::of_record(&project.identity), integrations, plugins);
    let push = triggers.iter().find(|row| row.kind == TriggerKind::Push);
    let trigger = match (push, found.inbound) {
        (None, Some(id)) => {
            let trigger = TriggerId(fresh());
            Some(Trigger::new(trigger, project.id, TriggerKind::Push, Some(id), at))
        }
        (Some(row), Some(id)) if row.integration.is_none() => Some(Trigger {
            integration: Some(id),
            ..row.clone()
        }),
        _ => None,
    };
    let report = actions.iter().find(|row| row.kind == ActionKind::ForgeStatusReport);
    let action = match (report, found.outbound) {
        (None, Some(id)) => report_name(actions).map(|name| Action {
            id: ActionId(fresh()),
            project: project.id,
            name,
            kind: ActionKind::ForgeStatusReport,
            integration: Some(id),
            url: None,
            has_signing_key: false,
            events: Vec::new(),
            created_at: at,
        }),
        (Some(row), Some(id)) if row.integration.is_none() => Some(Action {
            integration: Some(id),
            ..row.clone()
        }),
        _ => None,
    };
    Lacking { trigger, action }
}

/// A name for a report that none of these actions has.
#[must_use]
pub fn report_name(actions: &[Action]) -> Option<Name> {
    let is_free = |text: &String| actions.iter().all(|row| row.name.as_str() != text);
    let numbered = (2..).map(|number: u64| format!("{REPORT}-{number}"));
    std::iter::once(REPORT.to_owned())
        .chain(numbered)
        .find(is_free)?
        .parse()
        .ok()
}

struct Surroundings<'a> {
    repository: &'a RepositoryIdentity,
    integrations: &'a [&'a Integration],
    plugins: &'a [&'a Description],
}

impl Surroundings<'_> {
    fn only(&self, kind: IntegrationKind) -> Option<IntegrationId> {
        let mut matching = self
            .integrations
            .iter()
            .filter(|it| it.kind == kind && self.is_within(it) && self.matches(it));
        let first = matching.next()?;
        matching.next().is_none().then_some(first.id)
    }

    fn is_within(&self, row: &Integration) -> bool {
        let is_it = |it: &String| it == self.repository.as_str();
        row.repositories.is_empty() || row.repositories.iter().any(is_it)
    }

    fn matches(&self, row: &Integration) -> bool {
        let below = match &row.base_url {
            Some(url) => ForgeBase::parse(url).ok().and_then(|base| base.below(self.repository)),
            None if self.is_public_host(&row.forge) || self.is_known_host(row) => Some(self.repository.path()),
            None => None,
        };
        match (below, &row.account) {
            (None, _) => false,
            (Some(path), Some(account)) if row.is_app_managed() => path
                .split_once('/')
                .is_some_and(|(owner, _)| owner.eq_ignore_ascii_case(account)),
            // An app's row whose account is not known stands for no repository.
            (Some(_), _) => !row.is_app_managed(),
        }
    }

    fn is_public_host(&self, forge: &str) -> bool {
        let hosts = self
            .plugins
            .iter()
            .filter(|it| it.forge == forge)
            .flat_map(|it| &it.public_hosts);
        self.is_among(hosts.filter_map(|host| ForgeBase::of_host(host).ok()))
    }

    /// True if an outbound row of the same forge says that this host is one.
    fn is_known_host(&self, row: &Integration) -> bool {
        let same =
            |it: &&&Integration| it.kind == IntegrationKind::Outbound && it.forge == row.forge && !it.is_app_managed();
        let urls = self
            .integrations
            .iter()
            .filter(same)
            .filter_map(|it| it.base_url.as_deref());
        row.kind == IntegrationKind::Inbound
            && !row.is_app_managed()
            && self.is_among(urls.filter_map(|url| ForgeBase::parse(url).ok()))
    }

    fn is_among(&self, mut bases: impl Iterator<Item = ForgeBase>) -> bool {
        bases.any(|base| base.host() == self.repository.host())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::plugin::{HookForm, Scope, TokenForm};
    use crate::testing;

    fn plugin(forge: &str, hosts: &[&str]) -> Description {
        Description {
            forge: forge.into(),
            display_name: forge.into(),
            version: "1".into(),
            scope: Scope::PerIntegration,
            shorthands: vec![],
            public_hosts: hosts.iter().map(|&it| it.to_owned()).collect(),
            credential_headers: vec![],
            kept_headers: vec![],
            hook: HookForm {
                content_type: String::new(),
                secret_field: String::new(),
                signing_key_field: None,
                events: vec![],
                warnings: vec![],
            },
            token: TokenForm {
                role: String::new(),
                scopes: vec![],
                sentence: String::new(),
            },
            api: vec![],
            paths: vec![],
        }
    }

    fn row(number: u128, kind: IntegrationKind, forge: &str, base_url: Option<&str>) -> Integration {
        let id = IntegrationId(Uuid::from_u128(number));
        Integration {
            id,
            kind,
            forge: forge.into(),
            base_url: base_url.map(str::to_owned),
            ..testing::integration()
        }
    }

    fn inbound(number: u128, forge: &str, base_url: Option<&str>) -> Integration {
        row(number, IntegrationKind::Inbound, forge, base_url)
    }

    fn outbound(number: u128, forge: &str, base_url: Option<&str>) -> Integration {
        row(number, IntegrationKind::Outbound, forge, base_url)
    }

    fn app(number: u128, kind: IntegrationKind, base_url: Option<&str>, account: Option<&str>) -> Integration {
        let account = account.map(str::to_owned);
        Integration {
            installation_id: Some("5".into()),
            account,
            ..row(number, kind, "hub", base_url)
        }
    }

    /// The numbers of what is attached.
    fn attached(repository: &str, rows: &[Integration]) -> (Option<u128>, Option<u128>) {
        let plugins = [
            plugin("hub", &["hub.example"]),
            plugin("tea", &[]),
            plugin("lab", &["Lab.example", "not a host"]),
        ];
        let repository = RepositoryIdentity::parse(repository, &[]).unwrap();
        let found = attachment(
            &repository,
            &rows.iter().collect::<Vec<_>>(),
            &plugins.iter().collect::<Vec<_>>(),
        );
        let number = |id: Option<IntegrationId>| id.map(|id| id.0.as_u128());
        (number(found.inbound), number(found.outbound))
    }

    #[test]
    fn a_row_matches_by_base_url_or_known_host() {
        let tea = "https://tea.example/Acme/widgets";
        for (name, repository, rows, expected) in [
            ("nothing there", tea, vec![], (None, None)),
            (
                "its base URL",
                tea,
                vec![outbound(1, "tea", Some("https://tea.example"))],
                (None, Some(1)),
            ),
            (
                "another host",
                tea,
                vec![outbound(1, "tea", Some("https://other.example"))],
                (None, None),
            ),
            (
                "an outbound row makes its host known",
                tea,
                vec![
                    inbound(1, "tea", None),
                    outbound(2, "tea", Some("https://tea.example:3000")),
                ],
                (Some(1), Some(2)),
            ),
            (
                "not that of another forge",
                tea,
                vec![inbound(1, "lab", None), outbound(2, "tea", Some("https://tea.example"))],
                (None, Some(2)),
            ),
            ("no host known", tea, vec![inbound(1, "tea", None)], (None, None)),
            (
                "its own base URL",
                tea,
                vec![inbound(1, "tea", Some("https://tea.example/"))],
                (Some(1), None),
            ),
            (
                "its own base URL goes before others",
                tea,
                vec![
                    inbound(1, "tea", Some("https://x.example")),
                    outbound(2, "tea", Some("https://tea.example")),
                ],
                (None, Some(2)),
            ),
            (
                "a public host",
                "git@lab.example:a/b/c.git",
                vec![inbound(1, "lab", None), outbound(2, "lab", None)],
                (Some(1), Some(2)),
            ),
            (
                "a public host of another forge",
                "https://lab.example/a/b",
                vec![inbound(1, "tea", None), outbound(2, "hub", None)],
                (None, None),
            ),
            (
                "a sub-path",
                "https://h.example/tea/a/b",
                vec![
                    outbound(1, "tea", Some("https://h.example/tea")),
                    inbound(2, "tea", None),
                ],
                (Some(2), Some(1)),
            ),
            (
                "beside the sub-path",
                "https://h.example/teapot/a/b",
                vec![outbound(1, "tea", Some("https://h.example/tea"))],
                (None, None),
            ),
            (
                "a base URL that is none",
                tea,
                vec![outbound(1, "tea", Some("tea.example"))],
                (None, None),
            ),
        ] {
            assert_eq!(attached(repository, &rows), expected, "{name}");
        }
    }

    #[test]
    fn each_kind_is_decided_by_itself_and_two_of_a_kind_attach_nothing() {
        let url = Some("https://tea.example");
        let rows = [inbound(1, "tea", url), outbound(2, "tea", url), outbound(3, "tea", url)];
        assert_eq!(attached("https://tea.example/a/b", &rows), (Some(1), None));
        let rows = [inbound(1, "tea", url), inbound(2, "lab", url), outbound(3, "tea", url)];
        assert_eq!(attached("https://tea.example/a/b", &rows), (None, Some(3)));
    }

    #[test]
    fn an_apps_row_matches_by_host_and_account() {
        let pair = |base: Option<&str>, account: Option<&str>| {
            [
                app(1, IntegrationKind::Inbound, base, account),
                app(2, IntegrationKind::Outbound, base, account),
            ]
        };
        let own = Some("https://hub.acme.example/sub");
        for (name, repository, rows, matches) in [
            (
                "its account",
                "https://hub.example/acme/w",
                pair(None, Some("Acme")),
                true,
            ),
            (
                "another account",
                "https://hub.example/other/w",
                pair(None, Some("acme")),
                false,
            ),
            (
                "an account that begins alike",
                "https://hub.example/acme-x/w",
                pair(None, Some("acme")),
                false,
            ),
            (
                "another host",
                "https://tea.example/acme/w",
                pair(None, Some("acme")),
                false,
            ),
            ("no account", "https://hub.example/acme/w", pair(None, None), false),
            (
                "an instance of its own",
                "https://hub.acme.example/sub/acme/w",
                pair(own, Some("acme")),
                true,
            ),
            (
                "not the public host then",
                "https://hub.example/acme/w",
                pair(own, Some("acme")),
                false,
            ),
            (
                "not another sub-path",
                "https://hub.acme.example/acme/w",
                pair(own, Some("acme")),
                false,
            ),
        ] {
            assert_eq!(
                attached(repository, &rows),
                if matches { (Some(1), Some(2)) } else { (None, None) },
                "{name}"
            );
        }
        let both = [
            app(1, IntegrationKind::Inbound, None, Some("acme")),
            app(2, IntegrationKind::Inbound, None, Some("other")),
        ];
        assert_eq!(
            attached("https://hub.example/acme/w", &both),
            (Some(1), None),
            "of two accounts one matches"
        );
    }

    fn wanting(triggers: &[Trigger], actions: &[Action]) -> Lacking {
        let url = Some("https://git.example");
        let rows = [inbound(1, "tea", url), outbound(2, "tea", url)];
        let project = testing::project();
        let linked = Linked {
            project: &project,
            triggers,
            actions,
        };
        let mut next = 100;
        let fresh = || {
            next += 1;
            Uuid::from_u128(next)
        };
        lacking(
            &linked,
            &rows.iter().collect::<Vec<_>>(),
            &[],
            fresh,
            Timestamp::default(),
        )
    }

    fn action(name: &str, kind: ActionKind, integration: Option<u128>) -> Action {
        Action {
            name: name.parse().unwrap(),
            kind,
            integration: integration.map(|id| IntegrationId(Uuid::from_u128(id))),
            ..testing::action()
        }
    }

    #[test]
    fn a_project_gets_what_it_lacks_and_nothing_that_it_has() {
        let first = wanting(&[], &[action(REPORT, ActionKind::WebRequest, None)]);
        let (trigger, report) = (first.trigger.unwrap(), first.action.unwrap());
        assert_eq!(
            (trigger.kind, trigger.integration),
            (TriggerKind::Push, Some(IntegrationId(Uuid::from_u128(1))))
        );
        assert_eq!(
            (report.name.as_str(), report.integration),
            ("forge-status-report-2", Some(IntegrationId(Uuid::from_u128(2))))
        );
        assert_eq!(wanting(&[trigger], &[report]), Lacking::default());
    }

    #[test]
    fn what_lost_its_link_gets_another_and_stays_what_it_was() {
        let lost = Trigger {
            integration: None,
            branches: vec!["main".into()],
            ..testing::trigger(5, TriggerKind::Push)
        };
        let report = action("report", ActionKind::ForgeStatusReport, None);
        let found = wanting(std::slice::from_ref(&lost), std::slice::from_ref(&report));
        let trigger = found.trigger.unwrap();
        assert_eq!((trigger.id, trigger.branches), (lost.id, lost.branches));
        assert_eq!(trigger.integration, Some(IntegrationId(Uuid::from_u128(1))));
        assert_eq!(found.action.unwrap().id, report.id);
    }

    #[test]
    fn a_row_that_is_narrowed_to_others_does_not_stand_in_the_way() {
        let narrowed = |number, repository: &str| Integration {
            repositories: vec![repository.to_owned()],
            ..inbound(number, "tea", Some("https://tea.example"))
        };
        let wide = inbound(1, "tea", Some("https://tea.example"));
        let repository = RepositoryIdentity::parse("https://tea.example/a/b", &[]).unwrap();
        let found = |rows: &[Integration]| {
            let rows: Vec<_> = rows.iter().collect();
            attachment(&repository, &rows, &[]).inbound.map(|id| id.0.as_u128())
        };
        assert_eq!(found(&[wide.clone(), narrowed(2, "tea.example/a/c")]), Some(1));
        assert_eq!(found(&[narrowed(2, "tea.example/a/b")]), Some(2));
        assert_eq!(found(&[wide, narrowed(2, "tea.example/a/b")]), None);
    }
}
