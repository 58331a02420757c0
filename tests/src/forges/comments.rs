//! Comments as Gitea and GitHub have them: under `/repos/{owner}/{name}/issues`.

use serde_json::{Value, json};

use super::world::{Comment, Repository, World};
use super::{Call, Reply};

/// The longest page.
const MOST_ON_A_PAGE: usize = 50;

pub(super) fn comments(world: &mut World, call: &Call, repository: &Repository, path: &[&str], login: &str) -> Reply {
    let fields = call.json();
    let text = |name: &str| fields[name].as_str().unwrap_or_default().to_owned();
    let own = |it: &&mut Comment, id: &str| it.repository == repository.id && it.id.to_string() == id;
    match (call.method.as_str(), path) {
        ("GET", [number, "comments"]) => {
            let these = world.comments.iter();
            let these = these.filter(|it| it.repository == repository.id && it.number.to_string() == *number);
            let (entries, total, next) = call.page(these.map(|it| comment(world, it)).collect(), MOST_ON_A_PAGE);
            Reply::json(200, Value::Array(entries)).linked(call, &world.web, total, next)
        }
        ("POST", [number, "comments"]) => {
            let Some(pull) = repository.pull(number) else {
                return Reply::message(404, "Not Found");
            };
            let made = Comment {
                id: world.number(),
                repository: repository.id,
                number: pull.number,
                by: login.to_owned(),
                body: text("body"),
                reactions: vec![],
            };
            world.comments.push(made.clone());
            Reply::json(201, comment(world, &made))
        }
        ("PATCH", ["comments", id]) => match world.comments.iter_mut().find(|it| own(it, id)) {
            Some(it) => {
                it.body = text("body");
                let changed = it.clone();
                Reply::json(200, comment(world, &changed))
            }
            None => Reply::message(404, "Not Found"),
        },
        ("POST", ["comments", id, "reactions"]) => match world.comments.iter_mut().find(|it| own(it, id)) {
            Some(it) => {
                it.reactions.push(text("content"));
                Reply::json(201, json!({ "content": text("content") }))
            }
            None => Reply::message(404, "Not Found"),
        },
        _ => Reply::message(404, "Not Found"),
    }
}

fn comment(world: &World, it: &Comment) -> Value {
    let id = world.account(&it.by).map(|it| it.id);
    json!({ "id": it.id, "body": it.body, "user": { "id": id, "login": it.by } })
}
