//! A synthesized delivery: nobody sent it; it says where a branch or a pull request of a named project is, by what the forge showed.
//!
//! Its event is a [`SynthesizedHead`]: a push to a branch, its deletion, or a pull request that was opened, got code or was closed; never
//! a comment, a review or a button.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use forgegate_model::activity::Origin;
use forgegate_model::crypto::sha256;
use forgegate_model::delivery::{Contents, Delivery, Outcome, StepName};
use forgegate_model::event::{PullRequest, PullRequestAction, PullRequestState, Push, Repository as Named, Side};
use forgegate_model::evidence::{Keys, ProvedEvent, SynthesizedHead};
use forgegate_model::heads::HeadMove;
use forgegate_model::ids::{DeliveryId, ProjectId};
use forgegate_model::integration::Integration;
use forgegate_model::project::StableId;
use forgegate_model::repository::{EventRepository, ForgeBase};
use forgegate_model::timestamp::Timestamp;
use forgegate_model::trust::Instance;
use forgegate_sandbox::Plugin;
use forgegate_sandbox::outbound::{PullRequestNow, RepositoryNow};
use forgegate_storage::{Consequences, HeadChange, HeadSource, NewDelivery, StoreError};

use crate::clock::fresh_id;
use crate::core::Core;
use crate::hook_endpoint::{Entry, HookEndpoint};
use crate::journal::Journal;
use crate::selection::{self, Selected, SelectionInput};

/// The time in which the writer must come to it: nobody waits for the answer.
const WRITE_DEADLINE: Duration = Duration::from_secs(60);

/// The source address of a delivery that nobody sent. It is shown as null.
pub const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// A head that nobody delivered, as a delivery to be recorded.
pub struct SynthesizedDelivery<'a> {
    /// The forge's plugin.
    pub plugin: &'a Plugin,
    /// The inbound integration by which the forge would have delivered.
    pub inbound: &'a Arc<Integration>,
    /// The head that the forge would have told of, as far as a poll can know it.
    pub head: SynthesizedHead,
    /// The projects that miss it.
    pub projects: Vec<ProjectId>,
    /// The time of the poll.
    pub asked: Timestamp,
}

/// A repository as a poll found it, and what makes its events.
pub struct Repository<'a> {
    /// The repository that lies at the path.
    pub now: &'a RepositoryNow,
    /// The forge's web address.
    pub address: &'a str,
    /// The id that the project pinned.
    pub pinned: Option<StableId>,
}

/// Records a synthesized delivery. None where it turned out that nobody misses the head.
///
/// # Errors
/// `Invalid` for a head without a move; when storage is unavailable.
pub async fn record(core: &Core, synthesized: SynthesizedDelivery<'_>) -> Result<Option<Delivery>, StoreError> {
    let Some(moved) = HeadMove::of(synthesized.head.event()) else {
        return Err(StoreError::Invalid("only a head can be stated".to_owned()));
    };
    let change = HeadChange {
        moved,
        projects: synthesized.projects,
        by: HeadSource::Poll(synthesized.asked),
    };
    let Some(new) = new_delivery(core, synthesized.plugin, synthesized.inbound, synthesized.head, change) else {
        return Ok(None);
    };
    let delivery = core.store.state_head(new).await?;
    if let Some(delivery) = &delivery {
        let (id, outcome, forge) = (delivery.id, delivery.outcome, &delivery.route.forge);
        core.metrics.recorded(forge, outcome);
        core.metrics.recovered(forge, "stated");
        tracing::info!(delivery.id = %id, delivery.outcome = ?outcome, "recovered the delivery {id} by asking `{forge}`: {outcome:?}");
    }
    Ok(delivery)
}

/// The delivery as it is to be written; none where the integration's organization is gone.
fn new_delivery(
    core: &Core,
    plugin: &Plugin,
    inbound: &Arc<Integration>,
    mut head: SynthesizedHead,
    change: HeadChange,
) -> Option<NewDelivery> {
    let entry = if inbound.is_app_managed() {
        head.set_installation(inbound.installation_id.clone());
        Entry::App
    } else {
        let organization = core.store.directory().organization(inbound.organization)?;
        Entry::Integration {
            integration: Arc::clone(inbound),
            organization: (organization.id, organization.name.to_string()),
        }
    };
    let endpoint = HookEndpoint {
        plugin: plugin.clone(),
        entry,
        keys: Keys::default(),
    };
    let id = DeliveryId(fresh_id());
    let mut journal = Journal::begin();
    let proved = ProvedEvent::from(head);
    let event = proved.event();
    let arrived = SelectionInput {
        id,
        endpoint: &endpoint,
        forge_event: event.kind().as_str(),
        source: None,
        first_received_at: core.clock.now(),
        origin: Origin::Recovered,
        replay_of: None,
    };
    let mut selected = selection::select(core, &arrived, &proved);
    narrow(&mut selected, &change.projects);
    journal.ok(StepName::Match);
    let (steps, duration_ms) = journal.close();
    let row = Delivery {
        id,
        received_at: core.clock.now(),
        duration_ms,
        route: endpoint.route(),
        organizations: selected.organizations,
        source_ip: NOBODY,
        payload_bytes: 0,
        event: Some((event.kind(), event.detail.action())),
        outcome: Outcome::Ignored,
        status: 200,
        findings: selected.findings,
        forge_delivery_id: None,
        // Of what nobody sent there is nothing to be compared with.
        digest: sha256(id.as_bytes()),
        duplicates: 0,
        last_duplicate_at: None,
        repeat_of: None,
        replay_of: None,
        recovered: true,
        test: false,
    };
    let contents = Contents {
        headers: Vec::new(),
        payload: bytes::Bytes::new(),
        forge_event: event.kind().as_str().to_owned(),
        event: serde_json::to_string(event).ok(),
        steps,
        content_type: None,
    };
    Some(NewDelivery {
        row,
        contents,
        key: None,
        consequences: Consequences {
            candidates: selected.consequences.candidates,
            activity: selected.consequences.activity,
            head: Some(change),
            // What a poll does not tell (who brought it) nobody can be asked about, and the head is what the forge has just named.
            ..Consequences::default()
        },
        deadline: Instant::now() + WRITE_DEADLINE,
        audit: None,
    })
}

