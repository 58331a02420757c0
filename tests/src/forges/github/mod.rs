//! GitHub, as an Enterprise Server: the base is `/api/v3`, what a browser visits lies beside it. It has one app.

mod app;
mod claims;
mod history;
mod installations;
mod reports;
mod repositories;
mod web;

use serde_json::json;

use super::server::seconds;
use super::world::World;
use super::{Call, Kind, Reply};
use app::Minted;
pub use app::{App, AppSettings};
pub(super) use installations::delivery;

pub(super) struct GitHub(App);

impl GitHub {
    pub(super) const fn new(app: App) -> Self {
        Self(app)
    }
}

/// The caller of the API.
enum Caller {
    /// The app, by its claims.
    App,
    /// An installation of it, by a token that was minted.
    Installation(Minted),
    /// Somebody with a personal token.
    Person(String),
}

impl Kind for GitHub {
    fn answer(&self, world: &mut World, call: &Call) -> Reply {
        if call.header("user-agent").is_none_or(str::is_empty) {
            return Reply::text(
                403,
                "text/plain",
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
            );
        }
        let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
        let ["api", "v3", path @ ..] = segments.as_slice() else {
            return web::answer(&self.0, call, &segments);
        };
        match (call.method.as_str(), path) {
            ("GET", ["meta"]) => {
                return Reply::json(
                    200,
                    json!({ "installed_version": "3.19.0", "hooks": ["192.0.2.0/24", "2001:db8::/32"] }),
                );
            }
            ("POST", ["app-manifests", code, "conversions"]) => return web::conversion(&self.0, world, code),
            _ => {}
        }
        match self.caller(world, call) {
            Ok(caller) => self.dispatch(world, call, path, &caller),
            Err(refusal) => *refusal,
        }
    }

    /// Primary and secondary limits: by 403, 429 and 422, with the time, the instant, or neither.
    fn rate_limited(&self, _call: &Call, shape: u64) -> Reply {
        let secondary = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
        let primary = "API rate limit exceeded for installation ID 1.";
        let used_up = |status| {
            let reply = Reply::message(status, primary)
                .with("x-ratelimit-limit", 5000)
                .with("x-ratelimit-remaining", 0);
            reply
                .with("x-ratelimit-used", 5000)
                .with("x-ratelimit-reset", seconds() + 1)
                .with("x-ratelimit-resource", "core")
        };
        match shape % 5 {
            0 => used_up(403),
            1 => used_up(429),
            2 => Reply::message(403, secondary)
                .with("retry-after", 1)
                .with("x-ratelimit-remaining", 4321),
            3 => Reply::message(429, secondary).with("retry-after", 1),
            _ => Reply::message(422, "Validation Failed: was submitted too quickly").with("retry-after", 1),
        }
    }
}

impl GitHub {
    fn caller(&self, world: &World, call: &Call) -> Result<Caller, Box<Reply>> {
        let refused = |status, why: &str| Box::new(Reply::message(status, why));
        let token = call.token().ok_or_else(|| refused(401, "Requires authentication"))?;
        if let Some(holder) = world.tokens.get(token) {
            return Ok(Caller::Person(holder.login.clone()));
        }
        if token.starts_with("ghs_") {
            let minted = self.0.minted(token).filter(|it| it.expires_at > seconds());
            let live = minted.ok_or_else(|| refused(401, "Bad credentials"))?;
            return match world.installations.iter().find(|it| it.id == live.installation) {
                Some(it) if it.suspended => Err(refused(403, "This installation has been suspended")),
                Some(_) => Ok(Caller::Installation(live)),
                None => Err(refused(401, "Bad credentials")),
            };
        }
        claims::check(&self.0, token).map_err(|why| refused(401, why))?;
        Ok(Caller::App)
    }

    fn dispatch(&self, world: &mut World, call: &Call, path: &[&str], caller: &Caller) -> Reply {
        match (path, caller) {
            (["app", rest @ ..], Caller::App) => installations::of_app(&self.0, world, call, rest),
            (["app", ..], _) => Reply::message(401, "A JSON web token could not be decoded"),
            (["installation", rest @ ..], Caller::Installation(minted)) => {
                installations::own(&self.0, world, call, rest, minted)
            }
            (["repos", owner, name, rest @ ..], Caller::Installation(_) | Caller::Person(_)) => {
                let full_name = format!("{owner}/{name}");
                match world
                    .repository(&full_name)
                    .filter(|it| covers(world, caller, it.id))
                    .cloned()
                {
                    Some(repository) => {
                        let visit = repositories::Visit {
                            repository: &repository,
                            caller,
                            login: self.login(caller),
                        };
                        visit.answer(world, call, rest)
                    }
                    None => not_found(),
                }
            }
            (["user"], Caller::Person(login)) => {
                let id = world.account(login).map(|it| it.id);
                Reply::json(200, json!({ "id": id, "login": login, "type": "User" }))
            }
            (_, Caller::App) => Reply::message(403, "You must authenticate with an installation access token"),
            _ => not_found(),
        }
    }

    /// The name under which things are written.
    fn login(&self, caller: &Caller) -> String {
        match caller {
            Caller::Person(login) => login.clone(),
            Caller::App | Caller::Installation(_) => format!("{}[bot]", self.0.settings().slug),
        }
    }
}

/// True if the credential reaches the repository.
fn covers(world: &World, caller: &Caller, repository: u64) -> bool {
    match caller {
        Caller::App => false,
        Caller::Person(_) => true,
        Caller::Installation(minted) => {
            let narrowed = minted.repositories.as_ref().is_none_or(|ids| ids.contains(&repository));
            narrowed
                && installations::covered(world, minted.installation)
                    .iter()
                    .any(|it| it.id == repository)
        }
    }
}

fn not_found() -> Reply {
    Reply::message(404, "Not Found")
}

fn invalid(why: &str) -> Reply {
    Reply::json(
        422,
        json!({ "message": "Validation Failed", "errors": [{ "code": "custom", "message": why }] }),
    )
}
