//! The version of the layout, and the steps that bring an older one to it.
//!
//! A row whose fields change is not the layout's business: it has a version of its own, and older ones are read as they lie. A step is for
//! what cannot be read so: another table, another key, another order.

use redb::{ReadableDatabase, WriteTransaction};

use crate::database::Database;
use crate::error::StoreError;
use crate::installations::adopt_pairs;
use crate::rows::Table;

/// The version of the tables and of what their keys mean. A change gets the next number, and a step to it.
pub(crate) const LAYOUT: u32 = 2;
/// What the file is: its version and its own id.
pub(crate) const ABOUT: Table = Table("about");
pub(crate) const LAYOUT_KEY: &[u8] = b"layout";

/// The steps there are.
const STEPS: &[Step] = &[Step {
    from: 1,
    apply: adopt_pairs,
}];

/// Brings one layout to the next. It sees the tables as the layout before had them, and uses no type of a row that may change later.
pub(crate) struct Step {
    /// The layout that it begins from.
    pub(crate) from: u32,
    pub(crate) apply: fn(&WriteTransaction) -> Result<(), StoreError>,
}

/// Brings the database to the layout of this program.
///
/// # Errors
/// When the file is of a later program, of none, of a layout from which no step leads here, or a step fails: then the layout is as it was
/// before that step.
pub(crate) fn migrate(database: &Database) -> Result<(), StoreError> {
    migrate_to(database, LAYOUT, STEPS)
}

fn migrate_to(database: &Database, layout: u32, steps: &[Step]) -> Result<(), StoreError> {
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
fn take(database: &Database, step: &Step) -> Result<(), StoreError> {
    database.with(|engine| {
        let mut transaction = engine.begin_write().map_err(StoreError::engine)?;
        transaction.set_quick_repair(true);
        (step.apply)(&transaction)?;
        transaction
            .open_table(ABOUT.definition())
            .map_err(StoreError::engine)?
            .insert(LAYOUT_KEY, (step.from + 1).to_be_bytes().as_slice())
            .map_err(StoreError::engine)?;
        transaction.commit().map_err(StoreError::engine)
    })
}

fn found(database: &Database) -> Result<u32, StoreError> {
    let none = || StoreError::Unavailable("the file is no database of this program".to_owned());
    database.with(|engine| {
        let reading = engine.begin_read().map_err(StoreError::engine)?;
        let about = match reading.open_table(ABOUT.definition()) {
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
    use redb::ReadableTable;

    use super::*;
    use crate::rows::Rows;

    /// The layout 0 of these tests keeps names as keys; 1 keeps them as values, under their length.
    const OLD: Table = Table("old");
    const NEW: Table = Table("new");

    fn turn(transaction: &WriteTransaction) -> Result<(), StoreError> {
        let old = transaction.open_table(OLD.definition()).unwrap();
        let mut new = transaction.open_table(NEW.definition()).unwrap();
        for row in old.iter().unwrap() {
            let (name, _) = row.unwrap();
            let length = [u8::try_from(name.value().len()).unwrap()];
            new.insert(length.as_slice(), name.value()).unwrap();
        }
        drop(old);
        transaction.delete_table(OLD.definition()).unwrap();
        Ok(())
    }

    fn fail(transaction: &WriteTransaction) -> Result<(), StoreError> {
        turn(transaction)?;
        Err(StoreError::Unavailable("it fails".to_owned()))
    }

    fn of_layout(layout: u32) -> (tempfile::TempDir, Database) {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("it.redb"), 1 << 20).unwrap();
        let put = |table: Table, key: &[u8], value: &[u8]| {
            let written = database.with(|engine| {
                let transaction = engine.begin_write().unwrap();
                let mut open = transaction.open_table(table.definition()).unwrap();
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
        let same = |_: &WriteTransaction| Ok(());
        let steps = [Step { from: 1, apply: same }, Step { from: 0, apply: turn }];
        migrate_to(&database, 2, &steps).unwrap();
        assert_eq!(found(&database).unwrap(), 2);
        assert_eq!(get(&database, NEW, &[5]).unwrap(), b"three");
        assert_eq!(get(&database, OLD, b"three"), None);
        migrate_to(&database, 2, &steps).unwrap();
        assert_eq!(get(&database, NEW, &[3]).unwrap(), b"one");
    }

    #[test]
    fn a_step_that_fails_leaves_the_layout_before() {
        let (_folder, database) = of_layout(0);
        let failing = [Step { from: 0, apply: fail }];
        assert!(migrate_to(&database, 1, &failing).is_err());
        assert_eq!(found(&database).unwrap(), 0);
        assert_eq!(get(&database, OLD, b"one").unwrap(), b"");
        assert_eq!(get(&database, NEW, &[3]), None);
        migrate_to(&database, 1, &[Step { from: 0, apply: turn }]).unwrap();
        assert_eq!(get(&database, NEW, &[3]).unwrap(), b"one");
    }

    #[test]
    fn a_later_layout_and_one_without_a_step_are_refused() {
        let (_folder, database) = of_layout(3);
        let steps = [Step { from: 3, apply: turn }];
        assert!(migrate_to(&database, 2, &steps).is_err(), "later");
        assert!(migrate_to(&database, 4, &[]).is_err(), "no step");
        assert_eq!(found(&database).unwrap(), 3);
        assert_eq!(get(&database, OLD, b"one").unwrap(), b"", "nothing was touched");
    }
}
