//! Chance, so that what failed together does not come back together.

/// A random number of 0 to 1. Without randomness nobody is spread.
pub fn chance() -> f64 {
    let mut random = [0; 4];
    let _ = getrandom::fill(&mut random);
    f64::from(u32::from_be_bytes(random)) / f64::from(u32::MAX)
}
