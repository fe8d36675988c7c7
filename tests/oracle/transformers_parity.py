#!/usr/bin/env python3
"""Checks that Tracestone's models are those of Hugging Face's transformers, to 1e-4.

    apt-get install python3-torch             # or any other PyTorch from 1.13 on
    /usr/bin/python3 -m venv --system-site-packages venv
    venv/bin/pip install 'transformers==4.46.3'
    venv/bin/python tests/oracle/transformers_parity.py TRACESTONE [MODEL DATA]

Both ways. What `tracestone lm train` wrote is loaded by AutoTokenizer and AutoModelForCausalLM: a small model
that is trained here, and MODEL, if it is given with the DATA that it was trained on. And models that transformers
made are read by Tracestone: Llama, Qwen2 and, where this transformers has it, Qwen3, with random numbers, in all
that their files differ in (see `families`). For each, on the first test texts: the ids that the tokenizer gives
with those that Tracestone stored, the residual stream of `tracestone acts` at every place with transformers', the
logits that follow from it with transformers' logits, and the loss and the share of exact completions with
`tracestone lm eval`.

Exits with 1 if anything differs by more than 1e-4.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import torch
import transformers
from safetensors import safe_open

TOLERANCE = 1e-4
TEXTS = 200


def tracestone(*arguments):
    """What the program prints."""
    program, *rest = [str(argument) for argument in arguments]
    command = [program, "--quiet", *rest]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def families(words, ids):
    """Shapes of models, each with how it is saved."""
    shape = {
        "vocab_size": words,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "max_position_embeddings": 256,
        "attn_implementation": "eager",
        **ids,
    }
    llama3 = {
        "rope_type": "llama3",
        "factor": 4.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        # So few that both ends and the middle of the frequencies are among those of a small head.
        "original_max_position_embeddings": 16,
    }
    sharded = {"max_shard_size": "20KB"}
    llama, qwen2 = transformers.LlamaConfig, transformers.Qwen2Config
    grouped = {**shape, "num_key_value_heads": 2}
    yield "Llama", llama(**shape, tie_word_embeddings=False), torch.float32, {}
    yield "Llama, all biases, wide heads", llama(**shape, attention_bias=True, head_dim=12), torch.float32, {}
    scaled = {**grouped, "rope_scaling": llama3, "rope_theta": 500.0, "tie_word_embeddings": True}
    yield "Llama, grouped, tied, llama3 rope, bf16, sharded", llama(**scaled), torch.bfloat16, sharded
    yield "Llama, one key head, f16", llama(**shape, num_key_value_heads=1), torch.float16, {}
    yield "Qwen2, grouped", qwen2(**grouped, tie_word_embeddings=False), torch.float32, {}
    yield "Qwen2, grouped, tied, f16, sharded", qwen2(**grouped, tie_word_embeddings=True), torch.float16, sharded
    if hasattr(transformers, "Qwen3Config"):
        qwen3 = transformers.Qwen3Config
        yield "Qwen3, grouped", qwen3(**grouped, head_dim=8, tie_word_embeddings=False), torch.float32, {}
        wide = {**grouped, "head_dim": 16, "tie_word_embeddings": True}
        yield "Qwen3, tied, wide heads, bf16, sharded", qwen3(**wide), torch.bfloat16, sharded
    else:
        print(f"transformers {transformers.__version__} has no Qwen3, so it is not compared")


def make(config, dtype, saving, own, folder):
    """Saves a model with random numbers, and the tokenizer of our own model."""
    torch.manual_seed(5)
    model = transformers.AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        # First values have norms of one and biases of zero, with which much is right by chance.
        for value in model.parameters():
            value.add_(0.15 * torch.randn_like(value))
    model.to(dtype).save_pretrained(folder, **saving)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(own / name, folder)
    assert saving == {} or (folder / "model.safetensors.index.json").exists(), "it was to be sharded"


def run(model, texts):
    """Logits and the residual stream at each place, of each text, by Tracestone's names."""
    stream = {}

    def keep(name, place):
        def hook(_, arguments, output):
            whole = arguments[0] if place == "before" else output
            stream[name] = (whole[0] if isinstance(whole, tuple) else whole)[0].double()

        return hook

    inner = model.model
    inner.embed_tokens.register_forward_hook(keep("hook_embed", "after"))
    for number, layer in enumerate(inner.layers):
        layer.post_attention_layernorm.register_forward_hook(keep(f"blocks.{number}.hook_resid_mid", "before"))
        layer.register_forward_hook(keep(f"blocks.{number}.hook_resid_post", "after"))
    results = []
    with torch.no_grad():
        for ids in texts:
            logits = model(torch.tensor([ids])).logits[0].double()
            results.append((logits, dict(stream)))
    return results


