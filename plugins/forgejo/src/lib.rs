//! Teaches Forgegate the forge `forgejo`.
