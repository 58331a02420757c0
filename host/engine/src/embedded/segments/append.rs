//! Appending: locations are given out while a batch is applied, bytes are written once it is known to hold.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};

use bytes::Bytes;
use rustix::fs::FallocateFlags;

use super::{HEADER, Head, SEGMENT_BYTES, Segments};
use crate::engine::Location;
use crate::error::StoreError;
use crate::sealing::sync_folder;

/// How far a segment reaches beyond what is written: as much again, within these.
const ROOM_AT_LEAST: u64 = 256 << 10;
const ROOM_AT_MOST: u64 = 8 << 20;
/// How much small records are gathered to before they are written.
const GATHER: usize = 1 << 20;

/// The records of a batch. Nothing is on disk until `Segments::write`, and what an undone batch gave out is given out again.
#[derive(Debug)]
pub(crate) struct SegmentAppends {
    head: Head,
    records: Vec<(Location, [u8; 16], Bytes)>,
}

impl SegmentAppends {
    /// Begins where the last batch ended.
    pub(crate) fn begin(segments: &Segments) -> Self {
        Self {
            head: segments.head(),
            records: Vec::new(),
        }
    }

    /// Takes a record and tells its location.
    pub(crate) fn add(&mut self, row: [u8; 16], bytes: Bytes) -> Result<Location, StoreError> {
        let length =
            u32::try_from(bytes.len()).map_err(|_| StoreError::Invalid("the record is too large".to_owned()))?;
        let whole = HEADER as u64 + u64::from(length);
        if self.head.offset > 0 && self.head.offset + whole > SEGMENT_BYTES {
            self.head = Head {
                segment: self.head.segment + 1,
                offset: 0,
            };
        }
        let location = Location {
            segment: self.head.segment,
            offset: self.head.offset + HEADER as u64,
            length,
        };
        self.head.offset += whole;
        self.records.push((location, row, bytes));
        Ok(location)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

impl Drop for Segments {
    /// Gives back the room behind the last record. After a crash it stays with its segment.
    fn drop(&mut self) {
        let head = self.head();
        if head.offset > 0
            && let Ok(file) = OpenOptions::new().write(true).open(self.path(head.segment))
        {
            let _left = file.set_len(head.offset);
        }
    }
}

impl Segments {
    /// Writes the records of a batch and syncs them. After a failure the next batch begins a new segment.
    pub(crate) fn write(&self, appends: &SegmentAppends) -> Result<(), StoreError> {
        if appends.is_empty() {
            return Ok(());
        }
        let mut rest = appends.records.as_slice();
        while let Some((first, _, _)) = rest.first() {
            let end = rest.partition_point(|(location, _, _)| location.segment == first.segment);
            let (of_one, others) = rest.split_at(end);
            if let Err(error) = self.write_segment(first.segment, of_one) {
                self.move_head(Head {
                    segment: appends.head.segment + 1,
                    offset: 0,
                });
                return Err(StoreError::io("a segment cannot be written", &error));
            }
            rest = others;
        }
        self.move_head(appends.head);
        Ok(())
    }

    fn write_segment(&self, number: u32, records: &[(Location, [u8; 16], Bytes)]) -> std::io::Result<()> {
        let Some((first, _, _)) = records.first() else {
            return Ok(());
        };
        let path = self.path(number);
        let begins = first.offset == HEADER as u64;
        let file = OpenOptions::new().write(true).create(begins).mode(0o600).open(&path)?;
        if begins {
            sync_folder(&path)?;
        }
        if let Some((last, _, _)) = records.last() {
            make_room(&file, last.offset + u64::from(last.length))?;
        }
        write_records(&file, records)?;
        file.sync_data()
    }
}

/// Has the file lie on the disk further than it is written to: syncing then writes bytes and no metadata. A small segment reaches little
/// beyond its end. What follows the last record is zero, which is no header.
fn make_room(file: &File, end: u64) -> std::io::Result<()> {
    let there = file.metadata()?.len();
    if end > there {
        let upto = (end + end.clamp(ROOM_AT_LEAST, ROOM_AT_MOST)).min(SEGMENT_BYTES.max(end));
        // Where the file system cannot, or has no room, writing goes on without, or fails by itself.
        let _unsupported = rustix::fs::fallocate(file, FallocateFlags::empty(), there, upto - there);
    }
    Ok(())
}

/// Small records go out together, large ones by themselves, without a copy.
fn write_records(file: &File, records: &[(Location, [u8; 16], Bytes)]) -> std::io::Result<()> {
    let mut gathered = Vec::new();
    let mut at = None;
    for (location, row, bytes) in records {
        let begin = *at.get_or_insert(location.offset - HEADER as u64);
        gathered.extend_from_slice(&location.length.to_be_bytes());
        gathered.extend_from_slice(row);
        if gathered.len() + bytes.len() <= GATHER {
            gathered.extend_from_slice(bytes);
        } else {
            file.write_all_at(&gathered, begin)?;
            file.write_all_at(bytes, location.offset)?;
            gathered.clear();
            at = None;
        }
    }
    match at {
        Some(begin) => file.write_all_at(&gathered, begin),
        None => Ok(()),
    }
}
