//! End-to-end tests: the real gateway, real components, fake forges.
