"""Continual backpropagation in plain numpy, step by step beside Tracestone's.

A transcription of the algorithm of the paper (Dohare et al., Nature 2024) with the settings of its code: utility
(mean or sum of the outgoing weights), bias correction, maturity, the accumulator of replacements, the mean
contribution moved to the next bias, and Adam's averages and step counts set to zero for renewed units. The
samples come from Tracestone; the weights of new units from its generator, written here once more.

    cargo run -p tracestone-plasticity --example cbp_steps -- LEARNER STEPS > steps.jsonl
    python3 tests/oracle/plasticity.py

Without arguments it runs that command itself for several learners. It needs numpy and cargo.
"""

import json
import subprocess
import sys

import numpy as np

SEED = 7
MASK = (1 << 64) - 1


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


class Draw:
    """SplitMix64 for the purpose 3, weights of new units."""

    def __init__(self, seed, purpose=3):
        self.state = mix(mix(seed) ^ ((purpose * 0xD1B54A32D192ED03) & MASK))

    def within(self, bound):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        unit = np.float32((mix(self.state) >> 40) / 16777216.0)
        return float((np.float32(2) * unit - np.float32(1)) * np.float32(bound))


class Network:
    """A ReLU network with the state of its rule and of continual backpropagation."""

    def __init__(self, start, settings):
        sizes = [20, 6, 5, 1]
        self.settings = settings
        self.w = [np.array(w).reshape(sizes[i + 1], sizes[i]) for i, w in enumerate(start["weights"])]
        self.b = [np.array(b) for b in start["biases"]]
        self.bounds = [np.sqrt(2) * np.sqrt(3 / sizes[i]) for i in range(2)]
        zeros = lambda: [np.zeros_like(a) for a in self.w + self.b]
        self.m, self.v, self.t = zeros(), zeros(), zeros()
        hidden = sizes[1:-1]
        self.util, self.mean, self.age = ([np.zeros(n) for n in hidden] for _ in range(3))
        self.due = [0.0 for _ in hidden]
        self.draw = Draw(SEED)
        self.renewed = 0

    def forward(self, x):
        self.a = [x]
        for w, b in zip(self.w[:-1], self.b[:-1]):
            self.a.append(np.maximum(w @ self.a[-1] + b, 0))
        return (self.w[-1] @ self.a[-1] + self.b[-1])[0]

    def learn(self, x, y):
        delta = np.array([2 * (self.forward(x) - y)])
        grads_w, grads_b = [None] * 3, [None] * 3
        for i in (2, 1, 0):
            grads_w[i], grads_b[i] = np.outer(delta, self.a[i]), delta
            delta = (self.w[i].T @ delta) * (self.a[i] > 0)
        self.descend(grads_w + grads_b)
        self.test_and_generate()

    def descend(self, grads):
        rate = self.settings["rate"]
        for k, (p, g) in enumerate(zip(self.w + self.b, grads)):
            if self.settings["rule"] == "adam":
                self.t[k] += 1
                self.m[k][...] = 0.9 * self.m[k] + 0.1 * g
                self.v[k][...] = 0.999 * self.v[k] + 0.001 * g * g
                m = self.m[k] / (1 - 0.9 ** self.t[k])
                v = self.v[k] / (1 - 0.999 ** self.t[k])
                p -= rate * m / (np.sqrt(v) + 1e-8)
            else:
                p -= rate * g

    def test_and_generate(self):
        eta, chosen = self.settings["decay"], []
        for i in range(2):
            out, h = np.abs(self.w[i + 1]), self.a[i + 1]
            out = out.sum(0) if self.settings["outgoing"] == "sum" else out.mean(0)
            self.age[i] += 1
            correction = 1 - eta ** self.age[i]
            self.mean[i] = eta * self.mean[i] + (1 - eta) * h
            if self.settings["utility"] == "adaptable":
                away = np.abs(h - self.mean[i] / correction)
                new = out * away / np.abs(self.w[i]).mean(1)
            else:
                new = out * np.abs(h)
            self.util[i] = eta * self.util[i] + (1 - eta) * new
            mature = np.where(self.age[i] > self.settings["maturity"])[0]
            # The rate as it is stored, in single precision.
            self.due[i] += float(np.float32(self.settings["replacement"])) * len(mature)
            while self.due[i] >= 1:
                self.due[i] -= 1
                corrected = (self.util[i] / correction)[mature]
                unit = mature[np.argmin(corrected)]
                mature = mature[mature != unit]
                chosen.append((i, unit, self.mean[i][unit] / correction[unit]))
        for i, unit, mean in chosen:
            self.replace(i, unit, mean)

    def replace(self, i, unit, mean):
        self.renewed += 1
        if self.settings["transfer"]:
            self.b[i + 1] += self.w[i + 1][:, unit] * mean
        self.w[i][unit] = [self.draw.within(self.bounds[i]) for _ in self.w[i][unit]]
        self.b[i][unit] = 0
        self.w[i + 1][:, unit] = 0
        for state in (self.m, self.v, self.t):
            state[i][unit] = 0
            state[3 + i][unit] = 0
            state[i + 1][:, unit] = 0
        self.util[i][unit] = self.mean[i][unit] = self.age[i][unit] = 0


def check(text, steps):
    """Compares all weights after each step; returns the largest difference and the number of renewed units."""
    settings = {"rate": 0.01, "rule": "sgd", "replacement": 1e-4, "maturity": 100, "decay": 0.99}
    settings |= {"utility": "adaptable", "outgoing": "mean", "transfer": True}
    for pair in text.split(":")[1].split(","):
        key, value = pair.split("=")
        known = settings[key]
        settings[key] = value == "yes" if isinstance(known, bool) else type(known)(value)
    command = ["cargo", "run", "--quiet", "-p", "tracestone-plasticity", "--example", "cbp_steps", "--", text]
    out = subprocess.run(command + [str(steps)], check=True, capture_output=True, text=True).stdout
    moments = [json.loads(line) for line in out.splitlines()]
    network, worst = Network(moments[0], settings), 0.0
    for step, moment in enumerate(moments[1:], 1):
        network.learn(np.array(moment["input"]), moment["target"])
        if network.renewed != moment["renewed"]:
            sys.exit(f"{text}: {network.renewed} renewed at step {step}, not {moment['renewed']}")
        for own, theirs in zip(network.w + network.b, moment["weights"] + moment["biases"]):
            worst = max(worst, np.abs(own.ravel() - theirs).max())
        if worst > 2e-3:
            sys.exit(f"{text}: weights differ by {worst} at step {step}")
        # Rounding must not decide later choices: both go on from the same weights.
        for own, theirs in zip(network.w + network.b, moment["weights"] + moment["biases"]):
            own[...] = np.array(theirs).reshape(own.shape)
    return worst, network.renewed


def main():
    rates = "rate=0.01,replacement=0.002,maturity=50"
    for more in (
        "",
        ",outgoing=sum",
        ",utility=contribution",
        ",transfer=no",
        ",rule=adam,rate=0.001",
    ):
        text = f"cbp:{rates}{more}"
        worst, renewed = check(text, 3000)
        print(f"{text}: 3000 steps, {renewed} units renewed, weights differ by at most {worst:.1e}")


if __name__ == "__main__":
    main()
