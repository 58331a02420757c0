//! What a delivery of an app says of its installation, applied in the delivery's own transaction: nothing is lost with a crash, and
//! nothing is done twice.

use std::collections::HashMap;
use std::sync::Arc;

use forgegate_engine::StoreError;
use forgegate_model::audit::AuditEntry;
use forgegate_model::delivery::Delivery;
use forgegate_model::event::{self, User};
use forgegate_model::ids::{AuditId, DerivedIds, InstallationId, IntegrationId, OrganizationId};
use forgegate_model::installation::{
    ApplyOutcome, Bind, Binding, BindingEffect, Installation, InstallationEventContext, InstallationStatus, Move,
    Moves, Named, apply_event as apply, may_bind, moved,
};
use forgegate_model::plugin::{Description, Shorthand};
use forgegate_model::project::StableId;
use forgegate_model::repository::{EventRepository, RepositoryIdentity};

use crate::cascades::pairs;
use crate::installations::{accounts, find, save};
use crate::store::Tx;
use crate::{audit, organizations, outbox, projects};

/// Why what waited for an installation is told no more.
const GONE: &str = "the app was uninstalled";

/// What a delivery of an app says of its installation, and what is needed to act on it.
#[derive(Clone, Debug)]
pub struct InstallationNotice {
    /// The installation's forge.
    pub forge: String,
    /// Its web address.
    pub origin: String,
    /// The base URL of pairs, where the web address is not a public one.
    pub base_url: Option<String>,
    /// What it says.
    pub word: InstallationEvent,
    /// The accounts that may be bound.
    pub policy: Bind,
    /// The plugins that are loaded.
    pub plugins: Arc<Vec<Description>>,
    /// The short spellings of clone URLs that they know.
    pub shorthands: Vec<Shorthand>,
}

/// What is said.
#[derive(Clone, Debug)]
pub enum InstallationEvent {
    /// Something of the installation itself.
    Installation(Box<event::Installation>),
    /// A repository was renamed or transferred.
    Moved {
        /// The installation that tells it.
        number: String,
        /// Where to.
        repository: Move,
    },
}

/// Applies the news of a delivery; the organizations that it turns out to belong to are added to it.
///
/// # Errors
/// When storage fails. What cannot be read costs the news alone, and is in the log.
pub(crate) fn apply_event(
    tx: &mut Tx<'_>,
    news: Option<&InstallationNotice>,
    delivery: &mut Delivery,
) -> Result<(), StoreError> {
    let Some(news) = news else { return Ok(()) };
    let mut writer = InstallationEventWriter {
        news,
        ids: DerivedIds::of(delivery.id.0),
        delivery,
    };
    match &news.word {
        InstallationEvent::Installation(word) => writer.installation(tx, word),
        InstallationEvent::Moved { number, repository } => writer.repository(tx, number, repository),
    }
}

struct InstallationEventWriter<'a> {
    news: &'a InstallationNotice,
    delivery: &'a mut Delivery,
    ids: DerivedIds,
}

