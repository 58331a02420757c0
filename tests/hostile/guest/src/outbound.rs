//! Bad behaviour in outbound calls, asked for by an installation, a repository's name, a status's context or whatever else the
//! host hands in as a text. An unknown deed is none, and is answered well.

use forgegate_sdk::events::{Actor, Detail, Event, Push, ReviewState, User};
use forgegate_sdk::outbound::{
    AccessLevel, Account, AppExchange, AppForm, AppSpec, Approval, Authorization, CallError, CommentText,
    CredentialHeader, Head, HeadsPage, HistoryPage, HookOwner, HookResult, HookSpec, HookState, InstallationNow,
    MissedDelivery, OutboundError, PullRequestNow, Reaction, RepositoriesPage, RepositoryNow, RepositoryRef, Request,
    Response, Status, send,
};
use forgegate_sdk::{Header, Method, Outbound};

use crate::{Hostile, deeds};

/// A commit.
const SHA: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

impl Outbound for Hostile {
    fn authorize(account: &Account) -> Result<Authorization, OutboundError> {
        let deed = match account {
            Account::Installation(deed) => deed.as_str(),
            Account::Token | Account::App => "none",
        };
        Ok(Authorization::Header(CredentialHeader {
            name: choose(deed == "no-field", "Not A Field", "authorization"),
            prefix: choose(deed == "two-lines", "token \r\nx-evil: ", "token "),
        }))
    }

    fn draft_app(spec: &AppSpec) -> Result<AppForm, OutboundError> {
        Ok(AppForm {
            path: vec!["settings".into(), choose(spec.name == "way-up", "..", "new")],
            query: vec![("state".into(), spec.state.clone())],
            fields: vec![("wish".into(), spec.hook_url.clone())],
        })
    }

    fn redeem_app(code: &str) -> Result<AppExchange, OutboundError> {
        Ok(AppExchange {
            request: get(&["conversions", code]),
            id: "/id".into(),
            page: "/page".into(),
            private_key: choose(code == "no-pointer", "pem", "/pem"),
            webhook_secret: "/secret".into(),
        })
    }

    fn access(repository: &RepositoryRef, _who: &User) -> Result<AccessLevel, OutboundError> {
        deeds::harm(&repository.full_name);
        match ask(&get(&["access"]))?.status {
            200..300 => Ok(AccessLevel::Write),
            _ => Ok(AccessLevel::None),
        }
    }

    fn find_repository(repository: &RepositoryRef) -> Result<RepositoryNow, OutboundError> {
        Ok(RepositoryNow {
            id: "7".into(),
            default_branch: Some(choose(repository.full_name == "no-branch", "a..b", "main")),
            full_name: repository.full_name.clone(),
        })
    }

    fn find_pull_request(repository: &RepositoryRef, _number: u64) -> Result<PullRequestNow, OutboundError> {
        Ok(PullRequestNow {
            head: SHA.into(),
            head_ref: choose(repository.full_name == "short-ref", "topic", "refs/heads/topic"),
            head_repository_id: None,
            base_ref: "refs/heads/main".into(),
            open: true,
            draft: false,
            fork: true,
            title: "a change".into(),
            labels: vec![],
            author: user(),
            fetch_ref: "refs/pull/1/head".into(),
        })
    }

    fn approvals(repository: &RepositoryRef, _number: u64) -> Result<Vec<Approval>, OutboundError> {
        let approval = Approval {
            by: user(),
            commit: Some(SHA.into()),
            state: ReviewState::Approved,
            stale: false,
        };
        Ok(vec![approval; if repository.full_name == "flood" { 1001 } else { 1 }])
    }

    fn resolve(_repository: &RepositoryRef, name: &str) -> Result<String, OutboundError> {
        Ok(choose(name == "zeros", &"0".repeat(40), SHA))
    }

    fn heads(repository: &RepositoryRef, page: Option<&str>) -> Result<HeadsPage, OutboundError> {
        Ok(HeadsPage {
            heads: vec![Head {
                ref_: "refs/heads/main".into(),
                sha: SHA.into(),
                pull_request: None,
            }],
            next: match page {
                None => Some(choose(repository.full_name == "no-end", "", "2")),
                Some(_) => None,
            },
        })
    }

    fn repositories(page: Option<&str>) -> Result<RepositoriesPage, OutboundError> {
        Ok(RepositoriesPage {
            repositories: vec![RepositoryRef {
                id: None,
                full_name: choose(page == Some("nameless"), "", "acme/widgets"),
            }],
            next: None,
        })
    }

    fn find_installation(id: &str) -> Result<InstallationNow, OutboundError> {
        Ok(InstallationNow {
            id: choose(id == "nothing", "", id),
            account: user(),
            suspended: false,
            all_repositories: true,
        })
    }

    fn addresses() -> Result<Vec<String>, OutboundError> {
        match ask(&get(&["addresses"]))?.status {
            200..300 => Ok(vec!["192.0.2.0/24".into(), "2001:db8::1".into()]),
            _ => Ok(vec!["everywhere".into()]),
        }
    }

