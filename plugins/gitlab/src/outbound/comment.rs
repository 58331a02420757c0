//! Comments under merge requests, which GitLab calls notes, and reactions to them.

use forgegate_sdk::Method;
use forgegate_sdk::json::Object;
use forgegate_sdk::outbound::{CommentText, OutboundError, Reaction, RepositoryRef, truncate};
use forgegate_sdk::text::contains;

use super::api::{PER_PAGE, Reader, call, id_of, own_id, project, tree};

const NOTES: &str = "projects/{}/merge_requests/{}/notes";
const NOTE: &str = "projects/{}/merge_requests/{}/notes/{}";
const REACTIONS: &str = "projects/{}/merge_requests/{}/notes/{}/award_emoji";

/// The most characters of a note `[K]`.
const CHARS: usize = 1_000_000;

/// The most pages of notes that are searched, newest first.
const PAGES: u32 = 10;

/// Writes a comment, or changes the one that is there. One that somebody removed is written again.
pub fn comment(text: &CommentText) -> Result<String, OutboundError> {
    let (project, number) = (project(&text.repository), text.number.to_string());
    let body = Object::new().text("body", &body(text));
    let earlier = match &text.previous {
        None if text.attempted => find(project, &number, &text.mark)?,
        known => known.clone(),
    };
    if let Some(id) = earlier {
        let put = call(Method::Put, NOTE, &[project, &number, &id], &[]).json(body.clone());
        let answer = put.send()?;
        // Somebody removed it, or another account wrote it.
        if !matches!(answer.status(), 403 | 404) {
            return id_of(&answer.ok()?);
        }
    }
    let post = call(Method::Post, NOTES, &[project, &number], &[]).json(body);
    id_of(&post.ok()?)
}

/// The newest note of our own with the mark.
fn find(project: &str, number: &str, mark: &str) -> Result<Option<String>, OutboundError> {
    let own = own_id()?;
    let query = [("order_by", "created_at"), ("sort", "desc"), ("per_page", PER_PAGE)];
    let mut pages = call(Method::Get, NOTES, &[project, number], &query).pages(PAGES);
    while let Some(answer) = pages.next_page()? {
        let (tree, read) = (tree(&answer)?, Reader::default());
        for note in read.items(tree.root()) {
            let is_ours = read.id(note, "author.id") == own;
            if is_ours && contains(read.text(note, "body"), mark) {
                return read.done(Some(read.id(note, "id")));
            }
        }
        read.done(())?;
    }
    Ok(None)
}

/// The text as far as GitLab takes it, with its mark, and without a line that GitLab would carry out: a line that begins with a
/// slash may merge or close what it stands under, in the name of whoever writes it.
fn body(text: &CommentText) -> String {
    let room = CHARS.saturating_sub(text.mark.chars().count() + 1);
    let mut body = String::with_capacity(text.body.len());
    for line in text.body.split_inclusive('\n') {
        body.push_str(if line.starts_with('/') { " " } else { "" });
        body.push_str(line);
    }
    let mut body = truncate(&body, room).into_owned();
    if !contains(&body, &text.mark) {
        body.extend(["\n", &text.mark]);
    }
    body
}

/// Adds a reaction to a comment. GitLab refuses one that is there already as if the note were not: that is as good.
pub fn react(
    repository: &RepositoryRef,
    number: u64,
    comment_id: &str,
    reaction: Reaction,
) -> Result<(), OutboundError> {
    let number = number.to_string();
    let name = match reaction {
        Reaction::Eyes => "eyes",
        Reaction::Confused => "confused",
        Reaction::ThumbsUp => "thumbsup",
        Reaction::ThumbsDown => "thumbsdown",
    };
    let post = call(
        Method::Post,
        REACTIONS,
        &[project(repository), &number, comment_id],
        &[],
    );
    let answer = post.json(Object::new().text("name", name)).send()?;
    // `[K]`: the words of a model's check for repetition.
    let is_there = answer
        .message()
        .is_some_and(|text| contains(&text, "already been taken"));
    if is_there && matches!(answer.status(), 400..=499) {
        return Ok(());
    }
    answer.ok().map(drop)
}
