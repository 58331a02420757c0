//! What waits for approval, and the button that releases one commit of it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use forgegate_model::evaluation::{Evaluation, State as EvaluationState};
use forgegate_model::repository::sha_is_safe;
use forgegate_storage::{EvaluationFilter, Listed, Page};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use url::form_urlencoded;

use super::{Visitor, problem};
use crate::api::extract::{Query, id, nothing};
use crate::api::shape::{organization_name, project_name};
use crate::core::Core;
use crate::html::{escaped, page};
use crate::response::Problem;

/// How many are shown at once.
const ON_A_PAGE: usize = 50;

/// Shows what waits, the newest first.
pub async fn show(State(core): State<Arc<Core>>, visitor: Visitor, query: Query) -> Response {
    match held(&core, &visitor, &query).await {
        Ok(listed) => page(StatusCode::OK, "Waiting for approval", &body(&core, &listed)),
        Err(error) => problem(&error),
    }
}

/// Releases one, for the commit that the page showed.
pub async fn approve(State(core): State<Arc<Core>>, visitor: Visitor, headers: HeaderMap, form: Bytes) -> Response {
    match release(&core, &visitor, &headers, &form).await {
        Ok(()) => {
            let mut response = page(StatusCode::SEE_OTHER, "Released", "");
            let list = HeaderValue::from_static("/ui/approvals");
            response.headers_mut().insert(header::LOCATION, list);
            response
        }
        Err(error) => problem(&error),
    }
}

async fn held(core: &Core, visitor: &Visitor, query: &Query) -> Result<Listed<Evaluation>, Problem> {
    let organizations = visitor.0.reach()?.map(<[_]>::to_vec);
    let filter = EvaluationFilter {
        organizations,
        state: Some(EvaluationState::Held),
        ..EvaluationFilter::default()
    };
    let cursor = query.text("cursor").map(str::to_owned);
    let page = Page {
        cursor,
        limit: ON_A_PAGE,
    };
    Ok(core.store.evaluations(filter, page).await?)
}

async fn release(core: &Core, visitor: &Visitor, headers: &HeaderMap, form: &[u8]) -> Result<(), Problem> {
    visitor.asked_here(headers)?;
    let caller = &visitor.0;
    caller.reach()?;
    let field = |wanted: &str| {
        let mut pairs = form_urlencoded::parse(form);
        pairs.find_map(|(name, value)| (name == wanted).then(|| value.into_owned()))
    };
    let sha = field("sha").filter(|sha| sha_is_safe(sha));
    let sha = sha.ok_or_else(|| Problem::bad_request("`sha`: 40 or 64 lower-case hexadecimal digits"))?;
    let evaluation = id(&field("evaluation").unwrap_or_default(), "evaluation")?;
    let found = core.store.evaluation(evaluation).await?;
    let found = found.filter(|it| caller.sees(Some(it.organization)));
    let evaluation = found.ok_or_else(|| nothing("evaluation"))?;
    let audit = caller.changed(
        core,
        Some(evaluation.organization),
        format!("evaluation {} {sha}", evaluation.id),
    );
    core.store
        .approve(evaluation.id, sha, core.clock.now(), Some(audit))
        .await?;
    Ok(())
}

fn body(core: &Core, listed: &Listed<Evaluation>) -> String {
    if listed.items.is_empty() && listed.next.is_none() {
        return "<p>Nothing waits.</p>".to_owned();
    }
    let rows: String = listed.items.iter().map(|it| row(core, it)).collect();
    let next = listed.next.as_deref().map_or_else(String::new, |cursor| {
        format!(
            "<p><a href=\"/ui/approvals?cursor={}\">older ones</a></p>",
            escaped(cursor)
        )
    });
    format!(
        "<p>Code of people who may not write. Approving releases one commit, to workers that ask for such; a later one waits again. \
         Look at the commit before.</p><table><tr><th>project</th><th>pull request</th><th>by</th><th>commit</th><th>since</th><th></th></tr>\
         {rows}</table>{next}"
    )
}

fn row(core: &Core, it: &Evaluation) -> String {
    let cell = |text: &str| format!("<td>{}</td>", escaped(text));
    let project = format!(
        "{}/{}",
        organization_name(core, it.organization).unwrap_or_default(),
        project_name(core, it.project).unwrap_or_default()
    );
    let number = it
        .work
        .cause
        .pull_request
        .map(|number| format!("{} #{number}", it.repository));
    let cells = [
        cell(&project),
        cell(number.as_deref().unwrap_or(&it.work.ref_name)),
        cell(it.work.cause.actor.as_deref().unwrap_or("nobody known")),
        cell(&it.work.sha),
        cell(&it.created_at.to_string()),
    ];
    let hidden =
        |name: &str, value: &str| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value));
    format!(
        "<tr>{}<td><form method=\"post\" action=\"/ui/approvals\">{}{}<button>Approve</button></form></td></tr>",
        cells.concat(),
        hidden("evaluation", &it.id.to_string()),
        hidden("sha", &it.work.sha)
    )
}
