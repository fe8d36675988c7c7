#!/usr/bin/env bash
# Runs every fuzz target for so many seconds (600 unless said otherwise), two at a time, and prints their counts.
# Inputs that crash or hang are left in `artifacts/`; then the exit status is 1.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-600}
python3 seeds.py
cargo +nightly fuzz build
mkdir -p logs
run() {
    cargo +nightly fuzz run "$1" -- -max_total_time="$2" -timeout=10 -print_final_stats=1 >"logs/$1.log" 2>&1 ||
        echo "$1 FAILED, see fuzz/logs/$1.log"
}
export -f run
failed=$(cargo +nightly fuzz list | xargs -P 2 -I TARGET bash -c "run TARGET $seconds")
for log in logs/*.log; do
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    first=$(sed -n 's/.*INITED cov: \([0-9]*\).*/\1/p' "$log" | head -1)
    last=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -1)
    echo "$(basename "$log" .log): $executions executions in $seconds s, coverage $first to $last"
done
[ -z "$failed" ] || { echo "$failed"; exit 1; }