/// Leaves only these projects: the others know already.
fn narrow(selected: &mut Selected, projects: &[ProjectId]) {
    selected
        .consequences
        .candidates
        .retain(|it| projects.contains(&it.project));
    let findings = &mut selected.findings;
    findings.skipped.retain(|it| projects.contains(&it.project_id));
    findings.projects_scanned = u32::try_from(projects.len()).unwrap_or(u32::MAX);
}

impl Repository<'_> {
    /// A branch that moved, or went.
    pub fn pushed(
        &self,
        ref_name: &str,
        before: Option<&str>,
        after: Option<&str>,
    ) -> Result<SynthesizedHead, StoreError> {
        let push = Push {
            ref_name: ref_name.to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
            created: before.is_none(),
            deleted: after.is_none(),
            forced: None,
            commits: Vec::new(),
            commits_total: None,
            changed_paths: Vec::new(),
            paths_complete: false,
        };
        let not_a_head = || StoreError::Invalid("only a head can be stated".to_owned());
        SynthesizedHead::branch(self.named(), push).ok_or_else(not_a_head)
    }

    /// A pull request that was opened, got code, or was closed.
    pub fn requested(&self, number: u64, before: Option<&str>, now: PullRequestNow) -> SynthesizedHead {
        let (action, state) = match (now.open, before) {
            (false, _) => (PullRequestAction::Closed, PullRequestState::Closed),
            (true, None) => (PullRequestAction::Opened, PullRequestState::Open),
            (true, Some(_)) => (PullRequestAction::Updated, PullRequestState::Open),
        };
        let pull_request = PullRequest {
            action,
            number,
            title: now.title,
            url: None,
            state,
            draft: now.draft,
            fork: now.fork,
            labels: now.labels,
            assignees: Vec::new(),
            reviewers: Vec::new(),
            author: now.author,
            head: Side {
                sha: Some(now.head),
                ref_name: now.head_ref,
                repository_id: now.head_repository_id,
            },
            base: Side {
                sha: None,
                ref_name: now.base_ref,
                repository_id: Some(self.now.id.clone()),
            },
            fetch_ref: now.fetch_ref,
            new_code: true,
            before: before.map(str::to_owned),
            message: None,
        };
        SynthesizedHead::pull_request(self.named(), pull_request)
    }

    /// The repository's stable id at a forge.
    pub fn stable_id(&self, forge: &str) -> Option<StableId> {
        let host = EventRepository::of_urls(&[self.url()])?.instance;
        let instance = Instance { forge, host: &host };
        instance.id(Some(&self.now.id))
    }

    fn named(&self) -> Named {
        let branch = self.now.default_branch.as_deref();
        let default_branch = branch.and_then(|it| it.strip_prefix("refs/heads/"));
        Named {
            id: Some(self.now.id.clone()),
            full_name: self.now.full_name.clone(),
            urls: vec![self.url()],
            web_url: None,
            default_branch: default_branch.map(str::to_owned),
        }
    }

    /// Where the repository lies, as the forge's own deliveries say: ids are pinned with the host that these name, which may have
    /// another port than the address at which the gateway asks.
    fn url(&self) -> String {
        let below = format!("{}/{}", self.address, self.now.full_name);
        let Some(pinned) = &self.pinned else { return below };
        let Some((scheme, rest)) = self.address.split_once("://") else {
            return below;
        };
        let base = ForgeBase::parse(self.address).ok();
        let same =
            ForgeBase::of_host(&pinned.host).is_ok_and(|it| Some(it.host()) == base.as_ref().map(ForgeBase::host));
        let path = rest
            .split_once('/')
            .map(|(_, path)| format!("/{path}"))
            .unwrap_or_default();
        if same {
            format!("{scheme}://{}{path}/{}", pinned.host, self.now.full_name)
        } else {
            below
        }
    }
}
