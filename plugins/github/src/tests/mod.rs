//! The plugin as the host sees it: whole deliveries, ours and other people's.

mod corpus;
mod hostile;