    fn report(status: &Status) -> Result<Option<String>, OutboundError> {
        deeds::harm(&status.context);
        match status.context.as_str() {
            "call" => Ok(Some(call())),
            "call-then-spin" => {
                call();
                deeds::spin();
                Ok(None)
            }
            "undeclared" => ask(&get(&["admin", "users"])).map(|_| None),
            "way-up" => ask(&get(&["repos", "..", "admin"])).map(|_| None),
            "thousand" => {
                (0..1000).for_each(|_| drop(call()));
                Ok(None)
            }
            "insist" => loop {
                if let Ok(answer) = ask(&get(&["user"])) {
                    return Ok(Some(answer.status.to_string()));
                }
            },
            "try-later" => Err(OutboundError::TryLater(Some(u64::MAX))),
            "second-line" => ask(&with_field("accept", "*/*\r\nauthorization: token stolen")).map(|_| None),
            "own-credential" => ask(&with_field("authorization", "token mine")).map(|_| None),
            _ => Err(OutboundError::Rejected("no\n".repeat(1000))),
        }
    }

    fn comment(text: &CommentText) -> Result<String, OutboundError> {
        let body = match text.body.as_str() {
            "gigabyte" => "x".repeat(1 << 30),
            "megabytes" => "x".repeat((1 << 20) + 1),
            "slot" => "{webhook-secret}".into(),
            other => other.into(),
        };
        let mut request = post(&["comments"], body);
        if text.body == "slot" {
            request.path.push("{webhook-secret}".into());
            request.query.push(("q".into(), "{webhook-secret}".into()));
        }
        ask(&request)?;
        Ok(choose(text.body == "long-mark", &"m".repeat(9000), "1"))
    }

    fn react(_: &RepositoryRef, number: u64, id: &str, _: Reaction) -> Result<(), OutboundError> {
        ask(&post(&["reactions", &number.to_string(), id], "+1".into())).map(drop)
    }

    fn ensure_hook(spec: &HookSpec) -> Result<HookResult, OutboundError> {
        ask(&post(&["hooks"], "{webhook-secret}".into()))?;
        Ok(HookResult {
            id: "1".into(),
            created: !spec.rotate,
            changed: vec!["URL\n".into()],
        })
    }

    fn hook_health(_owner: &HookOwner, url: &str) -> Result<HookState, OutboundError> {
        Ok(HookState {
            id: "1".into(),
            enabled: false,
            disabled_until: Some(choose(url == "timeless", "tomorrow", "2026-01-02T03:04:05Z")),
            failures: vec!["timed out\n".repeat(100)],
        })
    }

    fn test_hook(_owner: &HookOwner, hook_id: &str) -> Result<(), OutboundError> {
        ask(&post(&["hooks", hook_id, "tests"], String::new())).map(drop)
    }

    fn missed(owner: &HookOwner, since: &str) -> Result<Vec<MissedDelivery>, OutboundError> {
        let organization = matches!(owner, HookOwner::Organization(_));
        Ok(vec![MissedDelivery {
            handle: choose(organization, "", "h"),
            delivery_id: None,
            time: Some(since.into()),
        }])
    }

    fn redeliver(_owner: &HookOwner, handle: &str) -> Result<(), OutboundError> {
        ask(&post(&["attempts", handle], String::new())).map(drop)
    }

    fn history(repository: &RepositoryRef, since: &str, page: Option<&str>) -> Result<HistoryPage, OutboundError> {
        let push = Push {
            ref_: choose(repository.full_name == "short-ref", "main", "refs/heads/main"),
            ..deeds::push(vec![])
        };
        let event = Event {
            repository: None,
            actor: Some(Actor {
                user: user(),
                bot: false,
            }),
            time: Some(since.into()),
            installation: None,
            detail: Detail::Push(push),
        };
        Ok(HistoryPage {
            events: vec![event],
            missing: vec!["runs: not for you".into()],
            next: page.map(Into::into),
        })
    }
}

/// Tries to reach the forge, and says what came of it.
pub fn call() -> String {
    let answer = send(&get(&["user"]));
    format!("{answer:?}")
}

fn ask(request: &Request) -> Result<Response, OutboundError> {
    send(request).map_err(|error: CallError| OutboundError::Call(error))
}

fn get(path: &[&str]) -> Request {
    Request {
        method: Method::Get,
        path: path.iter().map(|it| (*it).to_owned()).collect(),
        query: vec![],
        headers: vec![],
        body: None,
        secrets: vec![],
    }
}

fn post(path: &[&str], text: String) -> Request {
    Request {
        method: Method::Post,
        body: Some(text.into_bytes()),
        ..get(path)
    }
}

fn with_field(name: &str, value: &str) -> Request {
    Request {
        headers: vec![Header {
            name: name.into(),
            value: value.into(),
        }],
        ..get(&["user"])
    }
}

fn user() -> User {
    User {
        id: Some("2".into()),
        login: "ann".into(),
    }
}

fn choose(harm: bool, bad: &str, good: &str) -> String {
    if harm { bad.into() } else { good.into() }
}
