//! Opening: key ring and database made together or found together, and brought to the layout of this program.

use std::fs::DirBuilder;
use std::ops::ControlFlow;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::database::{Database, definition};
use super::indexes::{Applier, IndexFile, Indexes, bring_up};
use super::layout::{ABOUT, LAYOUT_KEY, migrate};
use super::segments::{Segments, tally};
use super::{Embedded, Files};
use crate::error::StoreError;
use crate::rows::{Direction, Rows, Span, Table};
use crate::schema::Schema;
use crate::sealing::{KeyError, KeyRing, fill, instance_key, sync_folder};
use forgegate_model::lock::Lock;

const ID_KEY: &[u8] = b"id";
/// The keys that the database was sealed with: number → fingerprint.
const FINGERPRINTS: Table = Table("fingerprints");

const DATABASE_FILE: &str = "forgegate.redb";
const INDEX_FILE: &str = "views.redb";
const PAYLOADS_FOLDER: &str = "payloads";
const KEYS_FILE: &str = "keys";

/// The paths and the memory of an embedded engine.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// The folder of its files. Made if it is not there.
    pub folder: PathBuf,
    /// The key file; none means `keys` in the folder.
    pub keys: Option<PathBuf>,
    /// Bytes of memory for pages of the database and of the index file together.
    pub cache_bytes: usize,
}

/// An engine whose files were opened, with the key ring that came with them.
pub(crate) struct Opened {
    pub(crate) engine: Embedded,
    pub(crate) ring: KeyRing,
    pub(crate) was_created: bool,
}

/// Opens or makes key ring, database, segments and indexes. It waits for the disk.
pub(crate) fn open(options: &EngineOptions, schema: Schema) -> Result<Opened, StoreError> {
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
        create(&path, &ring, schema.layout)?;
    }
    let cache = options.cache_bytes / 2;
    let database = Database::open(&path, cache)?;
    migrate(&database, &schema)?;
    admit_ring(&database, &ring, &keys)?;
    let database_id = database.read(own_id)?;
    let segments = open_segments(&database, &options.folder)?;
    let file = IndexFile::open(&options.folder.join(INDEX_FILE), cache, schema)?;
    let brought_up = database.read(|rows| bring_up(&file, rows, database_id))?;
    let files = Arc::new(Files {
        database,
        database_id,
        segments,
        indexes: Indexes::new(file, brought_up),
        in_doubt: Lock::default(),
    });
    let engine = Embedded {
        _applier: Applier::start(Arc::clone(&files))?,
        files,
    };
    Ok(Opened {
        engine,
        ring,
        was_created,
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
fn create(path: &Path, ring: &KeyRing, layout: u32) -> Result<(), StoreError> {
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
            (ABOUT, LAYOUT_KEY.to_vec(), layout.to_be_bytes().to_vec()),
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
                .open_table(definition(*table))
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
