//! Teaches Forgegate the forge `github`.
