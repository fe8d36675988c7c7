//! Questions in full sentences.
