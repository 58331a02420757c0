//! Components that mean harm, as the build script made them. What the first one does is chosen by the delivery: see `guest`.

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// Forge `hostile`: obeys the header `x-verify` in `verify`, the event's name (from the header `x-event`) in `parse`, and on the way
    /// out what it is handed: a status's context in `report`, a comment's text in `comment`, a repository's name elsewhere.
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
