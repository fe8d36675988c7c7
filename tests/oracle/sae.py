"""Sparse autoencoders beside SAELens and PyTorch.

    python3 tests/oracle/sae.py TRACESTONE [steps] [formats] [synthetic] [converged]

TRACESTONE is a binary with the feature `lab`. It needs sae-lens 6.54.12 and torch (`pip install sae-lens==6.54.12`) and
cargo, which builds the example `sae_steps`. Without names of parts it runs all: `steps`, training against autograd;
`formats`, files both ways with equal features; `synthetic`, a set whose true directions are known, at an equal budget.
`converged`, the same with sixteen times the rows and twice the rate, runs only where it is named: it takes half an hour and 4 GB of disk.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

RUN = ["cargo", "run", "--quiet", "-p", "tracestone-sae", "--example", "sae_steps", "--"]


def example(*args):
    done = subprocess.run([*RUN, *map(str, args)], check=True, capture_output=True)
    return np.frombuffer(done.stdout, np.float32), done.stderr.decode()


def parts(numbers, inputs, width):
    sizes = [width * inputs, width * inputs, width, inputs, width]
    return [torch.tensor(part) for part in np.split(numbers, np.cumsum(sizes)[:-1])]


# Training: one step after the other in PyTorch, with autograd.


class Jump(torch.autograd.Function):
    """JumpReLU and its step with the rectangle kernel, as in SAELens."""

    @staticmethod
    def forward(context, sums, thresholds, width):
        context.save_for_backward(sums, thresholds)
        context.width = width
        fires = (sums > thresholds).float()
        return sums * fires, fires

    @staticmethod
    def backward(context, by_value, by_step):
        sums, thresholds = context.saved_tensors
        near = ((sums - thresholds).abs() < 0.5 * context.width).float() / context.width
        by_threshold = -(near * (thresholds * by_value + by_step)).sum(0)
        return (sums > thresholds) * by_value, by_threshold, None


def choose(kind, sums, thresholds, l0):
    """Activations, and whether each feature fires, with gradients."""
    if kind == "jumprelu":
        return Jump.apply(sums, thresholds, 0.3)
    if kind == "topk":
        kept = torch.zeros_like(sums).scatter(1, sums.topk(l0, dim=1).indices, 1.0)
        values = sums.relu() * kept
    else:
        flat = sums.relu().flatten()
        kept = torch.zeros_like(flat).scatter(0, flat.topk(l0 * len(sums)).indices, 1.0)
        values = (flat * kept).reshape(sums.shape)
    return values, (values > 0).float()


def losses(kind, rows, weights, l0, silent, prefixes):
    encoder, decoder, encoder_bias, decoder_bias, thresholds = weights
    sums = rows @ encoder.T + encoder_bias
    values, fires = choose(kind, sums, thresholds, l0)
    total = 0.0
    for prefix in prefixes:
        made = values[:, :prefix] @ decoder[:prefix] + decoder_bias
        total = total + (made - rows).pow(2).sum(1).mean()
    if kind == "jumprelu":
        total = total + (0.01 * 2 / l0 * (fires.sum(1) - l0) ** 2).mean()
    if silent.any():
        most = rows.shape[1] // 2
        count = int(silent.sum())
        left = (rows - made).detach()
        own = torch.where(silent, sums, -torch.inf)
        chosen = own.topk(min(most, count), dim=1)
        own = torch.zeros_like(sums).scatter(1, chosen.indices, chosen.values)
        total = total + min(count / most, 1.0) * (own @ decoder - left).pow(2).sum(1).mean()
    return total, fires.detach()


def train(kind, rows, first, l0, steps):
    encoder, decoder, encoder_bias, decoder_bias, thresholds = first
    inputs, width = rows.shape[1], len(encoder_bias)
    weights = [encoder.reshape(width, inputs), decoder.reshape(width, inputs), encoder_bias, decoder_bias, thresholds]
    weights = [weight.clone().requires_grad_() for weight in weights]
    learned = weights if kind == "jumprelu" else weights[:4]
    adam = torch.optim.Adam(learned, lr=1e-3)
    prefixes = [width // part for part in (32, 16, 8, 4, 2, 1)] if kind == "matryoshka" else [width]
    silence, curve = torch.zeros(width), []
    for _ in range(steps):
        adam.zero_grad()
        total, fires = losses(kind, rows, weights, l0, silence >= 2, prefixes)
        total.backward()
        decoder = weights[1]
        along = (decoder.grad * decoder).sum(1, keepdim=True)
        decoder.grad -= along * decoder.detach()
        adam.step()
        with torch.no_grad():
            decoder /= decoder.norm(dim=1, keepdim=True)
            if kind == "jumprelu":
                # Thresholds of silent features sink, which is no gradient's doing.
                weights[4][silence >= 2] *= 0.99
            weights[4].clamp_(min=0.0)
        silence = torch.where(fires.sum(0) > 0, torch.zeros(width), silence + 1)
        curve.append(total.item())
    return [weight.detach().flatten() for weight in weights], curve


def check_steps(folder):
    # More steps, and sums that are nearly equal are chosen otherwise.
    inputs, width, l0, steps = 24, 192, 4, 30
    rows = np.random.default_rng(0).standard_normal((256, inputs), np.float32)
    rows[:, :6] *= 3
    rows /= np.sqrt((rows**2).sum(1).mean())
    path = folder / "rows.f32"
    rows.astype("<f4").tofile(path)
    for kind in ("batch-topk", "topk", "jumprelu", "matryoshka"):
        numbers, log = example("steps", kind, inputs, width, l0, steps, path)
        before, after = np.split(numbers, 2)
        wanted, curve = train(kind, torch.tensor(rows), parts(before, inputs, width), l0, steps)
        found = parts(after, inputs, width)
        last = 5 if kind == "jumprelu" else 4
        apart = max(float((a - b).abs().max()) for a, b in zip(wanted[:last], found))
        lines = [line.split() for line in log.strip().splitlines()]
        loss = max(abs(a - float(line[0])) / a for a, line in zip(curve, lines))
        silent = max(int(line[3]) for line in lines)
        print(f"{kind}: {steps} steps, weights differ by {apart:.1e}, losses by {loss:.1e} (up to {silent} silent)")
        assert apart < 2e-4 and loss < 1e-4 and silent > 0, kind


# Files: SAELens' here, and ours there.


def convert(tracestone, source, to, out):
    subprocess.run([tracestone, "sae", "convert", source, "--to", to, "--out", out, "--quiet"], check=True)


def random_saes():
    """Dictionaries of SAELens with numbers of all sizes."""
    from sae_lens.saes.jumprelu_sae import JumpReLUSAE, JumpReLUSAEConfig
    from sae_lens.saes.standard_sae import StandardSAE, StandardSAEConfig
    from sae_lens.saes.topk_sae import TopKSAE, TopKSAEConfig

    yield "jumprelu", JumpReLUSAE(JumpReLUSAEConfig(d_in=32, d_sae=100, apply_b_dec_to_input=False))
    yield "jumprelu, centred", JumpReLUSAE(JumpReLUSAEConfig(d_in=32, d_sae=100, apply_b_dec_to_input=True))
    yield "standard", StandardSAE(StandardSAEConfig(d_in=32, d_sae=100))
    yield "topk", TopKSAE(TopKSAEConfig(d_in=32, d_sae=100, k=7))
    yield "topk, rescaled", TopKSAE(TopKSAEConfig(d_in=32, d_sae=100, k=7, rescale_acts_by_decoder_norm=True))


def check_formats(folder, tracestone):
    from sae_lens import SAE

    torch.manual_seed(0)
    rows = torch.randn(300, 32)
    path = folder / "rows.f32"
    rows.numpy().astype("<f4").tofile(path)
    for number, (name, sae) in enumerate(random_saes()):
        with torch.no_grad():
            for key, weight in sae.named_parameters():
                weight.copy_(torch.rand_like(weight) if key == "threshold" else torch.randn_like(weight) * 0.3)
        theirs = folder / f"theirs-{number}"
        sae.save_model(str(theirs))
        wanted = sae.encode(rows).detach().numpy()
        found = example("features", theirs, path)[0].reshape(300, 100)
        back = folder / f"back-{number}"
        convert(tracestone, theirs, "saelens", back)
        config = json.loads((back / "cfg.json").read_text())
        assert config["sae_lens_version"] and config["metadata"]["sae_lens_version"]
        again = SAE.load_from_disk(str(back))
        ours = again.encode(rows).detach().numpy()
        made = again.decode(again.encode(rows)) - sae.decode(sae.encode(rows))
        apart = [np.abs(wanted - found).max(), np.abs(wanted - ours).max(), float(made.detach().abs().max())]
        print(f"saelens {name}: features read here {apart[0]:.1e}, written back {apart[1]:.1e}, rows {apart[2]:.1e}")
        assert max(apart) < 1e-5, name
        if name == "jumprelu":
            check_gemma(folder, tracestone, theirs, wanted, path)


def check_gemma(folder, tracestone, source, wanted, rows):
    """Both formats of Gemma Scope, read as SAELens' loaders read them, and files as they are published."""
    state = load_file(str(source / "sae_weights.safetensors"))
    for to, name in (("gemma-scope", "params.npz"), ("gemma-scope-2", "params.safetensors")):
        out = folder / to
        convert(tracestone, source, to, out)
        found = dict(np.load(out / name)) if to == "gemma-scope" else load_file(str(out / name))
        prefix = "W_" if to == "gemma-scope" else "w_"
        for key, value in found.items():
            own = state[key.replace(prefix, "W_")]
            assert np.array_equal(value, own), (to, key)
        assert len(found) == 5
        published = folder / f"published-{to}"
        published.mkdir()
        if to == "gemma-scope":
            np.savez_compressed(published / name, **found)
        else:
            save_file(found, str(published / name))
        features = example("features", published, rows)[0].reshape(wanted.shape)
        apart = np.abs(features - wanted).max()
        print(f"{to}: the same arrays, features of a published file differ by {apart:.1e}")
        assert apart < 1e-5


