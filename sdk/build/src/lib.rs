//! Builds Forgegate components from a build script: finds the target, runs the nested cargo, encodes.
