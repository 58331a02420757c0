//! Components that mean harm, as the build script made them. What the first one does is chosen by the delivery: see `guest`.

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// Forge `hostile`: obeys the header `x-verify` in `verify`, and the event's name (from the header `x-event`) in `parse`.
    Guest,
    /// Well-behaved, but says that it is the forge `gitea`.
    Impostor,
}

/// The bytes of a hostile component.
pub const fn component(variant: Variant) -> &'static [u8] {
    match variant {
        Variant::Guest => include_bytes!(concat!(env!("OUT_DIR"), "/guest.wasm")),
        Variant::Impostor => include_bytes!(concat!(env!("OUT_DIR"), "/impostor.wasm")),
    }
}
