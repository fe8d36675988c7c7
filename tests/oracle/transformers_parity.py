"""Checks a model directory of `tracestone lm train` against Hugging Face's transformers.

    python3 -m venv venv && venv/bin/pip install torch transformers
    tracestone lm train DATA --out MODEL
    venv/bin/python tests/oracle/transformers_parity.py TRACESTONE MODEL DATA

Loads MODEL with AutoModelForCausalLM and AutoTokenizer, and compares, for the first test texts:
the ids that the tokenizer gives with those that Tracestone stored, the residual stream of `tracestone acts`
with `hidden_states`, and the share of exact completions and the loss with `tracestone lm eval --json`.
Not run in CI, since it needs PyTorch. Exits with 1 if anything differs by more than 1e-4.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import torch
from safetensors import safe_open
from transformers import AutoModelForCausalLM, AutoTokenizer

TOLERANCE = 1e-4
TEXTS = 200


def main(tracestone: str, model_dir: str, data_dir: str) -> int:
    model = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(model_dir)
    path = pathlib.Path(data_dir) / "test.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()[:TEXTS]]

    loss = exact = words = 0
    for row in rows:
        prompt = tokenizer(row["prompt"])["input_ids"]
        text = tokenizer(row["prompt"] + " " + row["completion"])["input_ids"] + [tokenizer.eos_token_id]
        with torch.no_grad():
            logits = model(torch.tensor([text])).logits[0]
        start = len(prompt)
        targets = torch.tensor(text[start:])
        scores = logits[start - 1 : -1]
        loss += torch.nn.functional.cross_entropy(scores, targets, reduction="sum").item()
        words += len(targets)
        exact += bool((scores.argmax(-1) == targets).all())

    command = [tracestone, "lm", "eval", model_dir, data_dir, "--limit", str(len(rows)), "--json"]
    ours = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    loss_off = abs(ours["loss"] - loss / words)
    print(f"exact: transformers {exact}, tracestone {ours['exact']} of {len(rows)}")
    print(f"loss a word: transformers {loss / words:.6f}, tracestone {ours['loss']:.6f}")

    # Decoding greedily for real, to check what `exact` means.
    decoded = 0
    for row in rows[:50]:
        prompt = torch.tensor([tokenizer(row["prompt"])["input_ids"]])
        length = len(row["completion"].split())
        made = model.generate(prompt, max_new_tokens=length + 1, do_sample=False)[0, prompt.shape[1] :]
        decoded += tokenizer.decode(made, skip_special_tokens=True).split() == row["completion"].split()
    print(f"greedy decoding of the first 50: {decoded} right")

    stream_off = compare_streams(tracestone, model, tokenizer, model_dir, data_dir, rows)
    print(f"largest difference of the residual stream: {stream_off:.2e}")
    good = loss_off < TOLERANCE and stream_off < TOLERANCE and exact == ours["exact"]
    print("same" if good else "DIFFERENT")
    return 0 if good else 1


def compare_streams(tracestone, model, tokenizer, model_dir, data_dir, rows) -> float:
    far = 0.0
    with tempfile.TemporaryDirectory() as folder:
        command = [tracestone, "acts", model_dir, data_dir, "--out", folder, "--split", "test", "--limit", str(len(rows))]
        subprocess.run(command, check=True, capture_output=True)
        index = json.loads((pathlib.Path(folder) / "test" / "index.json").read_text())
        for shard in index["shards"]:
            with safe_open(pathlib.Path(folder) / "test" / shard["file"], "pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}
            for at in range(0, shard["rows"], 7):
                row = rows[tensors["sample"][at]]
                ids = tokenizer(row["prompt"] + " " + row["completion"])["input_ids"] + [tokenizer.eos_token_id]
                position = int(tensors["pos"][at])
                assert ids[position] == int(tensors["token"][at]), "words differ"
                with torch.no_grad():
                    hidden = model(torch.tensor([ids]), output_hidden_states=True).hidden_states
                far = max(far, (tensors["hook_embed"][at] - hidden[0][0, position]).abs().max().item())
                # The last entry of hidden_states is after the final norm, so it is not compared.
                for layer in range(len(hidden) - 2):
                    ours = tensors[f"blocks.{layer}.hook_resid_post"][at]
                    far = max(far, (ours - hidden[layer + 1][0, position]).abs().max().item())
                last = tensors[f"blocks.{len(hidden) - 2}.hook_resid_post"][at]
                with torch.no_grad():
                    logits = model.lm_head(model.model.norm(last))
                    theirs = model.lm_head(hidden[-1][0, position])
                far = max(far, (logits - theirs).abs().max().item())
    return far


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
