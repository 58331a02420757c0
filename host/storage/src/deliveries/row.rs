//! The row of a delivery as it is stored.

use forgegate_engine::{IndexEntry, Key, Location, Owner, RowKind, Rows, SealContext, StoreError, Table, Vault};
use forgegate_model::delivery::{Delivery, Findings, Outcome, Route};
use forgegate_model::event::Kind;
use forgegate_model::ids::{DeliveryId, OrganizationId, ProjectId};
use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

use super::key::{bytes_hash, seen_value};
use super::private::Private;

use crate::indexes;
use crate::memory::Repeats;
use crate::rows::{ReadRow, Row, decode};
use crate::store::tenant;

/// Deliveries: id → row.
pub(crate) const DELIVERIES: Table = Table("deliveries");

/// A delivery's row: the part readable without a key, the sealed part, and the key itself, sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DeliveryRow {
    pub(crate) received_at: Timestamp,
    duration_ms: u32,
    route: Route,
    organizations: Vec<OrganizationId>,
    payload_bytes: u64,
    event: Option<(Kind, Option<String>)>,
    outcome: Outcome,
    status: u16,
    forge_delivery_id: Option<String>,
    digest: [u8; 32],
    duplicates: u64,
    last_duplicate_at: Option<Timestamp>,
    repeat_of: Option<DeliveryId>,
    replay_of: Option<DeliveryId>,
    recovered: bool,
    test: bool,
    projects: Vec<ProjectId>,
    /// The hash by which a repetition is recognised.
    seen: Option<[u8; 16]>,
    /// The delivery's key, sealed for each organization; for the instance where there is none.
    keys: Vec<(Option<OrganizationId>, Vec<u8>)>,
    pub(crate) contents: Location,
    findings: Vec<u8>,
    /// The version that `findings` was sealed in: a row is written anew without opening what is sealed in it.
    pub(crate) sealed_in: u8,
}

impl Row for DeliveryRow {
    const VERSION: u8 = 2;

    /// 2 put `sealed_in` behind what 1 had.
    fn decode_older(version: u8, bytes: &[u8]) -> Option<Self> {
        (version == 1).then(|| postcard::from_bytes(&[bytes, &[version]].concat()).ok())?
    }
}

/// The delivery's key, open and as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct DeliveryKeys {
    pub(crate) open: Key,
    sealed: Vec<(Option<OrganizationId>, Vec<u8>)>,
}

impl DeliveryKeys {
    /// A fresh key, sealed for every organization that the delivery belongs to.
    pub(crate) fn make(vault: &Vault, delivery: &Delivery) -> Result<Self, StoreError> {
        Self::seal(Key::random()?, vault, delivery)
    }

    /// The key of a row, as it stands there.
    pub(crate) fn of_row(row: &DeliveryRow, vault: &Vault, id: DeliveryId) -> Result<Self, StoreError> {
        Ok(Self {
            open: row.key(vault, id)?,
            sealed: row.keys.clone(),
        })
    }

    /// The same key, sealed for every organization that the delivery belongs to by now.
    pub(crate) fn for_owners(&self, vault: &Vault, delivery: &Delivery) -> Result<Self, StoreError> {
        Self::seal(self.open.clone(), vault, delivery)
    }

    fn seal(open: Key, vault: &Vault, delivery: &Delivery) -> Result<Self, StoreError> {
        let of_route = delivery.route.organization.as_ref().map(|(id, _)| *id);
        let mut owners: Vec<_> = of_route
            .into_iter()
            .chain(delivery.organizations.iter().copied())
            .map(Some)
            .collect();
        owners.sort_unstable();
        owners.dedup();
        if owners.is_empty() {
            owners.push(None);
        }
        let context = key_context(&delivery.id);
        let sealed = owners
            .into_iter()
            .map(|owner| Ok((owner, vault.seal(owner_of(owner), &context, open.expose())?)))
            .collect::<Result<_, StoreError>>()?;
        Ok(Self { open, sealed })
    }
}

impl DeliveryRow {
    /// The row of a delivery, with what of it is private sealed.
    pub(crate) fn seal(
        delivery: &Delivery,
        keys: &DeliveryKeys,
        seen: Option<[u8; 16]>,
        contents: Location,
    ) -> Result<Self, StoreError> {
        let plain = Private::encode(delivery)?;
        let mut findings = Vec::new();
        keys.open
            .seal_into(&findings_context(&delivery.id), &plain, &mut findings)?;
        Ok(Self {
            received_at: delivery.received_at,
            duration_ms: delivery.duration_ms,
            route: delivery.route.clone(),
            organizations: delivery.organizations.clone(),
            payload_bytes: delivery.payload_bytes,
            event: delivery.event.clone(),
            outcome: delivery.outcome,
            status: delivery.status,
            forge_delivery_id: delivery.forge_delivery_id.clone(),
            digest: delivery.digest,
            duplicates: delivery.duplicates,
            last_duplicate_at: delivery.last_duplicate_at,
            repeat_of: delivery.repeat_of,
            replay_of: delivery.replay_of,
            recovered: delivery.recovered,
            test: delivery.test,
            projects: projects(&delivery.findings),
            seen,
            keys: keys.sealed.clone(),
            contents,
            findings,
            sealed_in: Self::VERSION,
        })
    }

