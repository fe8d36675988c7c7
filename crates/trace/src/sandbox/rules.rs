//! Landlock: which files can be read. Nothing can be written, no port opened.

use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr,
    RulesetCreatedAttr, Scope, path_beneath_rules,
};

/// Makes the ruleset; the launched process applies it to itself.
///
/// The first version of Landlock is required, whatever newer ones add is taken where it exists.
pub(super) fn ruleset(readable: &[PathBuf]) -> io::Result<OwnedFd> {
    let newest = ABI::V6;
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1))
        .map_err(|_| missing())?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(newest))
        .and_then(|ruleset| ruleset.handle_access(AccessNet::from_all(newest)))
        .and_then(|ruleset| ruleset.scope(Scope::from_all(newest)))
        .and_then(Ruleset::create)
        .and_then(|created| {
            created.add_rules(path_beneath_rules(readable, AccessFs::from_read(newest)))
        })
        .map_err(io::Error::other)?;
    let fd: Option<OwnedFd> = ruleset.into();
    fd.ok_or_else(missing)
}

fn missing() -> io::Error {
    io::Error::other("the kernel has no Landlock, or it is not enabled")
}
