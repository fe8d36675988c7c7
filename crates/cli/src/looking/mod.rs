//! What the commands that look inside models share: datasets on disk, activations, probes.

pub(crate) mod acts;
pub(crate) mod dataset;
pub(crate) mod device;
pub(crate) mod page;
pub(crate) mod patching;
pub(crate) mod plot;
pub(crate) mod probing;
pub(crate) mod training;
pub(crate) mod words;
