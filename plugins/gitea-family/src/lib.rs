//! What Gitea and Forgejo share by ancestry.