impl InstallationEventWriter<'_> {
    fn installation(&mut self, tx: &mut Tx<'_>, word: &event::Installation) -> Result<(), StoreError> {
        let fresh = InstallationId(self.ids.fresh());
        let Some(known) = self.known(tx, &word.id, &word.account) else {
            return Ok(());
        };
        let context = InstallationEventContext {
            forge: &self.news.forge,
            origin: &self.news.origin,
            event: word,
            replayed: self.delivery.replay_of.is_some(),
            fresh,
            at: self.delivery.received_at,
        };
        let (mut next, turn) = match (apply(known.as_ref(), &context), &known) {
            (ApplyOutcome::Changed(next, turn), _) => (*next, turn),
            // Nothing of it is new; but more may own what it covers by now.
            (ApplyOutcome::Known, Some(known)) => (known.clone(), BindingEffect::Grew),
            (ApplyOutcome::Known, None) => return Ok(()),
            (ApplyOutcome::Stale(why), _) => {
                tracing::info!(
                    installation = word.id,
                    "a word about an installation changes nothing: {why}"
                );
                return Ok(());
            }
        };
        if turn == BindingEffect::Went {
            self.take_pairs(tx, &mut next)?;
        } else {
            self.keep_pairs(tx, &mut next)?;
            if turn == BindingEffect::Grew && !word.added.is_empty() {
                self.bind_owners(tx, &mut next)?;
            }
            self.follow(tx, known.as_ref(), &next)?;
        }
        self.stand(tx, known.as_ref(), &next);
        let is_news = known.as_ref() != Some(&next);
        for binding in &next.bindings {
            self.belongs(binding.organization);
            if is_news {
                let what = format!("installation {}", word.action.as_str());
                self.record(tx, binding.organization, what, self.target(&next))?;
            }
        }
        if is_news { save(tx, next) } else { Ok(()) }
    }

    /// The installation that is meant; nothing where it cannot be read.
    fn known(&self, tx: &Tx<'_>, number: &str, account: &User) -> Option<Option<Installation>> {
        let named = Named {
            forge: &self.news.forge,
            origin: &self.news.origin,
            number,
            account,
        };
        find(tx, &named)
            .inspect_err(|error| tracing::error!(%error, installation = number, "an installation cannot be read"))
            .ok()
    }

    /// It is gone: its pairs go, and what they were linked by is remembered.
    fn take_pairs(&self, tx: &mut Tx<'_>, next: &mut Installation) -> Result<(), StoreError> {
        for binding in next.bindings.iter_mut().filter(|it| it.is_live()) {
            binding.unlinked = Some(pairs::take(tx, binding)?);
        }
        Ok(())
    }

    /// It is there: pairs get the number and account of today, and those that uninstalling took come again.
    fn keep_pairs(&mut self, tx: &mut Tx<'_>, next: &mut Installation) -> Result<(), StoreError> {
        let at = self.delivery.received_at;
        for index in 0..next.bindings.len() {
            let Some(mut binding) = next.bindings.get(index).cloned() else {
                continue;
            };
            let base_url = self.news.base_url.as_deref();
            if pairs::put(tx, next, &binding, base_url)?.is_none() {
                tracing::warn!(organization = %binding.organization, "the name of an app's pair is taken; it is not made");
                continue;
            }
            if let Some(links) = binding.unlinked.take() {
                pairs::relink(tx, &binding, &links)?;
                pairs::attach(tx, binding.organization, &self.news.plugins, &mut self.ids, at)?;
            }
            accounts::note_bound(tx, binding.organization, next, at)?;
            if let Some(slot) = next.bindings.get_mut(index) {
                *slot = binding;
            }
        }
        Ok(())
    }

    /// Binds every organization that owns a project whose repository is covered, as far as its account may be bound.
    fn bind_owners(&mut self, tx: &mut Tx<'_>, next: &mut Installation) -> Result<(), StoreError> {
        let (there, _) = organizations::load(tx)?;
        let owners = self.owners(tx, next)?;
        let at = self.delivery.received_at;
        for organization in there.iter().map(|it| it.id).filter(|id| owners.contains(id)) {
            if next.binding(organization).is_some() || !self.may_bind(tx, next, organization, there.len())? {
                continue;
            }
            let binding = Binding {
                organization,
                inbound: IntegrationId(self.ids.fresh()),
                outbound: IntegrationId(self.ids.fresh()),
                allowed_ips: Vec::new(),
                unlinked: None,
                created_at: at,
            };
            if pairs::put(tx, next, &binding, self.news.base_url.as_deref())?.is_none() {
                tracing::warn!(%organization, "the name of an app's pair is taken; it is not made");
                continue;
            }
            pairs::attach(tx, organization, &self.news.plugins, &mut self.ids, at)?;
            next.bindings.push(binding);
            accounts::note_bound(tx, organization, next, at)?;
            self.record(tx, organization, "bind installation".to_owned(), self.target(next))?;
        }
        Ok(())
    }

    fn owners(&self, tx: &Tx<'_>, next: &Installation) -> Result<Vec<OrganizationId>, StoreError> {
        let (mut owners, coverage) = (Vec::new(), next.coverage());
        projects::each(tx, &mut |project| {
            if coverage.has(&RepositoryIdentity::of_record(&project.identity)) {
                owners.push(project.organization);
            }
        })?;
        Ok(owners)
    }

    fn may_bind(
        &self,
        tx: &Tx<'_>,
        next: &Installation,
        organization: OrganizationId,
        organizations: usize,
    ) -> Result<bool, StoreError> {
        let account = User {
            id: next.account_id.clone(),
            login: next.account.clone(),
        };
        let named = Named {
            forge: &self.news.forge,
            origin: &self.news.origin,
            number: &next.number,
            account: &account,
        };
        let confirmed = accounts::of(tx, organization)?;
        Ok(may_bind(self.news.policy, organizations, &named, &confirmed))
    }

    /// Projects follow repositories that are known by number under another path than theirs.
    fn follow(&mut self, tx: &mut Tx<'_>, known: Option<&Installation>, next: &Installation) -> Result<(), StoreError> {
        if self.delivery.replay_of.is_some() {
            return Ok(());
        }
        let before: HashMap<_, _> = known
            .iter()
            .flat_map(|known| &known.repositories)
            .map(|it| (&it.id, &it.full_name))
            .collect();
        let mut steps = Vec::new();
        for granted in &next.repositories {
            let id = granted.id.as_deref().and_then(|id| self.stable(id, &granted.full_name));
            steps.extend(id.map(|id| Move {
                id,
                origin: self.news.origin.clone(),
                from: before.get(&granted.id).map(|name| (*name).clone()),
                to: granted.full_name.clone(),
            }));
        }
        self.move_projects(tx, next, &steps)
    }

    fn repository(&mut self, tx: &mut Tx<'_>, number: &str, step: &Move) -> Result<(), StoreError> {
        let nobody = User {
            id: None,
            login: String::new(),
        };
        let Some(Some(mut next)) = self.known(tx, number, &nobody) else {
            return Ok(());
        };
        if next.number != number || self.delivery.replay_of.is_some() {
            return Ok(());
        }
        self.move_projects(tx, &next, std::slice::from_ref(step))?;
        let granted = next.repositories.iter_mut();
        let named = granted.filter(|it| it.id.as_deref() == Some(&step.id.id) && it.full_name != step.to);
        let mut changed = false;
        for granted in named {
            granted.full_name.clone_from(&step.to);
            changed = true;
        }
        if changed { save(tx, next) } else { Ok(()) }
    }

    /// Has the projects of the bound organizations follow their repositories.
    fn move_projects(&mut self, tx: &mut Tx<'_>, of: &Installation, steps: &[Move]) -> Result<(), StoreError> {
        let (mut after, moves) = (Vec::new(), Moves::of(steps));
        projects::each(tx, &mut |project| {
            let is_bound = of.binding(project.organization).is_some_and(Binding::is_live);
            let step = moves.concerning(&project).filter(|_| is_bound);
            let next = step.and_then(|step| moved(&project, step, &self.news.shorthands));
            after.extend(next.map(|next| (project, next)));
        })?;
        for (before, next) in after {
            projects::follow(tx, &next)?;
            let target = format!("{}: {} is {} now", next.name, before.identity, next.identity);
            self.record(tx, next.organization, "follow repository".to_owned(), target)?;
        }
        Ok(())
    }

    /// Wakes what waited for an installation that was switched off, and fails what waits for one that is gone.
    fn stand(&self, tx: &mut Tx<'_>, known: Option<&Installation>, next: &Installation) {
        let was = known.map(|known| known.status);
        if was == Some(next.status) {
            return;
        }
        let at = self.delivery.received_at;
        for binding in &next.bindings {
            match next.status {
                InstallationStatus::Active => outbox::wake_integration(tx, binding.outbound, at),
                InstallationStatus::Uninstalled => outbox::fail_integration(tx, binding.outbound, GONE),
                InstallationStatus::Suspended => {}
            }
        }
    }

    fn stable(&self, id: &str, full_name: &str) -> Option<StableId> {
        let url = format!("{}/{full_name}", self.news.origin);
        let repository = EventRepository::of_urls(&[url])?;
        Some(StableId {
            forge: self.news.forge.clone(),
            host: repository.instance,
            id: id.to_owned(),
        })
    }

    fn belongs(&mut self, organization: OrganizationId) {
        if !self.delivery.organizations.contains(&organization) {
            self.delivery.organizations.push(organization);
            self.delivery.organizations.sort_unstable();
        }
    }

    fn target(&self, next: &Installation) -> String {
        format!("{} installation {} ({})", next.forge, next.number, next.account)
    }

    fn record(
        &mut self,
        tx: &mut Tx<'_>,
        organization: OrganizationId,
        action: String,
        target: String,
    ) -> Result<(), StoreError> {
        let entry = AuditEntry {
            id: AuditId(self.ids.fresh()),
            at: self.delivery.received_at,
            organization: Some(organization),
            actor: format!("delivery {}", self.delivery.id),
            action,
            target,
            outcome: "200".to_owned(),
            source_ip: Some(self.delivery.source_ip),
        };
        audit::append(tx, Some(&entry))
    }
}
