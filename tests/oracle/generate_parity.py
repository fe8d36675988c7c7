#!/usr/bin/env python3
"""Checks that Tracestone generates what Hugging Face's transformers generate, token for token, and as fast.

    pip install torch transformers
    python tests/oracle/generate_parity.py TRACESTONE [--speed]

Makes small models with random numbers of each family (Llama, Qwen2, Qwen3, Gemma, Gemma 2, Gemma 3), in f32, f16 and
bf16, tied and untied, in one file and in shards, saves them with a byte-level tokenizer and a chat template, and
compares: the ids of prompts and of chats, the ids that are generated greedily from prompts of different lengths in
one batch and alone, and the log-probabilities. With --speed also tokens a second beside transformers on one model,
each with its usual settings, in turns.

Exits with 1 if anything differs.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time

import tokenizers
import torch
import transformers

CHAT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TEXTS = ["x", "def add(a, b):\n", "The quick brown fox jumps over the lazy dog. " * 2, "αβγ 1 2 3", "for i in range(10):"]


def tokenizer(folder):
    """A byte-level tokenizer with a few merges, as transformers load it."""
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    specials = ["<pad>", "<bos>", "<eos>", "<|im_start|>", "<|im_end|>"]
    model = tokenizers.models.BPE()
    made = tokenizers.Tokenizer(model)
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=320, initial_alphabet=alphabet, special_tokens=specials, show_progress=False
    )
    made.train_from_iterator(TEXTS * 3, trainer)
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", bos_token="<bos>", eos_token="<eos>"
    )
    fast.chat_template = CHAT
    fast.save_pretrained(folder)
    return fast


def families(words):
    t = transformers
    shape = dict(
        vocab_size=words, hidden_size=64, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=256, pad_token_id=0, bos_token_id=1, eos_token_id=2,
    )
    gemma = dict(shape, head_dim=16)
    rope = {
        "rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 16, "rope_theta": 500.0,
    }
    yield "Llama", t.LlamaConfig(**shape), torch.float32, {}
    yield "Llama, biases, tied, bf16, sharded", t.LlamaConfig(**shape, attention_bias=True, tie_word_embeddings=True), torch.bfloat16, {"max_shard_size": "60KB"}
    yield "Llama, llama3 rope", t.LlamaConfig(**shape, rope_parameters=rope), torch.float32, {}
    yield "Qwen2, f16", t.Qwen2Config(**shape), torch.float16, {}
    yield "Qwen3, wide heads", t.Qwen3Config(**shape, head_dim=32), torch.float32, {}
    yield "Gemma", t.GemmaConfig(**gemma), torch.float32, {}
    yield "Gemma 2, window of 8", t.Gemma2Config(**gemma, sliding_window=8, query_pre_attn_scalar=24), torch.float32, {}
    yield "Gemma 3, window of 8", t.Gemma3TextConfig(**dict(gemma, num_hidden_layers=7), sliding_window=8, query_pre_attn_scalar=16), torch.float32, {}


def ours(program, folder, prompts, *options):
    file = pathlib.Path(folder) / "prompts.jsonl"
    file.write_text("".join(json.dumps({"ids": ids}) + "\n" for ids in prompts))
    command = [program, "--quiet", "lm", "generate", str(folder), "--prompts", str(file), "--json", *map(str, options)]
    said = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    file.unlink()
    return said


def theirs(model, ids, count):
    out = model.generate(
        torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), max_new_tokens=count,
        do_sample=False, return_dict_in_generate=True, output_logits=True,
    )
    new = out.sequences[0, len(ids) :].tolist()
    log_p = [torch.log_softmax(logits[0].float(), -1)[token].item() for logits, token in zip(out.logits, new)]
    ended = bool(new) and new[-1] == 2
    return (new[:-1], log_p[:-1]) if ended else (new, log_p)


def same(program, folder, name, config, dtype, saving):
    fast = tokenizer(folder)
    torch.manual_seed(7)
    model = transformers.AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for value in model.parameters():
            value.add_(0.15 * torch.randn_like(value))
    model.to(dtype).save_pretrained(folder, **saving)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    prompts = [fast(text)["input_ids"] for text in TEXTS]
    count = 40
    expected = [theirs(model, ids, count) for ids in prompts]
    differing = 0
    worst = 0.0
    for batch in (1, len(prompts)):
        found = ours(program, folder, prompts, "--max-tokens", count, "--batch", batch)["texts"]
        for (ids, log_p), one in zip(expected, found):
            differing += ids != one["ids"]
            if ids == one["ids"]:
                worst = max([worst] + [abs(a - b) for a, b in zip(log_p, one["logprobs"])])
    chat = fast.apply_chat_template([{"role": "user", "content": TEXTS[1]}], tokenize=True, add_generation_prompt=True)
    chat = chat if isinstance(chat, list) else chat["input_ids"]
    command = [program, "--quiet", "lm", "generate", str(folder), "--chat", "--prompt", TEXTS[1], "--json", "--max-tokens", "1"]
    length = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    good = not differing and worst < 1e-3 and length["texts"][0]["prompt_tokens"] == len(chat)
    tokens = sum(len(ids) for ids, _ in expected)
    print(f"{'same' if good else 'DIFFERENT'}  {name}: {tokens} tokens, {differing} texts differ, log-probabilities within {worst:.1e}")
    return good


def speed(program, folder):
    fast = tokenizer(folder)
    config = transformers.LlamaConfig(
        vocab_size=32_000, hidden_size=512, intermediate_size=1408, num_hidden_layers=8, num_attention_heads=8,
        num_key_value_heads=4, max_position_embeddings=512, pad_token_id=0, bos_token_id=1, eos_token_id=2,
    )
    torch.manual_seed(1)
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.0f} million parameters, {torch.get_num_threads()} threads")
    text = fast(TEXTS[2])["input_ids"]
    for batch in (1, 8):
        rates = {"tracestone": [], "transformers": []}
        for _ in range(3):
            found = ours(program, folder, [text] * batch, "--max-tokens", 64, "--batch", batch)
            rates["tracestone"].append(found["tokens"] / found["seconds"])
            ids = torch.tensor([text] * batch)
            started = time.time()
            with torch.no_grad():
                out = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=64, do_sample=False)
            rates["transformers"].append(batch * (out.shape[1] - len(text)) / (time.time() - started))
        for who, found in rates.items():
            print(f"batch {batch}: {who} {sorted(found)[1]:.0f} tokens a second ({min(found):.0f} to {max(found):.0f})")


def main(program, *options):
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    good = True
    with tempfile.TemporaryDirectory() as folder:
        words = len(tokenizer(folder))
    for family in families(words):
        with tempfile.TemporaryDirectory() as folder:
            good &= same(program, folder, *family)
    if "--speed" in options:
        with tempfile.TemporaryDirectory() as folder:
            speed(program, folder)
    return 0 if good else 1


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