# A synthetic set.


def synthetic(seed):
    """A dictionary of 256 directions in 64 numbers, and activations of its features with Zipf's frequencies."""
    from sae_lens.synthetic.activation_generator import ActivationGenerator
    from sae_lens.synthetic.feature_dictionary import FeatureDictionary

    torch.manual_seed(seed)
    dictionary = FeatureDictionary(num_features=256, hidden_dim=64, device="cpu")
    chance = 1.0 / torch.arange(1, 257).float().sqrt()
    chance = chance / chance.sum() * 6
    generator = ActivationGenerator(
        num_features=256, firing_probabilities=chance, std_firing_magnitudes=0.2, mean_firing_magnitudes=1.0
    )
    return dictionary, generator


def write_acts(folder, dictionary, generator, count, size=50_000):
    """Writes that many rows in the format of `tracestone acts`."""
    folder.mkdir()
    shards = []
    for number in range(-(-count // size)):
        with torch.no_grad():
            rows = dictionary(generator.sample(min(size, count - number * size))).numpy()
        name = f"acts-{number:05}.safetensors"
        zeros = np.zeros(len(rows), np.int32)
        save_file({"rows": rows, "sample": zeros, "pos": zeros, "token": zeros}, str(folder / name))
        shards.append({"file": name, "rows": len(rows)})
    origin = {"model": "synthetic", "data": "synthetic", "ledger": ""}
    index = {"origin": origin, "convention": "", "precision": "f32", "width": rows.shape[1]}
    index |= {"sites": ["rows"], "samples": ["all"], "shards": shards}
    (folder / "index.json").write_text(json.dumps(index))


def own_scores(folder, tracestone, acts, truth, number, settings):
    out = folder / f"own-{number}"
    train = [tracestone, "sae", "train", acts, "--out", out, "--width", "256", "--quiet", *settings]
    subprocess.run(list(map(str, train)), check=True)
    call = [tracestone, "sae", "eval", out, acts, "--site", "rows", "--truth", truth, "--json", "--quiet"]
    done = subprocess.run(list(map(str, call)), check=True, capture_output=True)
    return out, json.loads(done.stdout)


def check_synthetic(folder, tracestone, samples, rate):
    from sae_lens import SAE
    from sae_lens.saes.batchtopk_sae import BatchTopKTrainingSAE, BatchTopKTrainingSAEConfig
    from sae_lens.synthetic.evals import feature_uniqueness, mean_correlation_coefficient
    from sae_lens.synthetic.training import train_toy_sae

    batch, scores = 1024, []
    for seed in (0, 1):
        dictionary, generator = synthetic(seed)
        acts, truth = folder / f"acts-{samples}-{seed}", folder / f"truth-{samples}-{seed}.safetensors"
        # Both see each row once.
        write_acts(acts, dictionary, generator, samples)
        directions = dictionary.feature_vectors.detach()
        save_file({"directions": directions.numpy()}, str(truth))
        sae = BatchTopKTrainingSAE(BatchTopKTrainingSAEConfig(d_in=64, d_sae=256, k=6))
        decay = samples // batch // 5
        train_toy_sae(sae, dictionary, generator, samples, batch, rate, lr_decay_steps=decay)
        theirs = sae.W_dec.detach()
        settings = ["--l0", 6, "--steps", samples // batch, "--batch", batch, "--learning-rate", rate, "--seed", seed]
        out, report = own_scores(folder, tracestone, acts, truth, f"{samples}-{seed}", settings)
        shutil.rmtree(acts)
        ours = SAE.load_from_disk(str(out)).W_dec.detach()
        their = [mean_correlation_coefficient(theirs, directions), feature_uniqueness(theirs, directions)]
        own = [mean_correlation_coefficient(ours, directions), feature_uniqueness(ours, directions)]
        said = [report["truth"]["mean_max_cosine"], report["truth"]["uniqueness"]]
        print(
            f"{samples:,} rows, seed {seed}: MCC and uniqueness of sae-lens {their[0]:.4f} {their[1]:.4f},"
            f" ours {own[0]:.4f} {own[1]:.4f}",
            flush=True,
        )
        assert max(abs(a - b) for a, b in zip(own, said)) < 1e-5, (own, said)
        scores.append([a - b for a, b in zip(own, their)])
    mean = np.mean(scores, axis=0)
    print(f"{samples:,} rows: ours less sae-lens', mean of {len(scores)}: MCC {mean[0]:+.4f}, uniqueness {mean[1]:+.4f}")
    assert mean.min() > -0.02


def main():
    tracestone, *names = sys.argv[1:]
    tracestone = str(pathlib.Path(tracestone).resolve())
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if not names or "steps" in names:
            check_steps(folder)
        if not names or "formats" in names:
            check_formats(folder, tracestone)
        if not names or "synthetic" in names:
            check_synthetic(folder, tracestone, 1_000_000, 1e-3)
        if "converged" in names:
            # Of 0.001, 0.0015, 0.002, 0.003 and 0.005 the best rate for ours; sae-lens, too, is better with it than with 0.001.
            check_synthetic(folder, tracestone, 16_000_000, 2e-3)


if __name__ == "__main__":
    main()
