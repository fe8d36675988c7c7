#!/usr/bin/env bash
# Builds the wheel into the folder `python/dist`: the command and the module in one. Needs `maturin`.
#
#   python/build.sh [BINARY]
#
# BINARY is a built `tracestone`; without it, one is built here.
set -euo pipefail
cd "$(dirname "$0")"
binary=${1:-}
if [ -z "$binary" ]; then
  cargo build --release --locked --manifest-path ../Cargo.toml --package tracestone
  binary=${CARGO_TARGET_DIR:-../target}/release/tracestone
fi
mkdir -p data/scripts
install -m 755 "$binary" data/scripts/tracestone
maturin build --release --locked --out dist
