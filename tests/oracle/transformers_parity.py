#!/usr/bin/env python3
"""Checks a model directory of `tracestone lm train` against Hugging Face's transformers.

    python3 -m venv venv
    venv/bin/pip install 'transformers==4.46.3' 'jax<0.5' 'jaxlib<0.5' 'flax<0.11' safetensors
    tracestone demo karel --out DEMO          # or: tracestone lm train DATA --out MODEL
    venv/bin/python tests/oracle/transformers_parity.py TRACESTONE MODEL DATA

Loads MODEL with AutoTokenizer and transformers' Llama, and compares, for the first test texts: the ids that
the tokenizer gives with those that Tracestone stored, the residual stream of `tracestone acts` with
`hidden_states`, the logits that follow from that stream with transformers' logits, and the loss and the share
of exact completions with `tracestone lm eval --json`. The Llama is transformers' JAX implementation, the last
version that has one, since its installation is a hundredth of PyTorch's. Not run in CI for its size. Exits
with 1 if anything differs by more than 1e-4.
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import numpy
from safetensors import safe_open
from transformers import AutoTokenizer, FlaxLlamaForCausalLM

TOLERANCE = 1e-4
TEXTS = 200

jax.config.update("jax_default_matmul_precision", "highest")


def run_texts(model, texts):
    """Logits and hidden states of each text; texts of one length go together."""
    groups = collections.defaultdict(list)
    for index, ids in enumerate(texts):
        groups[len(ids)].append(index)
    results = [None] * len(texts)
    for members in groups.values():
        out = model(numpy.array([texts[index] for index in members]), output_hidden_states=True)
        logits = numpy.asarray(out.logits)
        hidden = [numpy.asarray(layer) for layer in out.hidden_states]
        for place, index in enumerate(members):
            results[index] = (logits[place], [layer[place] for layer in hidden])
    return results


def scored(rows, prompts, texts, results):
    """Loss a word of the completions, and how many are exact."""
    loss, exact, words = 0.0, 0, 0
    for prompt, text, (logits, _) in zip(prompts, texts, results, strict=True):
        scores = logits[len(prompt) - 1 : -1].astype("float64")
        targets = numpy.array(text[len(prompt) :])
        shifted = scores - scores.max(-1, keepdims=True)
        log_p = shifted - numpy.log(numpy.exp(shifted).sum(-1, keepdims=True))
        loss -= log_p[numpy.arange(len(targets)), targets].sum()
        words += len(targets)
        exact += bool((scores.argmax(-1) == targets).all())
    return loss / words, exact


def compare_streams(tracestone, model_dir, data_dir, texts, results):
    """The largest differences of stream and logits, and how many states were compared."""
    with safe_open(pathlib.Path(model_dir) / "model.safetensors", "np") as file:
        norm, head = file.get_tensor("model.norm.weight"), file.get_tensor("lm_head.weight")
    epsilon = json.loads((pathlib.Path(model_dir) / "config.json").read_text())["rms_norm_eps"]
    stream_off = logits_off = 0.0
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        command = [tracestone, "acts", model_dir, data_dir, "--out", folder, "--split", "test", "--limit", str(len(texts))]
        subprocess.run(command, check=True, capture_output=True)
        index = json.loads((pathlib.Path(folder) / "test" / "index.json").read_text())
        for shard in index["shards"]:
            with safe_open(pathlib.Path(folder) / "test" / shard["file"], "np") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}
            for at in range(shard["rows"]):
                text, position = int(tensors["sample"][at]), int(tensors["pos"][at])
                assert texts[text][position] == int(tensors["token"][at]), "words differ"
                logits, hidden = results[text]
                pairs = [(tensors["hook_embed"][at], hidden[0][position])]
                # The last of transformers' hidden states is after the final norm; logits stand for it.
                for layer in range(len(hidden) - 2):
                    pairs.append((tensors[f"blocks.{layer}.hook_resid_post"][at], hidden[layer + 1][position]))
                stream_off = max(stream_off, *(float(abs(a - b).max()) for a, b in pairs))
                last = tensors[f"blocks.{len(hidden) - 2}.hook_resid_post"][at].astype("float64")
                ours = (last / numpy.sqrt((last**2).mean() + epsilon) * norm) @ head.T
                logits_off = max(logits_off, float(abs(ours - logits[position]).max()))
                count += 1
    return stream_off, logits_off, count


def main(tracestone, model_dir, data_dir):
    tokenizer = AutoTokenizer.from_pretrained(model_dir)
    model = FlaxLlamaForCausalLM.from_pretrained(model_dir, from_pt=True)
    lines = (pathlib.Path(data_dir) / "test.jsonl").read_text().splitlines()[:TEXTS]
    rows = [json.loads(line) for line in lines]
    prompts = [tokenizer(row["prompt"])["input_ids"] for row in rows]
    texts = [
        tokenizer(row["prompt"] + " " + row["completion"])["input_ids"] + [tokenizer.eos_token_id] for row in rows
    ]
    results = run_texts(model, texts)
    loss, exact = scored(rows, prompts, texts, results)
    command = [tracestone, "lm", "eval", model_dir, data_dir, "--limit", str(len(rows)), "--json"]
    ours = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    print(f"exact: transformers {exact}, tracestone {ours['exact']} of {len(rows)}")
    print(f"loss a word: transformers {loss:.8f}, tracestone {ours['loss']:.8f}")
    stream_off, logits_off, count = compare_streams(tracestone, model_dir, data_dir, texts, results)
    print(f"{count} states: residual stream within {stream_off:.2e}, logits within {logits_off:.2e}")
    offs = [abs(ours["loss"] - loss), stream_off, logits_off]
    good = count > 0 and max(offs) < TOLERANCE and exact == ours["exact"]
    print("same" if good else "DIFFERENT")
    return 0 if good else 1


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
