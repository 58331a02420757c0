//! The arguments of a call, which the component owns, lent to the plugin.

use crate::outbound::Reaction;

/// An argument as a plugin takes it.
pub trait Argument {
    /// The argument as the component receives it.
    type Owned;
}

/// An argument that is lent for as long as a call takes.
pub trait Lent<'a>: Argument {
    /// Lends what was received.
    fn lend(owned: &'a Self::Owned) -> Self;
}

impl Argument for &str {
    type Owned = String;
}

impl<'a> Lent<'a> for &'a str {
    fn lend(owned: &'a String) -> Self {
        owned
    }
}

impl<T> Argument for &T {
    type Owned = T;
}

impl<'a, T> Lent<'a> for &'a T {
    fn lend(owned: &'a T) -> Self {
        owned
    }
}

impl<T: Argument> Argument for Option<T> {
    type Owned = Option<T::Owned>;
}

impl<'a, T: Lent<'a>> Lent<'a> for Option<T>
where
    T::Owned: 'a,
{
    fn lend(owned: &'a Self::Owned) -> Self {
        owned.as_ref().map(T::lend)
    }
}

/// Small arguments are copied.
macro_rules! copied {
    ($($argument:ty),*) => {$(
        impl Argument for $argument {
            type Owned = Self;
        }

        impl Lent<'_> for $argument {
            fn lend(owned: &Self) -> Self {
                *owned
            }
        }
    )*};
}

copied!(u64, Reaction);
