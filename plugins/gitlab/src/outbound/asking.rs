//! Calls by their templates, and answers read field by field.
//!
//! Kept apart from what is asked, and out of line, because a component is compiled when it is first started: what each question
//! does by itself is paid for as often as there are questions.

use std::cell::Cell;

use forgegate_sdk::events::User;
use forgegate_sdk::json::{FieldNames, Fields, Part, Tree};
use forgegate_sdk::outbound::{Answer, Call, OutboundError};
use forgegate_sdk::{Method, ParseError, commit_id};

/// All fields of all answers that are read.
const FIELDS: Fields = &FieldNames::new(&[
    "Idempotency-Key",
    "access_level",
    "action",
    "alert_status",
    "approved_by",
    "archived",
    "assets",
    "assignees",
    "author",
    "author_email",
    "author_name",
    "before_sha",
    "body",
    "builds_access_level",
    "closed_at",
    "closed_by",
    "commit",
    "commit_from",
    "commit_to",
    "committed_date",
    "confidential",
    "confidential_issues_events",
    "confidential_note_events",
    "created_at",
    "custom_webhook_template",
    "default_branch",
    "deployment_events",
    "disabled_until",
    "draft",
    "duration",
    "enable_ssl_verification",
    "expires_at",
    "finished_at",
    "id",
    "iid",
    "internal",
    "is_admin",
    "issues_events",
    "job_events",
    "labels",
    "links",
    "merge_requests_events",
    "merge_user",
    "merged_at",
    "merged_by",
    "message",
    "name",
    "note",
    "note_events",
    "noteable_iid",
    "noteable_type",
    "path_with_namespace",
    "pipeline_events",
    "pipeline_id",
    "push_data",
    "push_events",
    "push_events_branch_filter",
    "queued_duration",
    "ref",
    "ref_type",
    "releases_events",
    "request_headers",
    "response_status",
    "reviewers",
    "scopes",
    "sha",
    "source",
    "source_branch",
    "source_project_id",
    "state",
    "status",
    "system",
    "tag",
    "tag_name",
    "tag_push_events",
    "target",
    "target_branch",
    "target_iid",
    "target_project_id",
    "target_url",
    "title",
    "token_present",
    "trigger",
    "url",
    "user",
    "username",
    "web_url",
    "webhook-id",
    "webhook-timestamp",
    "wiki_page_events",
    "work_in_progress",
]);

/// A call by its template, each `{}` of which stands for the next value, and by its query.
pub fn call(method: Method, template: &str, values: &[&str], query: &[(&str, &str)]) -> Call {
    let mut values = values.iter();
    let fill = |segment| match segment {
        "{}" => values.next().copied().unwrap_or_default(),
        _ => segment,
    };
    let path: Vec<&str> = template.split('/').map(fill).collect();
    let call = Call::new(method, &path);
    query.iter().fold(call, |call, (name, value)| call.query(name, value))
}

/// Asks for what lies there, which must be found.
#[inline(never)]
pub fn get(template: &str, values: &[&str], query: &[(&str, &str)]) -> Result<Answer, OutboundError> {
    call(Method::Get, template, values, query).ok()
}

/// The answer's body.
#[inline(never)]
pub fn tree(answer: &Answer) -> Result<Tree<'_>, OutboundError> {
    answer.tree(FIELDS)
}

/// Reads fields. What is not as GitLab answers is remembered, and stands in for itself by something empty until [`Reader::done`].
#[derive(Default)]
pub struct Reader(Cell<Option<ParseError>>);

impl Reader {
    /// What was made of the fields; the first error where one was not as it should be.
    pub fn done<T>(&self, made: T) -> Result<T, OutboundError> {
        match self.0.take() {
            None => Ok(made),
            Some(error) => Err(error.into()),
        }
    }

    pub fn keep<T: Default>(&self, read: Result<T, ParseError>) -> T {
        read.unwrap_or_else(|error| {
            let first = self.0.take();
            self.0.set(first.or(Some(error)));
            T::default()
        })
    }

    #[inline(never)]
    pub fn text<'t>(&self, part: Part<'t>, path: &'static str) -> &'t str {
        self.keep(part.text(path))
    }

    #[inline(never)]
    pub fn text_or_none<'t>(&self, part: Part<'t>, path: &'static str) -> Option<&'t str> {
        self.keep(part.text_or_none(path))
    }

    #[inline(never)]
    pub fn number(&self, part: Part, path: &'static str) -> u64 {
        self.keep(part.number(path))
    }

    #[inline(never)]
    pub fn id(&self, part: Part, path: &'static str) -> String {
        self.keep(part.id(path))
    }

    #[inline(never)]
    pub fn id_or_none(&self, part: Part, path: &'static str) -> Option<String> {
        self.keep(part.id_or_none(path))
    }

    #[inline(never)]
    pub fn flag(&self, part: Part, path: &'static str) -> Option<bool> {
        self.keep(part.flag(path))
    }

    /// The id of a commit.
    #[inline(never)]
    pub fn commit(&self, part: Part, path: &'static str) -> String {
        let id = part.text(path);
        let id = id.and_then(|id| commit_id(id).ok_or_else(|| part.malformed(path, "is no commit id")));
        self.keep(id)
    }

    /// What is listed there; nothing where it is null.
    #[inline(never)]
    pub fn list<'t>(&self, part: Part<'t>, path: &'static str) -> Vec<Part<'t>> {
        let list = part.list(path).map(|list| list.map(Vec::from_iter));
        self.keep(list).unwrap_or_default()
    }

    /// The texts that are listed there; none where it is null.
    #[inline(never)]
    pub fn texts(&self, part: Part, path: &'static str) -> Vec<String> {
        let texts = self.list(part, path).into_iter().map(|part| self.keep(part.as_text()));
        texts.map(str::to_owned).collect()
    }

    /// What the answer itself lists.
    #[inline(never)]
    pub fn items<'t>(&self, part: Part<'t>) -> Vec<Part<'t>> {
        self.keep(part.items().map(Vec::from_iter))
    }

    /// An account.
    #[inline(never)]
    pub fn user(&self, part: Part) -> User {
        User {
            id: Some(self.id(part, "id")),
            login: self.text(part, "username").to_owned(),
        }
    }
}

/// The number of what was made or changed.
#[inline(never)]
pub fn id_of(answer: &Answer) -> Result<String, OutboundError> {
    let (tree, read) = (tree(answer)?, Reader::default());
    read.done(read.id(tree.root(), "id"))
}

/// The number of the account whose token it is.
pub fn own_id() -> Result<String, OutboundError> {
    id_of(&get("user", &[], &[])?)
}
