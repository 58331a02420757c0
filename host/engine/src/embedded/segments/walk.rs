//! Walking a closed segment, to move what lives in it.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom};

use super::{HEADER, Segments};
use crate::engine::{Location, Record};
use crate::error::StoreError;

impl Segments {
    /// The records of a segment, as far as it was written whole. What lies behind a torn header is nobody's.
    pub(crate) fn records(&self, number: u32) -> Result<Vec<Record>, StoreError> {
        let failed = |error| StoreError::io("a segment cannot be walked", &error);
        let file = match File::open(self.path(number)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let end = file.metadata().map_err(failed)?.len();
        let mut file = BufReader::new(file);
        let mut records = Vec::new();
        let mut offset = 0;
        while offset + HEADER as u64 <= end {
            let (mut length, mut row) = ([0; 4], [0; 16]);
            file.seek(SeekFrom::Start(offset)).map_err(failed)?;
            file.read_exact(&mut length).map_err(failed)?;
            file.read_exact(&mut row).map_err(failed)?;
            let length = u32::from_be_bytes(length);
            offset += HEADER as u64;
            if length == 0 || offset + u64::from(length) > end {
                break;
            }
            let location = Location {
                segment: number,
                offset,
                length,
            };
            records.push(Record { row, location });
            offset += u64::from(length);
        }
        Ok(records)
    }
}
