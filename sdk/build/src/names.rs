//! Leaves out what a component says of itself for people: the names that its inner parts were given.

/// The magic number and the version.
const PREAMBLE: usize = 8;
/// The id of a section that means nothing to whoever runs the component.
const CUSTOM: u8 = 0;

/// The component without its custom sections. Whatever is not of the form of one stays as it is, for validation to judge.
pub(crate) fn without(component: Vec<u8>) -> Vec<u8> {
    sections(&component).unwrap_or(component)
}

fn sections(component: &[u8]) -> Option<Vec<u8>> {
    let mut kept = component.get(..PREAMBLE)?.to_vec();
    let mut rest = component.get(PREAMBLE..)?;
    while let Some((&id, after)) = rest.split_first() {
        let (size, digits) = length(after)?;
        let (section, next) = rest.split_at_checked(1 + digits + size)?;
        if id != CUSTOM {
            kept.extend_from_slice(section);
        }
        rest = next;
    }
    Some(kept)
}

/// A number of seven bits a byte, the lowest first, and how many bytes it takes.
fn length(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut number = 0_usize;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        number |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((number, index + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &[u8] = b"\0asm\x0d\0\x01\0";

    #[test]
    fn custom_sections_are_left_out() {
        let long = [&[7, 0x80, 1][..], &[9; 128]].concat();
        let named = [HEAD, &long, &[0, 3, 1, b'n', b'x'], &[11, 1, 0], &[0, 1, 0]].concat();
        let bare = [HEAD, &long, &[11, 1, 0]].concat();
        assert_eq!(without(named), bare);
        assert_eq!(without(bare.clone()), bare);
    }

    #[test]
    fn what_has_another_form_stays() {
        for odd in [
            &b"\0asm"[..],
            &[HEAD, &[0, 9, 1]].concat(),
            &[HEAD, &[0, 0x80, 0x80, 0x80, 0x80, 0x80]].concat(),
        ] {
            assert_eq!(without(odd.to_vec()), odd);
        }
    }
}
