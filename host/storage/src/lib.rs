//! The storage door: tables, sealing, transactions.
