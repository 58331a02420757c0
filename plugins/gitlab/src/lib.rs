//! Teaches Forgegate the forge `gitlab`.
