//! The state of a fake forge: accounts, repositories, pull requests, comments, statuses, hooks. A test sets it up and reads it; in between
//! only calls change it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::past::Past;

/// The rights of an account in a repository, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Look.
    Read,
    /// Change code.
    Write,
    /// Change settings.
    Admin,
}

/// An account: a person or an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub login: String,
    /// True for an organization or group.
    pub organization: bool,
}

/// An access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The login of its account.
    pub login: String,
    /// Its scopes, in the forge's words; everything is allowed where there are none.
    pub scopes: Vec<String>,
}

/// A repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repository {
    /// Its number.
    pub id: u64,
    /// Owner and name.
    pub full_name: String,
    /// Branches and their heads. The first is the default one.
    pub branches: BTreeMap<String, String>,
    /// Tags and their commits.
    pub tags: BTreeMap<String, String>,
    /// Commits that are there besides the heads; any commit where this is none.
    pub commits: Option<BTreeSet<String>>,
    /// The levels of accounts by login. An account that is not here may read.
    pub levels: BTreeMap<String, Level>,
    /// Its pull requests.
    pub pulls: Vec<Pull>,
    /// Its earlier commits, pull requests and the like, for the forge's lists.
    pub past: Past,
}

/// A pull request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// The login of its author.
    pub author: String,
    /// The head's commit.
    pub sha: String,
    /// The head's branch.
    pub branch: String,
    /// The number of the head's repository; none where that is gone.
    pub head_repository: Option<u64>,
    /// The target's branch.
    pub base: String,
    /// True once it is closed.
    pub closed: bool,
    /// True for a draft.
    pub draft: bool,
    /// Its reviews, oldest first.
    pub reviews: Vec<Review>,
}

/// A review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// The login of its author.
    pub by: String,
    /// Its verdict: `approved`, `changes_requested`, `commented` or `dismissed`.
    pub state: String,
    /// The commit that it is for.
    pub sha: String,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Its number.
    pub id: u64,
    /// The repository.
    pub repository: u64,
    /// The number of the pull request.
    pub number: u64,
    /// The login of its author.
    pub by: String,
    /// Its text.
    pub body: String,
    /// Signs under it.
    pub reactions: Vec<String>,
}

/// A status, or a check run, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its number.
    pub id: u64,
    /// The repository.
    pub repository: u64,
    /// The commit.
    pub sha: String,
    /// The name that tells it from other statuses of the commit.
    pub context: String,
    /// Its state, in the forge's word; for a check run its conclusion, where it has one.
    pub state: String,
    /// The login of the account that set it.
    pub by: String,
    /// True for a check run.
    pub check: bool,
    /// All its fields, as they were sent.
    pub fields: Value,
}

/// A hook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hook {
    /// Its number.
    pub id: u64,
    /// The repository's full name, or the organization's.
    pub owner: String,
    /// The URL that it posts to.
    pub url: String,
    /// Its secret; empty where there is none.
    pub secret: String,
    /// All else that was sent for it.
    pub fields: Value,
    /// `temporarily_disabled` or `disabled` where the forge has stopped posting to it.
    pub disabled: Option<String>,
    /// Its deliveries, oldest first.
    pub posted: Vec<Posted>,
}

/// A delivery that was posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The forge's number of the attempt.
    pub id: u64,
    /// The delivery's id.
    pub guid: String,
    /// Its event.
    pub event: String,
    /// Its body.
    pub body: String,
    /// The time in seconds since 1970.
    pub at: u64,
    /// The answer's status; 0 where there was none.
    pub status: u16,
}

/// An installation of the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// Its number.
    pub id: u64,
    /// The account.
    pub account: Account,
    /// True while it is suspended.
    pub suspended: bool,
    /// The repositories that it covers; all of the account where this is none.
    pub repositories: Option<Vec<u64>>,
}

