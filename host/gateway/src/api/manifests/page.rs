//! What the operator's browser sees on the way to the forge and back. Pages without script, style or anything from elsewhere.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::AppView;
use http::StatusCode;

use crate::api::extract::{PathParams, Query};
use crate::apps::{Drafts, Form};
use crate::core::Core;
use crate::html::{escaped, page as html};
use crate::response::Problem;

/// The page that posts the form to the forge, once the operator says so. Needs no token: the state in its address is one.
pub async fn form(
    State(core): State<Arc<Core>>,
    State(drafts): State<Arc<Drafts>>,
    PathParams(forge): PathParams<String>,
    query: Query,
) -> Response {
    let state = query.text("state").unwrap_or_default();
    match drafts.form(&forge, state, core.clock.now()) {
        Some((drafted, form)) => {
            let title = format!("Make the app {}", drafted.name);
            html(StatusCode::OK, &title, &posting(&form))
        }
        None => problem(&Problem::not_found(
            "the link is unknown, was used or has expired; `forgegate app create` makes another",
        )),
    }
}

/// An app that was made.
pub(super) fn made(app: &AppView) -> Response {
    let page = app.page.as_deref().map_or_else(String::new, |page| {
        let page = escaped(page);
        format!("<p>Install it for an account: <a href=\"{page}\">{page}</a></p>")
    });
    let body = format!(
        "<p>The app {} works from now on; nothing has to be written anywhere, and the gateway need not be started anew. Its private \
         key and its webhook secret lie in files that only the gateway's user can read.</p>{page}<p>The same as configuration, which \
         would go before it:</p><pre>{}</pre>",
        escaped(&app.id),
        escaped(&app.configuration)
    );
    html(StatusCode::OK, "The app is made", &body)
}

/// A problem, for people.
pub(super) fn problem(problem: &Problem) -> Response {
    let body = format!("<p>{}</p>", escaped(&problem.message));
    html(problem.code.status(), "The app is not made", &body)
}

fn posting(form: &Form) -> String {
    let field = |(name, value): &(String, String)| {
        format!(
            "<input type=\"hidden\" name=\"{}\" value=\"{}\">",
            escaped(name),
            escaped(value)
        )
    };
    let fields: String = form.fields.iter().map(field).collect();
    let action = escaped(&form.action);
    let place = form.action.split('?').next().unwrap_or_default();
    format!(
        "<p>The button leads to {}, which shows what the app may do and asks whether to make it. It then leads back here.</p>\
         <form method=\"post\" action=\"{action}\">{fields}<button>Go on</button></form>",
        escaped(place)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_form_stays_within_its_quotes() {
        let form = Form {
            action: "https://f.example.org/new?state=\"><script>".to_owned(),
            fields: vec![("manifest".to_owned(), r#"{"name":"a'b & <c>"}"#.to_owned())],
        };
        let page = posting(&form);
        assert!(!page.contains("<script>") && !page.contains("<c>"), "{page}");
        assert!(
            page.contains("value=\"{&quot;name&quot;:&quot;a&#39;b &amp; &lt;c&gt;&quot;}\""),
            "{page}"
        );
    }
}
