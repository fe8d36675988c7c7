"""Steps of a BatchTopK dictionary in SAELens and in Tracestone, in turns on the same machine, one thread each.

    python3 tests/oracle/sae_speed.py

It needs sae-lens 6.54.12 and cargo (it builds the example `sae_speed` with `--release`, or with PROFILE=dev without).
Processor time is compared, since it says the same on a machine that does other work too.
"""

import json
import os
import resource
import subprocess
import sys
import time

import torch
from sae_lens.saes.batchtopk_sae import BatchTopKTrainingSAE, BatchTopKTrainingSAEConfig
from sae_lens.saes.sae import TrainStepInput

SIZES = [(64, 1024, 16, 1024, 40), (64, 1024, 16, 4096, 10), (512, 8192, 32, 1024, 4)]
TURNS = 3


def lens(inputs, width, l0, batch, steps):
    torch.set_num_threads(1)
    rows = torch.rand(batch, inputs) * 2 - 1
    sae = BatchTopKTrainingSAE(BatchTopKTrainingSAEConfig(d_in=inputs, d_sae=width, k=l0))
    adam = torch.optim.Adam(sae.parameters(), lr=1e-3)

    def step(number):
        given = TrainStepInput(
            sae_in=rows, coefficients={}, dead_neuron_mask=None, n_training_steps=number, is_logging_step=False
        )
        adam.zero_grad()
        sae.training_forward_pass(given).loss.backward()
        adam.step()

    step(0)
    before = time.process_time()
    for number in range(steps):
        step(number + 1)
    return 1e3 * (time.process_time() - before) / steps


def own(program, inputs, width, l0, batch, steps):
    def run(count):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        given = list(map(str, (inputs, width, l0, batch, count, 1)))
        done = subprocess.run([*program, *given], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        json.loads(done.stdout)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    # Two lengths, so that the start is not counted.
    return 1e3 * (run(3 * steps) - run(steps)) / (2 * steps)


def main():
    profile = os.environ.get("PROFILE", "release")
    built = ["cargo", "run", "--quiet", "-p", "tracestone-sae", "--example", "sae_speed", "--profile", profile, "--"]
    program = sys.argv[1:] or built
    own(program, 8, 16, 2, 64, 1)
    for size in SIZES:
        turns = [(lens(*size), own(program, *size)) for _ in range(TURNS)]
        theirs, ours = (sorted(column)[TURNS // 2] for column in zip(*turns))
        inputs, width, l0, batch, _ = size
        print(
            f"{inputs} x {width}, {l0} fire, {batch} rows: sae-lens {theirs:.1f} ms a step, here {ours:.1f} ms: "
            f"{theirs / ours:.1f} times as fast",
            flush=True,
        )


if __name__ == "__main__":
    main()
