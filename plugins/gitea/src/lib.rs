//! Teaches Forgegate the forge `gitea`.