/// All that a forge holds.
#[derive(Debug, Default)]
pub struct World {
    /// Its web address.
    pub web: String,
    /// Accounts.
    pub accounts: Vec<Account>,
    /// Tokens by their text.
    pub tokens: BTreeMap<String, Token>,
    /// Repositories.
    pub repositories: Vec<Repository>,
    /// Comments, oldest first.
    pub comments: Vec<Comment>,
    /// Statuses in the order in which they were made. A forge that changes one in place changes it here.
    pub statuses: Vec<Status>,
    /// Every state that was ever shown, in order: repository, commit, context, state.
    pub shown: Vec<(u64, String, String, String)>,
    /// Hooks.
    pub hooks: Vec<Hook>,
    /// Installations of the app.
    pub installations: Vec<Installation>,
    /// The deliveries of the app's hook, oldest first.
    pub posted: Vec<Posted>,
    numbers: u64,
}

impl World {
    /// A number that nothing else has.
    pub fn number(&mut self) -> u64 {
        self.numbers += 1;
        1000 + self.numbers
    }

    /// Adds an account with a token.
    pub fn enrol(&mut self, id: u64, login: &str, token: &str) {
        self.accounts.push(Account {
            id,
            login: login.to_owned(),
            organization: false,
        });
        let holder = Token {
            login: login.to_owned(),
            scopes: vec![],
        };
        self.tokens.insert(token.to_owned(), holder);
    }

    /// Adds a repository with a branch `main`.
    pub fn found(&mut self, id: u64, full_name: &str, head: &str) -> &mut Repository {
        self.repositories.push(Repository {
            id,
            full_name: full_name.to_owned(),
            branches: BTreeMap::from([("main".to_owned(), head.to_owned())]),
            ..Repository::default()
        });
        self.repositories.last_mut().expect("what was added")
    }

    /// The account of this name. Names are compared without regard to case.
    pub fn account(&self, login: &str) -> Option<&Account> {
        self.accounts.iter().find(|it| it.login.eq_ignore_ascii_case(login))
    }

    /// The repository, by its number or its full name.
    pub fn repository(&self, key: &str) -> Option<&Repository> {
        let id = key.parse().ok();
        let is = |it: &&Repository| Some(it.id) == id || it.full_name.eq_ignore_ascii_case(key);
        self.repositories.iter().find(is)
    }

    /// The states that were shown at a commit under a context, oldest first.
    pub fn states(&self, sha: &str, context: &str) -> Vec<&str> {
        let these = self
            .shown
            .iter()
            .filter(|(_, at, under, _)| at == sha && under == context);
        these.map(|(.., state)| state.as_str()).collect()
    }

    /// Keeps a status, and that it was shown.
    pub(super) fn show(&mut self, status: Status) {
        let Status {
            repository,
            sha,
            context,
            state,
            ..
        } = status.clone();
        self.shown.push((repository, sha, context, state));
        match self.statuses.iter_mut().find(|it| it.id == status.id) {
            Some(known) => *known = status,
            None => self.statuses.push(status),
        }
    }
}

impl Repository {
    /// The level of an account.
    pub fn level(&self, login: &str) -> Level {
        self.levels.get(login).copied().unwrap_or(Level::Read)
    }

    /// True if the commit is there. A commit id of zeros never is.
    pub fn has(&self, sha: &str) -> bool {
        if sha.bytes().all(|byte| byte == b'0') {
            return false;
        }
        let Some(commits) = &self.commits else {
            return true;
        };
        let heads = self.branches.values().chain(self.tags.values());
        commits.contains(sha) || heads.chain(self.pulls.iter().map(|it| &it.sha)).any(|it| it == sha)
    }

    /// The commit that a branch, a tag or a commit's own id leads to.
    pub fn commit(&self, name: &str) -> Option<String> {
        let named = self.branches.get(name).or_else(|| self.tags.get(name));
        let own = || (name.len() == 40 && self.has(name)).then(|| name.to_owned());
        named.cloned().or_else(own)
    }

    /// The pull request.
    pub fn pull(&self, number: &str) -> Option<&Pull> {
        let number: u64 = number.parse().ok()?;
        self.pulls.iter().find(|it| it.number == number)
    }

    /// The owner, and the name within it.
    pub fn names(&self) -> (&str, &str) {
        self.full_name.rsplit_once('/').unwrap_or_default()
    }
}
