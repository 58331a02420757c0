//! The names of the fields that are read, laid out so that a name is found, or known to be none of them, in about one step: a
//! payload has hundreds, and most are skipped.

/// The names of all fields that are read anywhere in a payload. All others are skipped as they are read, which costs next to nothing.
///
/// ```
/// use forgegate_sdk::json::{FieldNames, Fields};
///
/// const FIELDS: Fields = &FieldNames::new(&["after", "before", "ref"]);
/// ```
pub type Fields = &'static FieldNames;

/// A set of names, made when the plugin is compiled.
pub struct FieldNames {
    names: &'static [&'static str],
    /// For each slot one more than the index of its name, or 0. A name lies in its slot, or in the next that was free.
    slots: [u8; SLOTS],
}

/// One of the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field(u8);

const SLOTS: usize = 256;

/// The most names of one set: with more, they would be far from their slots.
const MOST: usize = 160;

impl FieldNames {
    /// Lays the names out. Meant for constants: what is wrong with them then is an error of the compiler.
    ///
    /// # Panics
    /// When a name is empty or stands there twice, or there are more than 160.
    #[must_use]
    #[allow(
        clippy::indexing_slicing,
        reason = "a constant that is out of bounds does not compile"
    )]
    pub const fn new(names: &'static [&'static str]) -> Self {
        assert!(names.len() <= MOST, "there are too many names");
        let mut slots = [0; SLOTS];
        let mut index = 0;
        while index < names.len() {
            let name = names[index].as_bytes();
            let mut slot = slot(name);
            while slots[slot] != 0 {
                assert!(
                    !same(names[slots[slot] as usize - 1].as_bytes(), name),
                    "a name stands there twice"
                );
                slot = (slot + 1) % SLOTS;
            }
            index += 1;
            slots[slot] = index as u8;
        }
        Self { names, slots }
    }

    pub(super) fn find(&self, name: &str) -> Option<Field> {
        let mut slot = slot(name.as_bytes());
        loop {
            let index = self.slots.get(slot)?.checked_sub(1)?;
            if *self.names.get(usize::from(index))? == name {
                return Some(Field(index));
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    pub(super) fn name(&self, field: Field) -> &'static str {
        self.names.get(usize::from(field.0)).copied().unwrap_or_default()
    }
}

/// The slot where a name is looked for first. The factors were found by trial: with them few names of any forge meet.
#[allow(clippy::indexing_slicing, reason = "all three lie within a name that is not empty")]
const fn slot(name: &[u8]) -> usize {
    let length = name.len();
    if length == 0 {
        return 0;
    }
    let (first, middle, last) = (name[0] as usize, name[length / 2] as usize, name[length - 1] as usize);
    (7 * length + 9 * first + 16 * middle + 63 * last) % SLOTS
}

#[allow(clippy::indexing_slicing, reason = "only the compiler runs it")]
const fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut index = 0;
    while index < one.len() {
        if one[index] != other[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_and_what_is_none_is_not() {
        const NAMES: FieldNames = FieldNames::new(&["ref", "fer", "after", "id", "url", "before"]);
        for name in NAMES.names {
            assert_eq!(NAMES.find(name).map(|field| NAMES.name(field)), Some(*name));
        }
        for name in ["", "re", "reff", "rxf", "Ref", "\u{1F980}"] {
            assert_eq!(NAMES.find(name), None, "{name}");
        }
    }

    #[test]
    fn names_that_meet_are_all_found() {
        const MEET: FieldNames = FieldNames::new(&["axxxb", "ayxyb", "azxzb", "a--x--b", "a1x1b"]);
        let slots: Vec<_> = MEET.names.iter().map(|name| slot(name.as_bytes())).collect();
        assert!(slots.iter().filter(|it| **it == slots[0]).count() > 2, "{slots:?}");
        assert!(MEET.names.iter().all(|name| MEET.find(name).is_some()));
        assert_eq!(MEET.find("aaxab"), None);
    }

    #[test]
    #[should_panic(expected = "twice")]
    fn a_name_that_stands_there_twice_is_refused() {
        let _ = FieldNames::new(&["a", "b", "a"]);
    }
}
