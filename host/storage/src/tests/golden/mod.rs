//! What is stored stays readable: the shape and the bytes of every row, of every version that was ever written.
//!
//! `rows.golden` has three lines for each: its name and version, its shape, and the bytes of a sample. Where a field of a model changes,
//! the shape does, and the test asks for the row's next `VERSION`, for a `decode_older` that reads the lines that are there, and for three
//! lines more. The bytes of lines that were released are never changed; a shape follows the names of types.

mod sample;

use serde::Serialize;
use serde::de::DeserializeOwned;

use forgegate_engine::testing::{Change, Live};
use forgegate_engine::{StoreError, Table};
use forgegate_model::audit::AuditEntry;
use forgegate_model::follow_up::{Approval, Head, Reply, UnresolvedCommit};
use forgegate_model::installation::Installation;
use forgegate_model::project::Project;
use forgegate_model::refusal::Refusal;
use forgegate_model::sync::Sync;
use forgegate_model::trigger::Trigger;

use crate::actions::ActionRow;
use crate::activity::{ActivityRow, DayRow, PrivateOfActivity};
use crate::clocks::Clock;
use crate::deliveries::{DeliveryRow, PrivateOfDelivery, RestOfContents};
use crate::evaluations::EvaluationRow;
use crate::follow_ups::FollowUpRow;
use crate::heads::{HeadRow, Poll};
use crate::installations::AccountsRow;
use crate::integrations::IntegrationRow;
use crate::organizations::OrganizationRow;
use crate::outbox::StatusRow;
use crate::rows::{Row, decode, encode};
use crate::tokens::TokenRow;

impl Row for Change {
    const VERSION: u8 = 1;
}

impl Row for Live {
    const VERSION: u8 = 1;
}

const GOLDEN: &str = include_str!("rows.golden");

/// One row of one version.
struct Known {
    title: String,
    shape: String,
    bytes: Vec<u8>,
}

