//! Typed rows: their versions, and the way to and from their bytes.

use forgegate_engine::{Rows, StoreError, Table};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::Tx;

/// A row of a table. A type whose fields change gets the next version, and `decode_older` reads the versions before it.
pub(crate) trait Row: Serialize + DeserializeOwned {
    /// The version of the encoding, its first byte.
    const VERSION: u8;

    /// Decodes a row that an older version wrote; `None` where there is none such.
    fn decode_older(_version: u8, _bytes: &[u8]) -> Option<Self> {
        None
    }
}

/// The bytes of a row.
pub(crate) fn encode<R: Row>(row: &R) -> Result<Vec<u8>, StoreError> {
    forgegate_engine::encode(R::VERSION, row)
}

/// The row of some bytes. `table` is for the error.
pub(crate) fn decode<R: Row>(table: Table, bytes: &[u8]) -> Result<R, StoreError> {
    forgegate_engine::decode(table, R::VERSION, bytes, R::decode_older)
}

/// Reading typed rows.
pub(crate) trait ReadRow: Rows {
    /// The row of a key.
    fn row<R: Row>(&self, table: Table, key: &[u8]) -> Result<Option<R>, StoreError> {
        let bytes = self.get(table, key)?;
        bytes.map(|bytes| decode(table, &bytes)).transpose()
    }
}

impl<T: Rows> ReadRow for T {}

/// Writing typed rows.
pub(crate) trait PutRow {
    /// Writes a row.
    fn put_row<R: Row>(&mut self, table: Table, key: &[u8], row: &R) -> Result<(), StoreError>;
}

impl PutRow for Tx<'_> {
    fn put_row<R: Row>(&mut self, table: Table, key: &[u8], row: &R) -> Result<(), StoreError> {
        self.put(table, key, &encode(row)?)
    }
}
