//! From layout 1 to 2: the pairs of apps, which stood alone, get the installations that they stand for.
//!
//! Nothing here is a type that may change: integrations are read as layout 1 had them, and installations are written as 2 began with.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use forgegate_engine::{Direction, LayoutTransaction, Span, StoreError, Table};
use forgegate_model::client_address::IpNet;
use forgegate_model::ids::{DerivedIds, InstallationId, IntegrationId, OrganizationId};
use forgegate_model::name::Name;
use serde::{Deserialize, Serialize};

const INTEGRATIONS: Table = Table("integrations");
const INSTALLATIONS: Table = Table("installations");
const VERSION: u8 = 1;

/// The beginning of an integration's row, as far as it matters; what is sealed follows it.
#[derive(Deserialize)]
struct Integration {
    id: IntegrationId,
    organization: OrganizationId,
    _name: Name,
    /// 0 comes in, 1 goes out.
    kind: u32,
    forge: String,
    _forges: Option<Vec<String>>,
    _mode: u32,
    base_url: Option<String>,
    _secrets: Vec<Facts>,
    _signing_key: Option<Facts>,
    _has_token: bool,
    allowed_ips: Vec<IpNet>,
    _repositories: Vec<String>,
    installation_id: Option<String>,
    account: Option<String>,
    created_at: i64,
}

#[derive(Deserialize)]
struct Facts {
    _created_at: i64,
    _last_used_at: Option<i64>,
    _expires_at: Option<i64>,
}

#[derive(Serialize)]
struct Installation {
    id: InstallationId,
    forge: String,
    origin: Option<String>,
    account_id: Option<String>,
    account: String,
    number: String,
    standing: u32,
    selection: Option<u32>,
    repositories: Vec<(Option<String>, String)>,
    permissions_accepted_at: Option<i64>,
    bindings: Vec<Binding>,
    created_at: i64,
}

#[derive(Serialize)]
struct Binding {
    organization: OrganizationId,
    inbound: IntegrationId,
    outbound: IntegrationId,
    allowed_ips: Vec<IpNet>,
    unlinked: Option<(Vec<()>, Vec<()>)>,
    created_at: i64,
}

/// The step.
pub(crate) fn adopt_pairs(tables: &mut dyn LayoutTransaction) -> Result<(), StoreError> {
    let mut pairs: BTreeMap<(String, String, OrganizationId), Vec<Integration>> = BTreeMap::new();
    tables.walk(INTEGRATIONS, &Span::all(Direction::Up), &mut |_, bytes| {
        let row = read(bytes)?;
        if let Some(number) = &row.installation_id {
            let key = (row.forge.clone(), number.clone(), row.organization);
            pairs.entry(key).or_default().push(row);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let mut installations: BTreeMap<(String, String), Installation> = BTreeMap::new();
    for ((forge, number, organization), rows) in pairs {
        let of = |kind| rows.iter().find(move |row: &&Integration| row.kind == kind);
        let (Some(inbound), Some(outbound)) = (of(0), of(1)) else {
            continue;
        };
        let known = installations.entry((forge.clone(), number.clone()));
        let known = known.or_insert_with(|| installation(forge, number, inbound));
        known.bindings.push(Binding {
            organization,
            inbound: inbound.id,
            outbound: outbound.id,
            allowed_ips: inbound.allowed_ips.clone(),
            unlinked: None,
            created_at: inbound.created_at,
        });
    }
    for row in installations.into_values() {
        let bytes = postcard::to_extend(&row, vec![VERSION])
            .map_err(|error| StoreError::Invalid(format!("an installation cannot be encoded: {error}")))?;
        tables.put(INSTALLATIONS, row.id.as_bytes(), &bytes)?;
    }
    Ok(())
}

fn read(bytes: &[u8]) -> Result<Integration, StoreError> {
    let row = match bytes.split_first() {
        Some((&VERSION, rest)) => postcard::take_from_bytes(rest).ok(),
        _ => None,
    };
    let row = row.map(|(row, _)| row);
    row.ok_or_else(|| StoreError::Unavailable("a row of `integrations` cannot be decoded".to_owned()))
}

fn installation(forge: String, number: String, of: &Integration) -> Installation {
    Installation {
        id: InstallationId(DerivedIds::of(of.id.0).fresh()),
        forge,
        origin: of.base_url.clone(),
        account_id: None,
        account: of.account.clone().unwrap_or_default(),
        number,
        standing: 0,
        selection: None,
        repositories: Vec::new(),
        permissions_accepted_at: None,
        bindings: Vec::new(),
        created_at: of.created_at,
    }
}

#[cfg(test)]
mod tests {
    use forgegate_engine::testing;
    use forgegate_model::integration::{Integration as Row, IntegrationKind, IntegrationMode};
    use forgegate_model::organization::Organization;
    use forgegate_model::timestamp::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::Credentials;
    use crate::memory::Options;
    use crate::store::Store;

    fn half(number: u128, organization: OrganizationId, kind: IntegrationKind, account: &str) -> (Row, Credentials) {
        let row = Row {
            id: IntegrationId(Uuid::from_u128(number)),
            organization,
            name: format!("hub-{account}").parse().unwrap(),
            kind,
            forge: "hub".into(),
            forges: None,
            mode: IntegrationMode::Push,
            base_url: None,
            secrets: Vec::new(),
            signing_key: None,
            has_token: false,
            allowed_ips: vec!["10.0.0.0/8".parse().unwrap()],
            repositories: Vec::new(),
            installation_id: Some("50".into()),
            account: Some(account.into()),
            created_at: Timestamp::from_seconds(5),
        };
        (row, Credentials::default())
    }

    #[tokio::test]
    async fn pairs_of_the_first_layout_get_their_installation() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Options::new(folder.path())).unwrap();
        let (one, other) = (OrganizationId(Uuid::from_u128(1)), OrganizationId(Uuid::from_u128(2)));
        for (id, name) in [(one, "acme"), (other, "other")] {
            let organization = Organization {
                id,
                name: name.parse().unwrap(),
                created_at: Timestamp::default(),
            };
            store.create_organization(organization, None).await.unwrap();
        }
        let rows = vec![
            half(10, one, IntegrationKind::Inbound, "acme"),
            half(11, one, IntegrationKind::Outbound, "acme"),
            half(12, other, IntegrationKind::Inbound, "acme"),
            half(13, other, IntegrationKind::Outbound, "acme"),
        ];
        store.create_integrations(rows, None).await.unwrap();
        drop(store);
        testing::set_layout(&folder.path().join("forgegate.redb"), 1);
        for _ in 0..2 {
            let store = Store::open(Options::new(folder.path())).unwrap();
            let known = store.installations("hub");
            assert_eq!(known.len(), 1, "one installation, bound twice");
            let known = &known[0];
            assert_eq!((known.number.as_str(), known.account.as_str()), ("50", "acme"));
            assert!(known.is_active() && known.bindings.iter().all(|it| it.is_live()));
            let bound: Vec<_> = known
                .bindings
                .iter()
                .map(|it| (it.organization, it.inbound.0.as_u128()))
                .collect();
            assert_eq!(bound, [(one, 10), (other, 12)]);
            let outbound = store.directory().integration(known.bindings[0].outbound).unwrap();
            assert_eq!(store.installation_of(&outbound).unwrap().id, known.id);
        }
    }
}
