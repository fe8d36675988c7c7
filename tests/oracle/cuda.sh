#!/usr/bin/env bash
# Builds the feature `cuda` from vendored sources and compares an NVIDIA card with the processor: logits and gradients of
# small decoders (equal within 1e-3 of the largest), and tokens trained a second on both.
#
#   tests/oracle/cuda.sh vendor   where there is a network: puts the sources of all crates into target/vendor
#   tests/oracle/cuda.sh          on the machine with the card, without a network: at most 8 minutes
#
# The second needs the folder that the first has written, cargo, and NVIDIA's compiler `nvcc`.
set -euo pipefail
cd "$(dirname "$0")/../.."
sources=target/vendor
settings=target/vendor.toml
limit=480

vendor() {
  mkdir -p target
  cargo vendor --locked "$sources" > "$settings"
  echo "sources in $sources, settings in $settings"
}

need() {
  if ! "$@" > /dev/null 2>&1; then
    echo "cuda.sh: \`$*\` does not run here" >&2
    exit 2
  fi
}

prove() {
  need nvidia-smi
  need nvcc --version
  if [ ! -f "$settings" ]; then
    echo "cuda.sh: $settings is not there; run \`tests/oracle/cuda.sh vendor\` where there is a network" >&2
    exit 2
  fi
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
  nvcc --version | tail -n 1
  local started=$SECONDS
  cargo build --release --offline --locked --config "$settings" \
    -p tracestone-interp --features cuda --example device
  echo "built in $((SECONDS - started)) s"
  target/release/examples/device
}

case "${1:-prove}" in
  vendor) vendor ;;
  prove)
    # A build that hangs must not hold the card.
    exec timeout --kill-after=10 "$limit" "$0" within-the-limit ;;
  within-the-limit) prove ;;
  *)
    sed -n '2,8p' "$0" >&2
    exit 2 ;;
esac
