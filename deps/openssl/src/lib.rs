//! Nothing: the build script builds the library.
