//! The nouns and the pure rules: no I/O, no async, no clock of its own.
