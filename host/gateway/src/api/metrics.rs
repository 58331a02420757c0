//! Metrics for Prometheus. Labels are closed sets: never a name that a stranger can invent.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, header};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use crate::access::Caller;
use crate::connection::{Connections, HookHealth};
use crate::core::Core;
use crate::metrics::word;
use crate::reconciliation::Reconciliation;
use crate::response::Problem;

/// Shows all metrics.
pub async fn show(
    State(core): State<Arc<Core>>,
    State(connections): State<Arc<Connections>>,
    State(reconciliation): State<Arc<Reconciliation>>,
    caller: Caller,
) -> Result<Response, Problem> {
    caller.administrates()?;
    let mut registry = Registry::default();
    core.metrics.register(&mut registry);
    registry.register_collector(Box::new(GatewayMetrics {
        core,
        connections,
        reconciliation,
    }));
    let mut text = String::new();
    encode(&mut text, &registry).map_err(Problem::internal)?;
    let mut response = Response::new(text.into());
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

/// Collector of the figures that the parts keep by themselves, read at each scrape.
struct GatewayMetrics {
    core: Arc<Core>,
    connections: Arc<Connections>,
    reconciliation: Arc<Reconciliation>,
}

impl std::fmt::Debug for GatewayMetrics {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("GatewayMetrics")
    }
}

impl Collector for GatewayMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        self.queue(&mut encoder)?;
        self.statuses(&mut encoder)?;
        self.follow_ups(&mut encoder)?;
        self.storage(&mut encoder)?;
        self.hooks(&mut encoder)?;
        self.plugins(&mut encoder)
    }
}

impl GatewayMetrics {
    fn queue(&self, encoder: &mut DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let depth = self.core.store.queue_depth();
        let states = [
            ("held", depth.held),
            ("queued", depth.queued),
            ("running", depth.running),
        ];
        let values = states.map(|(state, count)| {
            (
                vec![("state", state.to_owned())],
                gauge(i64::try_from(count).unwrap_or(i64::MAX)),
            )
        });
        family(encoder, "forgegate_evaluations", "Live evaluations by state", &values)?;
        let now = self.core.clock.now();
        let age = self
            .core
            .store
            .oldest_queued()
            .map_or(0, |since| now.seconds().saturating_sub(since.seconds()).max(0));
        family(
            encoder,
            "forgegate_oldest_queued_seconds",
            "How long the oldest queued evaluation has waited",
            &[(Vec::new(), gauge(age))],
        )?;
        let oldest = self.reconciliation.oldest();
        let age = oldest.map_or(0, |since| now.seconds().saturating_sub(since.seconds()).max(0));
        family(
            encoder,
            "forgegate_reconciliation_oldest_look_seconds",
            "How long ago the repository was looked at whose last look lies furthest back",
            &[(Vec::new(), gauge(age))],
        )
    }

    fn statuses(&self, encoder: &mut DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let counts = self.core.store.status_counts();
        let outcomes = [("waiting", counts.waiting), ("failed", counts.failed)];
        let values = outcomes.map(|(outcome, count)| {
            (
                vec![("outcome", outcome.to_owned())],
                gauge(i64::try_from(count).unwrap_or(i64::MAX)),
            )
        });
        family(
            encoder,
            "forgegate_statuses",
            "Statuses that wait to be sent, and statuses that were given up",
            &values,
        )
    }

    fn follow_ups(&self, encoder: &mut DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let open = i64::try_from(self.core.store.open_follow_ups()).unwrap_or(i64::MAX);
        family(
            encoder,
            "forgegate_follow_ups_open",
            "Questions to forges that came up with a delivery and are not answered yet",
            &[(Vec::new(), gauge(open))],
        )
    }

    fn storage(&self, encoder: &mut DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let metrics = self.core.store.metrics();
        let ended = metrics.ended.into_iter();
        let ended: Vec<_> = ended
            .map(|(state, count)| (vec![("result", word(state))], ConstCounter::new(count)))
            .collect();
        family(
            encoder,
            "forgegate_evaluations_ended",
            "Evaluations that came to their end, by result",
            &ended,
        )?;
        family(
            encoder,
            "forgegate_commit_batches",
            "Transactions that were committed, each synced once",
            &[(Vec::new(), ConstCounter::new(metrics.batches))],
        )?;
        family(
            encoder,
            "forgegate_commit_batch_members",
            "Writes that shared these transactions",
            &[(Vec::new(), ConstCounter::new(metrics.members))],
        )?;
        family(
            encoder,
            "forgegate_commit_seconds",
            "Time spent syncing and committing these transactions",
            &[(Vec::new(), ConstCounter::new(metrics.committing.as_secs_f64()))],
        )
    }

    fn hooks(&self, encoder: &mut DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let counts = self.connections.statuses.count();
        let mut values = Vec::new();
        for forge in self.core.plugins.all().map(|plugin| plugin.forge().to_owned()) {
            for state in HookHealth::ALL {
                let count = counts.get(&(forge.clone(), state)).copied().unwrap_or_default();
                let labels = vec![("forge", forge.clone()), ("state", word(state))];
                values.push((labels, gauge(i64::try_from(count).unwrap_or(i64::MAX))));
            }
        }
        family(
            encoder,
            "forgegate_hooks",
            "Hooks at the forges by how they were last seen",
            &values,
        )
    }

    fn plugins(&self, encoder: &mut DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let (mut calls, mut traps, mut timeouts) = (Vec::new(), Vec::new(), Vec::new());
        for plugin in self.core.plugins.all() {
            let metrics = plugin.metrics();
            let label = || vec![("forge", plugin.forge().to_owned())];
            calls.push((label(), ConstCounter::new(metrics.calls)));
            traps.push((label(), ConstCounter::new(metrics.traps)));
            timeouts.push((label(), ConstCounter::new(metrics.timeouts)));
        }
        family(encoder, "forgegate_plugin_calls", "Calls of plugins", &calls)?;
        family(
            encoder,
            "forgegate_plugin_traps",
            "Calls that ended by the plugin's fault",
            &traps,
        )?;
        family(
            encoder,
            "forgegate_plugin_timeouts",
            "Calls that missed their deadline",
            &timeouts,
        )
    }
}

type Labels = Vec<(&'static str, String)>;

fn gauge(value: i64) -> ConstGauge<i64> {
    ConstGauge::new(value)
}

fn family<M: EncodeMetric>(
    encoder: &mut DescriptorEncoder,
    name: &str,
    help: &str,
    values: &[(Labels, M)],
) -> Result<(), std::fmt::Error> {
    let Some((_, first)) = values.first() else {
        return Ok(());
    };
    let mut metric = encoder.encode_descriptor(name, help, None, first.metric_type())?;
    for (labels, value) in values {
        value.encode(metric.encode_family(labels)?)?;
    }
    Ok(())
}
