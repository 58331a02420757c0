//! The service that tests connections and looks after hooks.

use std::sync::Arc;

use super::hook_statuses::HookStatuses;
use crate::core::Core;
use crate::forge_access::ForgeAccess;

/// The service that tests connections and looks after hooks. Its samples go down the request path, for which it needs the core.
pub struct Connections {
    /// The core.
    pub(super) core: Arc<Core>,
    /// The way to the forges.
    pub(super) forges: ForgeAccess,
    /// What was last seen of the hooks at the forges.
    pub statuses: HookStatuses,
}

impl Connections {
    /// The service, with nothing seen yet.
    pub fn new(core: Arc<Core>, forges: ForgeAccess) -> Self {
        Self {
            core,
            forges,
            statuses: HookStatuses::default(),
        }
    }
}
