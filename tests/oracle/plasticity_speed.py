"""Steps a second of the published PyTorch code beside Tracestone's, in turns, both in processor time of one thread.

    git clone https://github.com/shibhansh/loss-of-plasticity
    cargo build --release -p tracestone-plasticity --example learner_speed
    python3 tests/oracle/plasticity_speed.py loss-of-plasticity target/release/examples/learner_speed

Needs torch, numpy and tqdm. The published code runs 20,000 steps of one seed of slowly-changing regression (one bit
flips), Tracestone 2,000,000 steps of ten seeds. Nothing of the published code is part of this repository.
"""

import os
import pathlib
import pickle
import resource
import statistics
import subprocess
import sys
import tempfile

STEPS = 20_000
ROUNDS = 3
SETTINGS = {
    "num_inputs": 20,
    "num_features": 5,
    "hidden_activation": "relu",
    "step_size": 0.01,
    "opt": "sgd",
    "replacement_rate": 1e-4,
    "decay_rate": 0.99,
    "mt": 100,
    "accumulate": True,
    "num_data_points": STEPS,
}


def processor_time():
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


def published(folder, agent, data):
    """Steps a second of the published code."""
    sys.path.insert(0, str(folder))
    import torch

    torch.set_num_threads(1)
    from lop.slowly_changing_regression.expr import expr

    start = processor_time()
    expr(SETTINGS | {"agent": agent, "env_file": data})
    return STEPS / (processor_time() - start)


def ours(program, learner):
    """Steps a second of Tracestone, over ten seeds, by the processor time of the child."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([program, learner], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 20_000_000 / (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main():
    folder, program = (pathlib.Path(arg).resolve() for arg in sys.argv[1:3])
    sys.path.insert(0, str(folder))
    os.environ["TQDM_DISABLE"] = "1"
    from lop.slowly_changing_regression.slowly_changing_regression import generate_problem_data

    with tempfile.NamedTemporaryFile() as data:
        generate_problem_data(10_000, data.name, STEPS, 20, 100, 15, 0.7, True)
        with open(data.name, "rb") as file:
            assert len(pickle.load(file)[0]) >= STEPS
        for agent, learner in (("bp", "sgd"), ("cbp", "cbp")):
            turns = [(published(folder, agent, data.name), ours(program, learner)) for _ in range(ROUNDS)]
            theirs, own = (statistics.median(one) for one in zip(*turns))
            print(f"{learner}: published {theirs:,.0f} steps a second, Tracestone {own:,.0f}: {own / theirs:,.0f} times")


if __name__ == "__main__":
    main()
