//! The components that the program carries inside itself.
