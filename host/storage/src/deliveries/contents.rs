//! Contents: packed, sealed, and the way back.

use bytes::Bytes;
use forgegate_engine::{Key, NONCE, OVERHEAD, StoreError};
use forgegate_model::delivery::{Contents, Step};
use forgegate_model::ids::DeliveryId;
use lz4_flex::block::{compress_into, decompress, get_maximum_output_size};
use serde::{Deserialize, Serialize};

use super::row::contents_context;

/// Everything but the payload, which is packed by itself: it is large, and never copied before it is compressed.
#[derive(Serialize, Deserialize)]
pub(crate) struct Rest {
    headers: Vec<(String, String)>,
    forge_event: String,
    event: Option<String>,
    steps: Vec<Step>,
    content_type: Option<String>,
}

/// Compresses and seals, in one buffer.
pub(crate) fn seal(key: &Key, id: DeliveryId, contents: Contents) -> Result<Bytes, StoreError> {
    let payload = contents.payload;
    let rest = Rest {
        headers: contents.headers,
        forge_event: contents.forge_event,
        event: contents.event,
        steps: contents.steps,
        content_type: contents.content_type,
    };
    let rest = postcard::to_allocvec(&rest)
        .map_err(|error| StoreError::Invalid(format!("the contents cannot be encoded: {error}")))?;
    let room = get_maximum_output_size(rest.len()) + get_maximum_output_size(payload.len());
    let mut out = Vec::with_capacity(room + 16 + OVERHEAD);
    out.resize(NONCE, 0);
    pack(&rest, &mut out)?;
    pack(&payload, &mut out)?;
    key.seal_from(0, &contents_context(&id), &mut out)?;
    out.shrink_to_fit();
    Ok(out.into())
}

/// Opens contents that `seal` made.
pub(crate) fn open(key: &Key, id: DeliveryId, sealed: Vec<u8>) -> Result<Contents, StoreError> {
    let context = contents_context(&id);
    let plain = key.open(&context, &sealed)?;
    drop(sealed);
    let broken = || StoreError::Unavailable("the contents cannot be unpacked".to_owned());
    let (rest, packed) = unpack(&plain).ok_or_else(broken)?;
    let (payload, _) = unpack(packed).ok_or_else(broken)?;
    let rest: Rest = postcard::from_bytes(&rest).map_err(|_| broken())?;
    Ok(Contents {
        headers: rest.headers,
        payload: payload.into(),
        forge_event: rest.forge_event,
        event: rest.event,
        steps: rest.steps,
        content_type: rest.content_type,
    })
}

/// The length as it is, the length compressed, the compressed bytes.
fn pack(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), StoreError> {
    let too_large = || StoreError::Invalid("the contents are too large".to_owned());
    let whole = u32::try_from(bytes.len()).map_err(|_| too_large())?;
    out.extend_from_slice(&whole.to_be_bytes());
    let length_at = out.len();
    let begin = length_at + 4;
    out.resize(begin + get_maximum_output_size(bytes.len()), 0);
    let room = out.get_mut(begin..).ok_or_else(too_large)?;
    let packed = compress_into(bytes, room).map_err(|_| too_large())?;
    out.truncate(begin + packed);
    let packed = u32::try_from(packed).map_err(|_| too_large())?;
    if let Some(length) = out.get_mut(length_at..begin) {
        length.copy_from_slice(&packed.to_be_bytes());
    }
    Ok(())
}

fn unpack(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (whole, bytes) = bytes.split_first_chunk::<4>()?;
    let (packed, bytes) = bytes.split_first_chunk::<4>()?;
    let (packed, rest) = bytes.split_at_checked(u32::from_be_bytes(*packed) as usize)?;
    let whole = decompress(packed, u32::from_be_bytes(*whole) as usize).ok()?;
    Some((whole, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_come_back_and_only_under_their_own_row() {
        let key = Key::random().unwrap();
        let id = DeliveryId::from_bytes([1; 16]);
        for length in [0, 1, 8_000, 3 << 20] {
            let contents = Contents {
                headers: vec![("x-event".into(), "push".into())],
                payload: (0..length).map(|at: usize| (at % 251) as u8).collect(),
                forge_event: "push".into(),
                event: Some("{}".into()),
                steps: Vec::new(),
                content_type: Some("application/json".into()),
            };
            let sealed = seal(&key, id, contents.clone()).unwrap();
            assert!(length < 8_000 || sealed.len() < length / 2, "it is compressed");
            assert_eq!(open(&key, id, sealed.to_vec()).unwrap(), contents);
            let other = DeliveryId::from_bytes([2; 16]);
            assert!(matches!(open(&key, other, sealed.to_vec()), Err(StoreError::Sealed(_))));
        }
    }
}
