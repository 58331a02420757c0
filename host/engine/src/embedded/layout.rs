//! The version of the layout, and the steps that bring an older one to it.
//!
//! A row whose fields change is not the layout's business: it has a version of its own, and older ones are read as they lie. A step is for
//! what cannot be read so: another table, another key, another order.

use std::ops::ControlFlow;

use redb::{ReadableDatabase, WriteTransaction};

use super::database::{Database, definition, walk_table};
use crate::error::StoreError;
use crate::rows::{Direction, Rows, Span, Table, Visit};
use crate::schema::{LayoutStep, LayoutTransaction, Schema};

/// One row each: the version of the layout, and the database's own id.
pub(super) const ABOUT: Table = Table("about");
pub(super) const LAYOUT_KEY: &[u8] = b"layout";

/// The transaction of a step.
struct StepTransaction<'t>(&'t WriteTransaction);

impl StepTransaction<'_> {
    fn table(&self, table: Table) -> Result<redb::Table<'_, &'static [u8], &'static [u8]>, StoreError> {
        self.0.open_table(definition(table)).map_err(StoreError::engine)
    }
}

impl Rows for StepTransaction<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let mut found = None;
        let span = Span::prefix(key, Direction::Up);
        self.walk(table, &span, &mut |at, value| {
            found = (at == key).then(|| value.to_vec());
            Ok(ControlFlow::Break(()))
        })?;
        Ok(found)
    }

    fn walk(&self, table: Table, span: &Span, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        walk_table(&self.table(table)?, span, visit)
    }
}

impl LayoutTransaction for StepTransaction<'_> {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let mut open = self.table(table)?;
        open.insert(key, value).map(|_| ()).map_err(StoreError::engine)
    }
}

/// Brings the database to the layout of this program.
///
/// # Errors
/// When the file is of a later program, of none, of a layout from which no step leads here, or a step fails: then the layout is as it was
/// before that step.
pub(super) fn migrate(database: &Database, schema: &Schema) -> Result<(), StoreError> {
    migrate_to(database, schema.layout, schema.steps)
}

fn migrate_to(database: &Database, layout: u32, steps: &[LayoutStep]) -> Result<(), StoreError> {
    loop {
        let found = found(database)?;
        if found == layout {
            return Ok(());
        }
        let step = steps.iter().find(|step| step.from == found && found < layout);
        let Some(step) = step else {
            return Err(StoreError::Unavailable(format!(
                "the database has the layout {found}, and this program reads {layout}"
            )));
        };
        tracing::info!(from = found, "the database is brought to the next layout");
        take(database, step)?;
    }
}

/// A step and the number that it leads to, in one transaction: a crash leaves both or neither.
fn take(database: &Database, step: &LayoutStep) -> Result<(), StoreError> {
    database.with(|engine| {
        let mut transaction = engine.begin_write().map_err(StoreError::engine)?;
        transaction.set_quick_repair(true);
        let mut tables = StepTransaction(&transaction);
        (step.apply)(&mut tables)?;
        tables.put(ABOUT, LAYOUT_KEY, &(step.from + 1).to_be_bytes())?;
        transaction.commit().map_err(StoreError::engine)
    })
}

/// Writes another layout into a database that has one.
#[cfg(feature = "testing")]
pub(super) fn set(database: &Database, layout: u32) -> Result<(), StoreError> {
    let from = layout.saturating_sub(1);
    let apply = |_: &mut dyn LayoutTransaction| Ok(());
    take(database, &LayoutStep { from, apply })
}

fn found(database: &Database) -> Result<u32, StoreError> {
    let none = || StoreError::Unavailable("the file is no database of this program".to_owned());
    database.with(|engine| {
        let reading = engine.begin_read().map_err(StoreError::engine)?;
        let about = match reading.open_table(definition(ABOUT)) {
            Ok(about) => about,
            Err(redb::TableError::TableDoesNotExist(_)) => return Err(none()),
            Err(error) => return Err(StoreError::engine(error)),
        };
        let layout = about.get(LAYOUT_KEY).map_err(StoreError::engine)?;
        let layout = layout.and_then(|bytes| bytes.value().try_into().ok());
        layout.map(u32::from_be_bytes).ok_or_else(none)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The layout 0 of these tests keeps names as keys; 1 has them as values too, under their length.
    const OLD: Table = Table("old");
    const NEW: Table = Table("new");

    fn turn(tables: &mut dyn LayoutTransaction) -> Result<(), StoreError> {
        let mut names: Vec<Vec<u8>> = Vec::new();
        tables.walk(OLD, &Span::all(Direction::Up), &mut |name, _| {
            names.push(name.to_vec());
            Ok(ControlFlow::Continue(()))
        })?;
        for name in names {
            tables.put(NEW, &[u8::try_from(name.len()).unwrap()], &name)?;
        }
        Ok(())
    }

    fn fail(tables: &mut dyn LayoutTransaction) -> Result<(), StoreError> {
        turn(tables)?;
        Err(StoreError::Unavailable("it fails".to_owned()))
    }

    fn of_layout(layout: u32) -> (tempfile::TempDir, Database) {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("it.redb"), 1 << 20).unwrap();
        let put = |table: Table, key: &[u8], value: &[u8]| {
            let written = database.with(|engine| {
                let transaction = engine.begin_write().unwrap();
                let mut open = transaction.open_table(definition(table)).unwrap();
                open.insert(key, value).unwrap();
                drop(open);
                transaction.commit().map_err(StoreError::engine)
            });
            written.unwrap();
        };
        put(OLD, b"one", b"");
        put(OLD, b"three", b"");
        put(ABOUT, LAYOUT_KEY, &layout.to_be_bytes());
        (folder, database)
    }

    fn get(database: &Database, table: Table, key: &[u8]) -> Option<Vec<u8>> {
        database.read(|rows| rows.get(table, key)).unwrap()
    }

    #[test]
    fn an_older_layout_is_brought_here_step_by_step_and_once() {
        let (_folder, database) = of_layout(0);
        let same = |_: &mut dyn LayoutTransaction| Ok(());
        let steps = [LayoutStep { from: 1, apply: same }, LayoutStep { from: 0, apply: turn }];
        migrate_to(&database, 2, &steps).unwrap();
        assert_eq!(found(&database).unwrap(), 2);
        assert_eq!(get(&database, NEW, &[5]).unwrap(), b"three");
        migrate_to(&database, 2, &steps).unwrap();
        assert_eq!(get(&database, NEW, &[3]).unwrap(), b"one");
    }

    #[test]
    fn a_step_that_fails_leaves_the_layout_before() {
        let (_folder, database) = of_layout(0);
        let failing = [LayoutStep { from: 0, apply: fail }];
        assert!(migrate_to(&database, 1, &failing).is_err());
        assert_eq!(found(&database).unwrap(), 0);
        assert_eq!(get(&database, OLD, b"one").unwrap(), b"");
        assert_eq!(get(&database, NEW, &[3]), None);
        migrate_to(&database, 1, &[LayoutStep { from: 0, apply: turn }]).unwrap();
        assert_eq!(get(&database, NEW, &[3]).unwrap(), b"one");
    }

    #[test]
    fn a_later_layout_and_one_without_a_step_are_refused() {
        let (_folder, database) = of_layout(3);
        let steps = [LayoutStep { from: 3, apply: turn }];
        assert!(migrate_to(&database, 2, &steps).is_err(), "later");
        assert!(migrate_to(&database, 4, &[]).is_err(), "no step");
        assert_eq!(found(&database).unwrap(), 3);
        assert_eq!(get(&database, OLD, b"one").unwrap(), b"", "nothing was touched");
    }
}
