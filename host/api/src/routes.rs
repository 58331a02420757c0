//! The table of routes: the whole URL space of the API. The web pages stand in the gateway's `ui`.
//!
//! A line has method, path, who may call, and the handler, which is found under `host/gateway/src/api`. The line below says what it answers
//! and takes, with summary, parameters, and the command that calls it.

use crate::parameters as by;
use crate::route::{Route, Scope, bare, begun, list, made, one, one_or_none};
use crate::types::*;

/// Hands the table to the macro `$bind`, as `$($method:ident $path:literal $scope:ident $handler:path $operation:block)*`.
#[macro_export]
macro_rules! routes {
    ($bind:ident) => { $bind! {
// Probes and metrics.
get    "/health/live"                            Open          health::live
       { bare("Tell that the gateway lives.", "application/json") }
get    "/health/ready"                           Open          health::ready
       { bare("Tell whether it takes work.", "application/json") }
get    "/metrics"                                Administrator metrics::show
       { bare("Metrics for Prometheus.", "application/openmetrics-text") }
get    "/api/v1/version"                         Open          health::version
       { one::<VersionView>("Show which version it is.") }
get    "/api/v1/openapi.json"                    Open          openapi::document
       { bare("This document.", "application/json") }
get    "/api/v1/check"                           Administrator check::show
       { one::<CheckupResponse>("Check whether everything is in order.") }

// Organizations.
get    "/api/v1/orgs"                            Administrator orgs::list
       { list::<OrganizationView>("List organizations.").command("org list") }
get    "/api/v1/orgs/{org}"                      Administrator orgs::show
       { one::<OrganizationView>("Show an organization.").command("org show ORG") }
post   "/api/v1/orgs"                            Administrator orgs::create
       { made::<OrganizationView>("Make an organization.").takes::<NewOrganization>().command("org create NAME") }
delete "/api/v1/orgs/{org}"                      Administrator orgs::delete
       { one::<Deleted>("Delete an organization.").with(by::CASCADE).command("org delete ORG") }

// Integrations of an organization.
get    "/api/v1/orgs/{org}/integrations"         Organization  integrations::list
       { list::<IntegrationView>("List integrations.").with(by::INTEGRATIONS).command("integration list ORG") }
get    "/api/v1/orgs/{org}/integrations/{kind}"  Organization  integrations::list_kind
       { list::<IntegrationView>("List integrations of one kind.") }
get    "/api/v1/orgs/{org}/integrations/{kind}/{name}"  Organization  integrations::show
       { one::<IntegrationView>("Show an integration; KIND is `inbound` or `outbound`.")
         .command("integration show ORG KIND NAME") }
post   "/api/v1/orgs/{org}/integrations"         Organization  integrations::create
       { made::<IntegrationView>("Make an integration.").takes::<NewIntegration>()
         .command("integration create ORG NAME?") }
patch  "/api/v1/orgs/{org}/integrations/{kind}/{name}"  Organization  integrations::change
       { one::<IntegrationView>("Change an integration; an empty value clears.").takes::<IntegrationChanges>()
         .command("integration edit ORG KIND NAME") }
delete "/api/v1/orgs/{org}/integrations/{kind}/{name}"  Organization  integrations::delete
       { one::<UnlinkedResponse>("Delete an integration.").command("integration delete ORG KIND NAME") }
post   "/api/v1/orgs/{org}/integrations/outbound/{name}/test"  Organization  integrations::test_outbound
       { one::<OutboundTestResponse>("Try the stored token at the forge.") }
post   "/api/v1/orgs/{org}/integrations/inbound/{name}/test"  Organization  integrations::test_inbound
       { one::<InboundTestResponse>("Send a sample down the real path, and ask the forge for a delivery of its own.")
         .takes::<TestDeliveryRequest>()
         .command_at("integration test ORG KIND NAME", "/api/v1/orgs/{org}/integrations/{kind}/{name}/test")
         .help("Try the connection: outbound the token at the forge, inbound a signed sample and a delivery of the forge's own") }
get    "/api/v1/orgs/{org}/integrations/{kind}/{name}/hook-guide"  Organization  integrations::hook_guide
       { one::<HookGuideView>("Say what to enter in the forge's webhook form.").with(by::GUIDE)
         .command_at("integration hook-guide ORG NAME", "/api/v1/orgs/{org}/integrations/inbound/{name}/hook-guide") }
post   "/api/v1/orgs/{org}/integrations/inbound/{name}/hook"  Organization  integrations::ensure_hook
       { one::<HookView>("Make or repair the webhook at the forge, or rotate its secret.").takes::<HookRequest>() }

// Projects, with their triggers and actions.
get    "/api/v1/orgs/{org}/projects"             Organization  projects::list
       { list::<ProjectView>("List projects.").command("project list ORG") }
get    "/api/v1/orgs/{org}/projects/{name}"      Organization  projects::show
       { one::<ProjectView>("Show a project.").command("project show ORG NAME") }
post   "/api/v1/orgs/{org}/projects"             Organization  projects::create
       { made::<ProjectView>("Make a project.").takes::<NewProject>().command("project create ORG NAME") }
patch  "/api/v1/orgs/{org}/projects/{name}"      Organization  projects::change
       { one::<ProjectView>("Change a project; an empty value clears.").takes::<ProjectChanges>()
         .command("project edit ORG NAME") }
delete "/api/v1/orgs/{org}/projects/{name}"      Organization  projects::delete
       { one::<Deleted>("Delete a project.").command("project delete ORG NAME") }
post   "/api/v1/orgs/{org}/projects/{name}/evaluate"  Organization  start::start
       { made::<EvaluationView>("Queue an evaluation by hand.").takes::<StartRequest>()
         .command("project evaluate ORG NAME") }
get    "/api/v1/orgs/{org}/projects/{name}/stats"  Organization  activity::stats
       { one::<StatsView>("Count what happened, by whole days, of the last thirty unless said otherwise.").with(by::RANGE)
         .command("project stats ORG NAME") }
get    "/api/v1/orgs/{org}/projects/{name}/activity"  Organization  activity::list
       { list::<ActivityView>("List what happened, the newest first.").with(by::ACTIVITY)
         .command("project activity ORG NAME") }
post   "/api/v1/orgs/{org}/projects/{name}/sync"  Organization  sync::begin
       { begun::<SyncView>("Read what happened before from the forge.").takes::<SyncRequest>() }
get    "/api/v1/orgs/{org}/projects/{name}/sync"  Organization  sync::show
       { one::<SyncView>("Show the state of the last sync.") }
get    "/api/v1/orgs/{org}/projects/{name}/triggers"  Organization  triggers::list
       { list::<TriggerView>("List the triggers of a project.").command("trigger list ORG PROJECT") }
get    "/api/v1/orgs/{org}/projects/{name}/triggers/{id}"  Organization  triggers::show
       { one::<TriggerView>("Show a trigger.").command("trigger show ORG PROJECT ID") }
post   "/api/v1/orgs/{org}/projects/{name}/triggers"  Organization  triggers::create
       { made::<TriggerView>("Make a trigger.").takes::<TriggerRequest>().command("trigger create ORG PROJECT") }
patch  "/api/v1/orgs/{org}/projects/{name}/triggers/{id}"  Organization  triggers::change
       { one::<TriggerView>("Change a trigger; an empty value clears.").takes::<TriggerRequest>()
         .command("trigger edit ORG PROJECT ID") }
delete "/api/v1/orgs/{org}/projects/{name}/triggers/{id}"  Organization  triggers::delete
       { one::<Deleted>("Delete a trigger.").command("trigger delete ORG PROJECT ID") }
get    "/api/v1/orgs/{org}/projects/{name}/actions"  Organization  actions::list
       { list::<ActionView>("List the actions of a project.").command("action list ORG PROJECT") }
get    "/api/v1/orgs/{org}/projects/{name}/actions/{action}"  Organization  actions::show
       { one::<ActionView>("Show an action.").command("action show ORG PROJECT NAME") }
post   "/api/v1/orgs/{org}/projects/{name}/actions"  Organization  actions::create
       { made::<ActionView>("Make an action.").takes::<ActionRequest>().command("action create ORG PROJECT NAME") }
patch  "/api/v1/orgs/{org}/projects/{name}/actions/{action}"  Organization  actions::change
       { one::<ActionView>("Change an action; an empty value clears.").takes::<ActionRequest>()
         .command("action edit ORG PROJECT NAME") }
delete "/api/v1/orgs/{org}/projects/{name}/actions/{action}"  Organization  actions::delete
       { one::<Deleted>("Delete an action.").command("action delete ORG PROJECT NAME") }

// Deliveries as they come in, as they are kept, and what was not let in.
post   "/api/v1/hooks/{forge}"                   Open          hooks::app
       { one::<DeliveryAnswer>("Deliver to an app.").takes::<Payload>() }
post   "/api/v1/hooks/{forge}/{organization}/{integration}"  Open  hooks::integration
       { one::<DeliveryAnswer>("Deliver to an integration.").takes::<Payload>() }
get    "/api/v1/deliveries"                      Organization  deliveries::list
       { list::<DeliveryView>("List deliveries.").with(by::DELIVERIES).command("delivery list") }
get    "/api/v1/deliveries/{id}"                 Organization  deliveries::show
       { one::<DeliveryView>("Show a delivery in full.").command("delivery show ID") }
get    "/api/v1/deliveries/{id}/why"             Organization  why::show
       { one::<WhyResponse>("Say why a delivery did what it did, step by step.").command("delivery why ID") }
get    "/api/v1/deliveries/{id}/payload"         Organization  deliveries::payload
       { bare("Print the payload of a delivery as it was received; each time is audited.", "application/octet-stream")
         .command("delivery payload ID") }
post   "/api/v1/deliveries/{id}/replay"          Organization  deliveries::replay
       { made::<DeliveryAnswer>("Match the payload of a delivery again, and queue what comes of it.")
         .command("delivery replay ID") }
get    "/api/v1/refusals"                        Organization  refusals::list
       { list::<RefusalView>("List what was not let in.").with(by::REFUSALS).command("refusal list") }

// Evaluations, and the work on their leases.
get    "/api/v1/evaluations"                     Organization  evaluations::list
       { list::<EvaluationView>("List evaluations.").with(by::EVALUATIONS).command("evaluation list") }
post   "/api/v1/evaluations/claim"               Worker        leases::claim
       { one_or_none::<ClaimedView>("Claim the next evaluation; 204 where none came.").takes::<ClaimRequest>() }
get    "/api/v1/evaluations/{id}"                Organization  evaluations::show
       { one::<EvaluationView>("Show an evaluation.").command("evaluation show ID") }
post   "/api/v1/evaluations/{id}/heartbeat"      Lease         leases::heartbeat
       { one::<HeartbeatResponse>("Hold a lease.").takes::<HeartbeatRequest>() }
post   "/api/v1/evaluations/{id}/checks"         Lease         leases::checks
       { one::<EvaluationView>("Note the state of a named part.").takes::<CheckRequest>() }
post   "/api/v1/evaluations/{id}/finish"         Worker        leases::finish
       { one::<EvaluationView>("End the work.").takes::<FinishRequest>() }
post   "/api/v1/evaluations/{id}/approve"        Organization  evaluations::approve
       { one::<EvaluationView>("Release a held evaluation, for one commit.").takes::<ApprovalRequest>()
         .command("evaluation approve ID") }
post   "/api/v1/evaluations/{id}/cancel"         Organization  evaluations::cancel
       { one::<EvaluationView>("Cancel an evaluation.").command("evaluation cancel ID") }
post   "/api/v1/evaluations/{id}/rerun"          Organization  evaluations::rerun
       { made::<EvaluationView>("Do the work of an evaluation again.").command("evaluation rerun ID") }

// The outbox.
get    "/api/v1/statuses"                        Organization  statuses::list
       { list::<StatusView>("List statuses.").with(by::STATUSES).command("status list") }
get    "/api/v1/statuses/{id}"                   Organization  statuses::show
       { one::<StatusView>("Show a status.").command("status show ID") }
post   "/api/v1/statuses/{id}/retry"             Organization  statuses::retry
       { one::<StatusView>("Try a status again that was given up.").command("status retry ID") }

// Access tokens.
get    "/api/v1/tokens"                          Administrator tokens::list
       { list::<TokenView>("List tokens.").command("token list") }
get    "/api/v1/tokens/{id}"                     Administrator tokens::show
       { one::<TokenView>("Show a token, without its value.").command("token show ID") }
post   "/api/v1/tokens"                          Administrator tokens::create
       { made::<TokenView>("Make a token; its value is shown this once.").takes::<NewToken>().command("token create") }
delete "/api/v1/tokens/{id}"                     Administrator tokens::delete
       { one::<Deleted>("Delete a token: it stops to count at once.").command("token delete ID") }

// Plugins, apps and their installations.
get    "/api/v1/plugins"                         Administrator plugins::list
       { list::<PluginView>("List plugins.").command("plugin list") }
get    "/api/v1/plugins/{forge}"                 Administrator plugins::show
       { one::<PluginView>("Show a plugin.").command("plugin show FORGE") }
post   "/api/v1/apps/{forge}/manifest"           Administrator manifests::create
       { made::<ManifestView>("Begin to make an app; answers the link to open.").takes::<NewManifest>() }
get    "/api/v1/apps/{forge}/manifest/{id}"      Administrator manifests::show
       { one::<MakingView>("Show the state of the making of an app.").with(by::WAIT) }
get    "/api/v1/apps/{forge}/manifest/form"      Open          manifests::form
       { bare("The page that leads to the forge's form.", "text/html").with(by::STATE) }
get    "/api/v1/apps/{forge}/manifest/callback"  Open          manifests::callback
       { one::<AppView>("Take the browser that the forge sends back.").with(by::CALLBACK) }
get    "/api/v1/apps/{forge}/installations"      Administrator installations::list
       { list::<InstallationView>("List bound installations.").with(by::INSTALLATIONS).command("app list FORGE") }
get    "/api/v1/apps/{forge}/installations/{id}" Administrator installations::show
       { one::<InstallationView>("Show an installation.").with(by::INSTALLATION).command("app show FORGE ID") }
post   "/api/v1/apps/{forge}/installations"      Administrator installations::bind
       { made::<InstallationView>("Bind an installation to an organization.").takes::<BindingRequest>()
         .command("app bind FORGE") }
patch  "/api/v1/apps/{forge}/installations/{id}" Administrator installations::change
       { one::<InstallationView>("Change the addresses of an installation.").takes::<BindingChanges>()
         .with(by::INSTALLATION).command("app edit FORGE ID") }
delete "/api/v1/apps/{forge}/installations/{id}" Administrator installations::delete
       { one::<UnlinkedResponse>("Delete the binding of an installation.").with(by::INSTALLATION)
         .command("app delete FORGE ID") }
post   "/api/v1/apps/{forge}/installations/accounts"  Administrator  installations::confirm
       { made::<AccountView>("Confirm an account for an organization: its installations may be bound to it.")
         .takes::<ConfirmationRequest>().command("app confirm FORGE") }
get    "/api/v1/apps/{forge}/installations/accounts"  Administrator  installations::accounts
       { list::<AccountView>("List the accounts that were confirmed.").with(by::INSTALLATIONS).command("app accounts FORGE") }

// The audit log.
get    "/api/v1/audit"                           Organization  audit::list
       { list::<AuditView>("List the entries of the audit log.").with(by::AUDIT).command("audit list") }
    } };
}

