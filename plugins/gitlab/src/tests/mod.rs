//! The plugin as a whole: deliveries in files, published bodies, wrong values, real proofs.

mod corpus;
mod golden;
mod hostile;
mod proof;