    /// The delivery, with what memory has counted of it since.
    pub(crate) fn open(self, vault: &Vault, repeats: &Repeats, id: DeliveryId) -> Result<Delivery, StoreError> {
        let plain = self.key(vault, id)?.open(&findings_context(&id), &self.findings)?;
        let private = Private::decode(self.sealed_in, &plain)?;
        let (more, last) = repeats.of(id);
        Ok(Delivery {
            id,
            received_at: self.received_at,
            duration_ms: self.duration_ms,
            route: self.route,
            organizations: self.organizations,
            source_ip: private.source_ip,
            payload_bytes: self.payload_bytes,
            event: self.event,
            outcome: self.outcome,
            status: self.status,
            findings: private.findings,
            forge_delivery_id: self.forge_delivery_id,
            digest: self.digest,
            duplicates: self.duplicates.saturating_add(more),
            last_duplicate_at: last.or(self.last_duplicate_at),
            repeat_of: self.repeat_of,
            replay_of: self.replay_of,
            recovered: self.recovered,
            test: self.test,
        })
    }

    /// The delivery's key, by whichever organization is still there.
    pub(crate) fn key(&self, vault: &Vault, id: DeliveryId) -> Result<Key, StoreError> {
        let context = key_context(&id);
        let opened = self
            .keys
            .iter()
            .find_map(|(owner, sealed)| vault.open(owner_of(*owner), &context, sealed).ok());
        opened
            .and_then(|bytes| Key::from_slice(&bytes))
            .ok_or_else(|| StoreError::Sealed(format!("delivery `{id}`")))
    }

    /// Adds repetitions.
    pub(crate) fn repeat(&mut self, more: u64, last: Timestamp) {
        self.duplicates = self.duplicates.saturating_add(more);
        self.last_duplicate_at = Some(last);
    }

    /// The organizations that may see it.
    pub(crate) fn belongs_to(&self) -> impl Iterator<Item = OrganizationId> {
        let of_route = self.route.organization.as_ref().map(|(id, _)| *id);
        of_route.into_iter().chain(self.organizations.iter().copied())
    }

    /// An app's delivery no longer belongs to this organization.
    pub(crate) fn leave(&mut self, organization: OrganizationId) {
        self.organizations.retain(|it| *it != organization);
        self.keys.retain(|(owner, _)| *owner != Some(organization));
    }

    pub(crate) const fn seen(&self) -> Option<[u8; 16]> {
        self.seen
    }

    pub(crate) const fn route(&self) -> &Route {
        &self.route
    }

    pub(crate) fn projects(&self) -> &[ProjectId] {
        &self.projects
    }

    pub(crate) const fn outcome(&self) -> Outcome {
        self.outcome
    }

    pub(crate) fn kind(&self) -> Option<Kind> {
        self.event.as_ref().map(|(kind, _)| *kind)
    }

    /// Its index entries.
    pub(crate) fn entries(&self, id: [u8; 16]) -> Vec<IndexEntry> {
        let value = seen_value(id, self.received_at);
        let bytes = bytes_hash(&self.route, &self.digest);
        let mut entries = vec![IndexEntry::put(indexes::BYTES, bytes.to_vec(), value.clone())];
        entries.extend(
            self.seen
                .map(|seen| IndexEntry::put(indexes::SEEN, seen.to_vec(), value)),
        );
        let organizations = self.belongs_to();
        entries.extend(
            organizations.map(|it| IndexEntry::listed(indexes::DELIVERIES_OF_ORGANIZATION, it.as_bytes(), &id)),
        );
        let integration = self.route.integration.iter();
        entries.extend(
            integration.map(|(it, _)| IndexEntry::listed(indexes::DELIVERIES_OF_INTEGRATION, it.as_bytes(), &id)),
        );
        let projects = self.projects.iter();
        entries.extend(projects.map(|it| IndexEntry::listed(indexes::DELIVERIES_OF_PROJECT, it.as_bytes(), &id)));
        entries
    }
}

/// The row of an id.
pub(crate) fn read(rows: &impl Rows, id: DeliveryId) -> Result<Option<DeliveryRow>, StoreError> {
    rows.row(DELIVERIES, id.as_bytes())
}

/// The kind of these rows. Its number is on disk.
pub(crate) const DELIVERY: RowKind = RowKind {
    number: 0,
    table: DELIVERIES,
    entries: entries_of_row,
};

/// The index entries of a row.
fn entries_of_row(id: [u8; 16], row: &[u8]) -> Result<Vec<IndexEntry>, StoreError> {
    let row: DeliveryRow = decode(DELIVERIES, row)?;
    Ok(row.entries(id))
}

/// The place of what is in the segment.
pub(crate) fn contents_context(id: &DeliveryId) -> SealContext<'_> {
    SealContext::new(DELIVERIES.0, id.as_bytes(), "contents")
}

fn key_context(id: &DeliveryId) -> SealContext<'_> {
    SealContext::new(DELIVERIES.0, id.as_bytes(), "key")
}

fn findings_context(id: &DeliveryId) -> SealContext<'_> {
    SealContext::new(DELIVERIES.0, id.as_bytes(), "findings")
}

fn owner_of(organization: Option<OrganizationId>) -> Owner {
    organization.map_or(Owner::Instance, tenant)
}

fn projects(findings: &Findings) -> Vec<ProjectId> {
    let queued = findings.queued.iter().map(|it| it.project_id);
    queued.chain(findings.skipped.iter().map(|it| it.project_id)).collect()
}
