//! Opening: key ring and database made together or found together, and brought to the layout of this program.

use std::fs::DirBuilder;
use std::ops::ControlFlow;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::audit::Calls;
use crate::database::Database;
use crate::deliveries::Repeats;
use crate::error::StoreError;
use crate::memory::Memory;
use crate::metrics::Metrics;
use crate::migration::{ABOUT, LAYOUT, LAYOUT_KEY, migrate};
use crate::refusals::Counters;
use crate::rows::{Direction, Rows, Span, Table};
use crate::sealing::{KeyError, KeyRing, Vault, fill, instance_key, sync_folder};
use crate::segments::{Segments, tally};
use crate::store::{Options, Shared};
use crate::views::{ViewFile, Views, bring_up};

const ID_KEY: &[u8] = b"id";
/// The keys that the database was sealed with: number → fingerprint.
const FINGERPRINTS: Table = Table("fingerprints");

const DATABASE_FILE: &str = "forgegate.redb";
const VIEWS_FILE: &str = "views.redb";
const PAYLOADS_FOLDER: &str = "payloads";
const KEYS_FILE: &str = "keys";

/// Opens or makes everything and loads what is kept in memory.
pub(crate) fn open(options: Options) -> Result<Shared, StoreError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&options.folder)
        .map_err(|error| StoreError::io("the folder cannot be made", &error))?;
    let path = options.folder.join(DATABASE_FILE);
    let keys = options.keys.clone().unwrap_or_else(|| options.folder.join(KEYS_FILE));
    let was_created = !exists(&path)?;
    let ring = ring(&keys, was_created)?;
    if was_created {
        create(&path, &ring)?;
    }
    let cache = options.cache_bytes / 2;
    let database = Database::open(&path, cache)?;
    migrate(&database)?;
    admit_ring(&database, &ring, &keys)?;
    let database_id = database.read(own_id)?;
    let segments = open_segments(&database, &options.folder)?;
    let file = ViewFile::open(&options.folder.join(VIEWS_FILE), cache)?;
    let brought_up = database.read(|rows| bring_up(&file, rows, database_id))?;
    let (vault, memory, refusals) = database.read(|rows| {
        let vault = Vault::load(ring, rows)?;
        Ok((vault, Memory::load(rows)?, Counters::load(rows)?))
    })?;
    Ok(Shared {
        database,
        database_id,
        segments,
        views: Views::new(file, brought_up),
        vault,
        memory,
        repeats: Repeats::default(),
        refusals,
        calls: Calls::default(),
        figures: Metrics::default(),
        options,
        was_created,
        ready: AtomicBool::new(true),
    })
}

/// Removes the segments that no row names, and begins behind the others.
fn open_segments(database: &Database, folder: &Path) -> Result<Segments, StoreError> {
    let named = database.read(tally)?;
    let last = named.last_key_value().map(|(number, _)| *number);
    let segments = Segments::open(&folder.join(PAYLOADS_FOLDER), last)?;
    segments.remove_unnamed(|number| named.contains_key(&number))?;
    Ok(segments)
}

fn own_id<R: Rows>(rows: &R) -> Result<[u8; 16], StoreError> {
    let id = rows.get(ABOUT, ID_KEY)?.and_then(|id| id.try_into().ok());
    id.ok_or_else(|| StoreError::Unavailable("the database has no id".to_owned()))
}

fn exists(path: &Path) -> Result<bool, StoreError> {
    path.try_exists()
        .map_err(|error| StoreError::io("the database file", &error))
}

/// A ring is made only where there is no database: beside one, a missing ring is a loss that nothing may paper over.
fn ring(path: &Path, may_make: bool) -> Result<KeyRing, StoreError> {
    let ring = match path.try_exists() {
        Ok(false) if may_make => KeyRing::create(path),
        _ => KeyRing::load(path),
    };
    ring.map_err(refused)
}

/// Makes the database aside, so that one under its own name is always whole.
fn create(path: &Path, ring: &KeyRing) -> Result<(), StoreError> {
    let aside = path.with_extension("new");
    match std::fs::remove_file(&aside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(StoreError::io("what an earlier start left", &error));
        }
        _ => {}
    }
    let database = Database::open(&aside, 1 << 20)?;
    let mut id = [0; 16];
    fill(&mut id)?;
    put_all(
        &database,
        &[
            (ABOUT, LAYOUT_KEY.to_vec(), LAYOUT.to_be_bytes().to_vec()),
            (ABOUT, ID_KEY.to_vec(), id.to_vec()),
        ],
    )?;
    put_all(&database, &fingerprints(ring))?;
    put_all(&database, &[instance_key(ring)?])?;
    drop(database);
    std::fs::rename(&aside, path)
        .and_then(|()| sync_folder(path))
        .map_err(|error| StoreError::io("the database cannot be put in its place", &error))
}

/// Refuses a ring that holds none of the database's keys, and notes the fingerprints of those it did not know.
fn admit_ring(database: &Database, ring: &KeyRing, path: &Path) -> Result<(), StoreError> {
    let mut known = Vec::new();
    database.read(|rows| {
        rows.walk(FINGERPRINTS, &Span::all(Direction::Up), &mut |number, print| {
            known.push((number.to_vec(), print.to_vec()));
            Ok(ControlFlow::Continue(()))
        })
    })?;
    let held: Vec<_> = fingerprints(ring);
    let is_held = |(number, print): &(Vec<u8>, Vec<u8>)| held.iter().any(|(_, at, of)| at == number && of == print);
    if !known.iter().any(is_held) {
        return Err(refused(KeyError::Missing {
            needed: known.iter().map(describe).collect::<Vec<_>>().join(", "),
            path: path.to_owned(),
        }));
    }
    let unknown: Vec<_> = held
        .into_iter()
        .filter(|(_, number, _)| known.iter().all(|(at, _)| at != number))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    put_all(database, &unknown)
}

fn fingerprints(ring: &KeyRing) -> Vec<(Table, Vec<u8>, Vec<u8>)> {
    ring.all()
        .map(|key| {
            (
                FINGERPRINTS,
                key.number.to_be_bytes().to_vec(),
                key.fingerprint().to_vec(),
            )
        })
        .collect()
}

fn describe((number, print): &(Vec<u8>, Vec<u8>)) -> String {
    let number = number.as_slice().try_into().map_or(0, u32::from_be_bytes);
    let start: String = print.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{number} ({start})")
}

fn put_all(database: &Database, rows: &[(Table, Vec<u8>, Vec<u8>)]) -> Result<(), StoreError> {
    database.with(|engine| {
        let mut transaction = engine.begin_write().map_err(StoreError::engine)?;
        transaction.set_quick_repair(true);
        for (table, key, value) in rows {
            transaction
                .open_table(table.definition())
                .map_err(StoreError::engine)?
                .insert(key.as_slice(), value.as_slice())
                .map_err(StoreError::engine)?;
        }
        transaction.commit().map_err(StoreError::engine)
    })
}

fn refused(error: KeyError) -> StoreError {
    StoreError::Unavailable(error.to_string())
}
