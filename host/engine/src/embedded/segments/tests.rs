use bytes::Bytes;

use super::*;
use crate::engine::Record;

fn segments() -> (tempfile::TempDir, Segments) {
    let folder = tempfile::tempdir().unwrap();
    let segments = Segments::open(folder.path(), None).unwrap();
    (folder, segments)
}

fn append(segments: &Segments, records: &[(u8, Bytes)]) -> Vec<Location> {
    let mut appends = SegmentAppends::begin(segments);
    let places = records
        .iter()
        .map(|(row, bytes)| appends.add([*row; 16], bytes.clone()).unwrap())
        .collect();
    segments.write(&appends).unwrap();
    places
}

fn end_of(location: Location) -> usize {
    usize::try_from(location.offset).unwrap() + location.length as usize
}

#[test]
fn the_room_behind_the_last_record_is_no_record_and_is_given_back() {
    let (folder, segments) = segments();
    let places = append(&segments, &[(1, Bytes::from_static(b"one"))]);
    assert_eq!(segments.records(1).unwrap().len(), 1);
    drop(segments);
    let file = std::fs::metadata(folder.path().join("0000000001.segment")).unwrap();
    assert_eq!(usize::try_from(file.len()).unwrap(), end_of(places[0]));
}

#[test]
fn records_come_back_whatever_their_size() {
    let (_folder, segments) = segments();
    let records: Vec<(u8, Bytes)> = [3, 2 << 20, 0, 700_000, 700_000, 5]
        .iter()
        .zip(1..)
        .map(|(&length, row)| (row, Bytes::from(vec![row; length])))
        .collect();
    let places = append(&segments, &records);
    for ((_, bytes), place) in records.iter().zip(&places) {
        assert_eq!(segments.read(*place).unwrap().unwrap(), **bytes);
    }
    let more = append(&segments, &[(9, Bytes::from_static(b"more"))]);
    assert_eq!(segments.read(more[0]).unwrap().unwrap(), b"more");
    assert_eq!(more[0].segment, places[0].segment);
}

#[test]
fn a_full_segment_is_followed_by_the_next() {
    let (_folder, segments) = segments();
    let large = Bytes::from(vec![7; 40 << 20]);
    let places = append(
        &segments,
        &[(1, large.clone()), (2, large.clone()), (3, Bytes::from_static(b"x"))],
    );
    assert_eq!(places.iter().map(|place| place.segment).collect::<Vec<_>>(), [1, 2, 2]);
    assert_eq!(segments.read(places[1]).unwrap().unwrap(), *large);
    assert_eq!(segments.current(), 2);
}

#[test]
fn a_start_begins_a_new_segment_and_removes_what_nobody_names() {
    let (folder, segments) = segments();
    let kept = append(&segments, &[(1, Bytes::from_static(b"kept"))]);
    drop(segments);
    let segments = Segments::open(folder.path(), None).unwrap();
    let lost = append(&segments, &[(2, Bytes::from_static(b"lost"))]);
    assert_eq!(lost[0].segment, kept[0].segment + 1);
    segments.remove_unnamed(|number| number == kept[0].segment).unwrap();
    assert_eq!(segments.read(kept[0]).unwrap().unwrap(), b"kept");
    assert_eq!(segments.read(lost[0]).unwrap(), None);
    let segments = Segments::open(folder.path(), Some(9)).unwrap();
    assert_eq!(segments.current(), 10, "a number is never given twice");
}

#[test]
fn a_torn_tail_ends_the_walk_and_nothing_else() {
    let (folder, segments) = segments();
    let places = append(
        &segments,
        &[(1, Bytes::from_static(b"one")), (2, Bytes::from_static(b"two"))],
    );
    let path = folder.path().join("0000000001.segment");
    let mut whole = std::fs::read(&path).unwrap();
    whole.truncate(end_of(places[1]));
    for torn in (HEADER + 3)..whole.len() {
        std::fs::write(&path, &whole[..torn]).unwrap();
        let records = segments.records(1).unwrap();
        assert_eq!(
            records,
            [Record {
                row: [1; 16],
                location: places[0]
            }],
            "{torn}"
        );
    }
    assert_eq!(segments.read(places[0]).unwrap().unwrap(), b"one");
    assert!(segments.read(places[1]).is_err());
}