def scored(prompts, texts, results):
    """Loss a word of the completions, and how many are exact."""
    loss, exact, words = 0.0, 0, 0
    for prompt, text, (logits, _) in zip(prompts, texts, results):
        log_p = torch.log_softmax(logits[len(prompt) - 1 : -1], -1)
        targets = torch.tensor(text[len(prompt) :])
        loss -= log_p.gather(1, targets[:, None]).sum().item()
        words += len(targets)
        exact += bool((log_p.argmax(-1) == targets).all())
    return loss / words, exact


def differences(program, folder, data, model, texts, results):
    """The largest differences of stream and logits, and how many states were compared."""
    head, norm, epsilon = model.lm_head.weight.double(), model.model.norm.weight.double(), model.config.rms_norm_eps
    sites = list(results[0][1])
    stream_off = logits_off = count = 0
    with tempfile.TemporaryDirectory() as out:
        options = ["--out", out, "--split", "test", "--limit", len(texts), "--site", ",".join(sites)]
        tracestone(program, "acts", folder, data, *options)
        out = pathlib.Path(out) / "test"
        for shard in json.loads((out / "index.json").read_text())["shards"]:
            with safe_open(out / shard["file"], "pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}
            for row in range(shard["rows"]):
                text, position = int(tensors["sample"][row]), int(tensors["pos"][row])
                assert texts[text][position] == int(tensors["token"][row]), "words differ"
                logits, stream = results[text]
                for site in sites:
                    off = (tensors[site][row].double() - stream[site][position]).abs().max()
                    stream_off = max(stream_off, off.item())
                last = tensors[sites[-1]][row].double()
                ours = head @ (last / (last.square().mean() + epsilon).sqrt() * norm)
                logits_off = max(logits_off, (ours - logits[position]).abs().max().item())
                count += 1
    return stream_off, logits_off, count


def same(name, program, folder, data):
    """Compares a directory in both programs."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, torch_dtype=torch.float32, attn_implementation="eager"
    ).eval()
    lines = (pathlib.Path(data) / "test.jsonl").read_text().splitlines()[:TEXTS]
    rows = [json.loads(line) for line in lines]
    prompts = [tokenizer(row["prompt"])["input_ids"] for row in rows]
    whole = [f"{row['prompt']} {row['completion']}" for row in rows]
    texts = [tokenizer(text)["input_ids"] + [tokenizer.eos_token_id] for text in whole]
    results = run(model, texts)
    loss, exact = scored(prompts, texts, results)
    ours = json.loads(tracestone(program, "lm", "eval", folder, data, "--limit", len(rows), "--json"))
    stream_off, logits_off, count = differences(program, folder, data, model, texts, results)
    loss_off = abs(ours["loss"] - loss)
    good = count > 0 and max(loss_off, stream_off, logits_off) < TOLERANCE and exact == ours["exact"]
    print(
        f"{'same' if good else 'DIFFERENT'}  {name}: {count} states, stream within {stream_off:.1e}, logits "
        f"{logits_off:.1e}, loss {loss:.4f} within {loss_off:.1e}, exact {exact} and {ours['exact']} of {len(rows)}"
    )
    return good


def main(program, *given):
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    good = True
    with tempfile.TemporaryDirectory() as folder:
        data, own = pathlib.Path(folder) / "data", pathlib.Path(folder) / "own"
        size = ["--train", 20_000, "--validation", 50, "--test", 50]
        tracestone(program, "karel", "generate", "--out", data, *size)
        training = ["--steps", 300, "--batch", 64, "--hidden", 32, "--layers", 2, "--checkpoints", 0]
        tracestone(program, "lm", "train", data, "--out", own, *training)
        good &= same("written by Tracestone", program, own, data)
        config = json.loads((own / "config.json").read_text())
        ids = {name: config[name] for name in ("pad_token_id", "bos_token_id", "eos_token_id")}
        for number, (name, config, dtype, saving) in enumerate(families(config["vocab_size"], ids)):
            made = pathlib.Path(folder) / str(number)
            make(config, dtype, saving, own, made)
            good &= same(name, program, made, data)
    if given:
        good &= same("the model that was given", program, *given)
    return 0 if good else 1


if __name__ == "__main__":
    if len(sys.argv) not in (2, 4):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
