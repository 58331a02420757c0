//! Many organizations with many projects, to see what they cost those that are posted to.

use std::net::SocketAddr;
use std::path::Path;

use serde_json::json;
use tokio::task::JoinSet;

use crate::error::LoadError;
use crate::gateway::Caller;

/// Projects of one organization.
const EACH: u32 = 100;

/// Connections that make them.
const CALLERS: u32 = 64;

/// Makes so many projects. Each is linked with its organization's integration, as a project is when it is made.
pub async fn furnish(address: SocketAddr, folder: &Path, projects: u32) -> Result<(), LoadError> {
    let mut making = JoinSet::new();
    for first in 0..CALLERS {
        let mut caller = Caller::administrator(address, folder).await?;
        making.spawn(async move {
            for number in (first..projects.div_ceil(EACH)).step_by(CALLERS as usize) {
                let count = EACH.min(projects - number * EACH);
                organization(&mut caller, number, count).await?;
            }
            Ok(())
        });
    }
    while let Some(made) = making.join_next().await {
        made.map_err(|error| LoadError::Server(error.to_string()))??;
    }
    Ok(())
}

async fn organization(caller: &mut Caller, number: u32, projects: u32) -> Result<(), LoadError> {
    let name = format!("crowd-{number}");
    let hooks = json!({ "name": "hooks", "kind": "inbound", "forge": "gitea", "secret": format!("the secret of {name}, long enough") });
    caller.post("/api/v1/orgs", &json!({ "name": name })).await?;
    caller
        .post(&format!("/api/v1/orgs/{name}/integrations"), &hooks)
        .await?;
    let path = format!("/api/v1/orgs/{name}/projects");
    for project in 0..projects {
        let project = format!("p-{project}");
        let repository = format!("https://git.example.com/{name}/{project}.git");
        caller
            .post(&path, &json!({ "name": project, "repository": repository }))
            .await?;
    }
    Ok(())
}