fn known() -> Vec<Known> {
    let lines: Vec<_> = GOLDEN.lines().collect();
    let bytes = |hex: &str| {
        let digits = hex.as_bytes().chunks(2).map(|pair| str::from_utf8(pair).unwrap());
        digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    };
    lines
        .chunks(3)
        .map(|lines| Known {
            title: lines[0].to_owned(),
            shape: lines[1].to_owned(),
            bytes: bytes(lines[2]),
        })
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Three lines, unless they are there already.
fn lines_of(title: &str, shape: &str, bytes: &[u8]) -> Option<String> {
    let line = known().into_iter().find(|it| it.title == title);
    let is_known = line.is_some_and(|it| it.shape == shape && it.bytes == bytes);
    (!is_known).then(|| format!("{title}\n{shape}\n{}", hex(bytes)))
}

/// What is missing of a row. Every version that was ever written has to be readable.
fn row<R: Row>(name: &'static str) -> Option<String> {
    for older in 1..R::VERSION {
        let title = format!("{name} {older}");
        let older = known().into_iter().find(|it| it.title == title);
        let older = older.unwrap_or_else(|| panic!("the lines of {title} are gone"));
        assert!(
            decode::<R>(Table(name), &older.bytes).is_ok(),
            "{title} can be read no more"
        );
    }
    let (value, shape) = sample::sample::<R>();
    let bytes = encode(&value).unwrap();
    assert!(
        decode::<R>(Table(name), &bytes).is_ok(),
        "{name} cannot be read as it is written"
    );
    lines_of(&format!("{name} {}", R::VERSION), &shape, &bytes)
}

/// The same of what is sealed, inside a row or beside it, and follows the row's version.
fn inner<T: Serialize + DeserializeOwned>(
    name: &str,
    version: u8,
    read: fn(u8, &[u8]) -> Result<T, StoreError>,
) -> Option<String> {
    for older in known() {
        let of_version = older.title.strip_prefix(name).and_then(|rest| rest.trim().parse().ok());
        if let Some(of_version) = of_version {
            assert!(
                read(of_version, &older.bytes).is_ok(),
                "{} can be read no more",
                older.title
            );
        }
    }
    let (value, shape) = sample::sample::<T>();
    let bytes = postcard::to_allocvec(&value).unwrap();
    lines_of(&format!("{name} {version}"), &shape, &bytes)
}

/// All versions have the same so far.
fn rest(bytes: &[u8]) -> Result<RestOfContents, StoreError> {
    postcard::from_bytes(bytes).map_err(|_| StoreError::Unavailable("the rest cannot be decoded".to_owned()))
}

fn lines(bytes: &[u8]) -> Result<PrivateOfActivity, StoreError> {
    postcard::from_bytes(bytes).map_err(|_| StoreError::Unavailable("the lines cannot be decoded".to_owned()))
}

/// One of several things that a row can hold.
fn plain<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreError> {
    postcard::from_bytes(bytes).map_err(|_| StoreError::Unavailable("it cannot be decoded".to_owned()))
}

#[test]
fn what_is_stored_stays_readable() {
    let missing = [
        row::<OrganizationRow>("organizations"),
        row::<IntegrationRow>("integrations"),
        row::<Installation>("installations"),
        row::<AccountsRow>("accounts"),
        row::<Project>("projects"),
        row::<Trigger>("triggers"),
        row::<ActionRow>("actions"),
        row::<TokenRow>("tokens"),
        row::<AuditEntry>("audit"),
        row::<Refusal>("refusals"),
        row::<DeliveryRow>("deliveries"),
        inner("private of deliveries", DeliveryRow::VERSION, PrivateOfDelivery::decode),
        inner("rest of contents", DeliveryRow::VERSION, |_, bytes| rest(bytes)),
        row::<EvaluationRow>("evaluations"),
        row::<StatusRow>("statuses"),
        row::<FollowUpRow>("follow_ups"),
        inner("approval of follow_ups", FollowUpRow::VERSION, |_, bytes| {
            plain::<Approval>(bytes)
        }),
        inner("commit of follow_ups", FollowUpRow::VERSION, |_, bytes| {
            plain::<UnresolvedCommit>(bytes)
        }),
        inner("head of follow_ups", FollowUpRow::VERSION, |_, bytes| {
            plain::<Head>(bytes)
        }),
        inner("reply of follow_ups", FollowUpRow::VERSION, |_, bytes| {
            plain::<Reply>(bytes)
        }),
        row::<ActivityRow>("activities"),
        inner("lines of activities", ActivityRow::VERSION, |_, bytes| lines(bytes)),
        row::<DayRow>("activity_days"),
        row::<HeadRow>("heads"),
        row::<Clock>("clocks"),
        row::<Poll>("looks"),
        row::<Sync>("syncs"),
        row::<Change>("changes"),
        row::<Live>("segments"),
    ];
    let missing: Vec<_> = missing.into_iter().flatten().collect();
    assert!(
        missing.is_empty(),
        "stored rows changed, or are new. Each needs its next VERSION and a decode_older, and then these lines:\n{}",
        missing.join("\n")
    );
}

#[test]
fn a_row_that_is_written_anew_still_says_how_its_seal_reads() {
    let older = known().into_iter().find(|it| it.title == "deliveries 1").unwrap();
    let row: DeliveryRow = decode(Table("deliveries"), &older.bytes).unwrap();
    let anew: DeliveryRow = decode(Table("deliveries"), &encode(&row).unwrap()).unwrap();
    assert_eq!((row.sealed_in, anew.sealed_in), (1, 1));
    let sealed = known()
        .into_iter()
        .find(|it| it.title == "private of deliveries 1")
        .unwrap();
    let private = PrivateOfDelivery::decode(anew.sealed_in, &sealed.bytes).unwrap();
    assert_eq!(private.findings.queued[0].project_name, "x");
    assert_eq!(private.findings.skipped[0].matched_trigger, None);
    assert!(PrivateOfDelivery::decode(3, &sealed.bytes).is_err());
}

#[test]
fn a_field_more_or_of_another_type_or_name_changes_the_shape() {
    use serde::Deserialize;
    #[derive(Deserialize)]
    #[serde(rename = "It")]
    struct One {
        _a: u8,
        _b: Option<Vec<String>>,
    }
    #[derive(Deserialize)]
    #[serde(rename = "It")]
    struct Other {
        _a: u8,
        _b: Option<Vec<String>>,
        _c: bool,
    }
    assert_eq!(sample::sample::<One>().1, "It{_a: u8, _b: ?[text]}");
    assert_eq!(sample::sample::<Other>().1, "It{_a: u8, _b: ?[text], _c: bool}");
}