macro_rules! collect {
    ($($method:ident $path:literal $scope:ident $handler:path $operation:block)*) => {
        const ALL: &[Route] = &[$(Route {
            method: stringify!($method),
            path: $path,
            scope: Scope::$scope,
            handler: stringify!($handler),
            operation: $operation,
        }),*];
    };
}

routes!(collect);

/// Every route, in the order of the table.
#[must_use]
pub const fn all() -> &'static [Route] {
    ALL
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_route_stands_once_and_so_does_a_command() {
        let (mut routes, mut commands) = (BTreeSet::new(), BTreeSet::new());
        for route in all() {
            assert!(routes.insert((route.method, route.path)), "{} twice", route.path);
            let usage = route.operation.command.map(|command| command.usage);
            let words: Vec<_> = usage.into_iter().flat_map(|usage| usage.split(' ').take(2)).collect();
            assert!(words.is_empty() || commands.insert(words.clone()), "{words:?} twice");
        }
        assert!(routes.len() > 60 && commands.len() > 40);
    }

    #[test]
    fn a_command_names_every_parameter_of_its_path() {
        for route in all() {
            let Some(command) = route.operation.command else {
                continue;
            };
            let path = command.path.unwrap_or(route.path);
            let names = command.usage.split(' ').skip(2).count();
            let spare = names - path.matches('{').count();
            assert!(spare <= 1, "{}", command.usage);
            assert!(spare == 0 || route.operation.request.is_some(), "{}", command.usage);
        }
    }
}
