#!/usr/bin/env python3
"""A real inference engine on a tiny model, to run `tracestone eval` against.

    python3 -m venv engine && engine/bin/pip install mistralrs numpy tokenizers safetensors
    engine/bin/python tests/engine/serve.py --check target/release/tracestone

Makes a Llama of 115,000 random parameters with a byte-level tokenizer, loads it with mistral.rs, and serves
chat and completions over HTTP; every text, stop reason and token count is the engine's. With --check, runs
the given binary against it and says whether both protocols held up: everything answered, tokens counted,
the limit of tokens seen, a stop text obeyed, nothing asked again. What the model says is noise.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HIDDEN, LAYERS, HEADS, INNER = 64, 2, 4, 128


def make_model(folder):
    """A Hugging Face directory with random weights."""
    import numpy
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = {letter: number for number, letter in enumerate(alphabet)} | {"<s>": 256, "</s>": 257}
    tokenizer = Tokenizer(models.BPE(vocab=words, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<s>", "</s>"])
    tokenizer.save(str(folder / "tokenizer.json"))
    template = (
        "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
        "{% if add_generation_prompt %}assistant: {% endif %}"
    )
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "bos_token": "<s>", "eos_token": "</s>", "chat_template": template,
        "tokenizer_class": "PreTrainedTokenizerFast",
    }))
    (folder / "config.json").write_text(json.dumps({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 258, "hidden_size": HIDDEN,
        "intermediate_size": INNER, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
        "num_key_value_heads": HEADS, "max_position_embeddings": 8192, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
        "hidden_act": "silu", "bos_token_id": 256, "eos_token_id": 257, "tie_word_embeddings": False,
        "torch_dtype": "float32",
    }))
    random = numpy.random.default_rng(0)

    def weights(*shape):
        return (random.standard_normal(shape) * 0.05).astype("float32")

    tensors = {
        "model.embed_tokens.weight": weights(258, HIDDEN),
        "model.norm.weight": numpy.ones(HIDDEN, "float32"),
        "lm_head.weight": weights(258, HIDDEN),
    }
    for layer in range(LAYERS):
        at = f"model.layers.{layer}"
        for name in ["q_proj", "k_proj", "v_proj", "o_proj"]:
            tensors[f"{at}.self_attn.{name}.weight"] = weights(HIDDEN, HIDDEN)
        tensors[f"{at}.mlp.gate_proj.weight"] = weights(INNER, HIDDEN)
        tensors[f"{at}.mlp.up_proj.weight"] = weights(INNER, HIDDEN)
        tensors[f"{at}.mlp.down_proj.weight"] = weights(HIDDEN, INNER)
        for name in ["input_layernorm", "post_attention_layernorm"]:
            tensors[f"{at}.{name}.weight"] = numpy.ones(HIDDEN, "float32")
    save_file(tensors, str(folder / "model.safetensors"), metadata={"format": "pt"})


def usage(response):
    counts = response.usage
    return {
        "prompt_tokens": counts.prompt_tokens,
        "completion_tokens": counts.completion_tokens,
        "total_tokens": counts.total_tokens,
    }


class Engine:
    def __init__(self, folder):
        from mistralrs import Architecture, Runner, Which

        which = Which.Plain(model_id=str(folder), arch=Architecture.Llama)
        self.runner = Runner(which=which, token_source="none", no_paged_attn=True)
        # Its Python object lets one caller in at a time.
        self.free = threading.Lock()

    def settings(self, body):
        stop = body.get("stop")
        return {
            "model": "default", "max_tokens": body.get("max_tokens", 64),
            "temperature": body.get("temperature") or None, "top_p": body.get("top_p"),
            "stop_seqs": [stop] if isinstance(stop, str) else stop,
        }

    def chat(self, body):
        from mistralrs import ChatCompletionRequest

        request = ChatCompletionRequest(messages=body["messages"], **self.settings(body))
        with self.free:
            response = self.runner.send_chat_completion_request(request)
        choices = [
            {
                "index": choice.index, "finish_reason": choice.finish_reason,
                "message": {"role": choice.message.role, "content": choice.message.content},
            }
            for choice in response.choices
        ]
        return {"object": "chat.completion", "choices": choices, "usage": usage(response)}

    def completion(self, body):
        from mistralrs import CompletionRequest

        request = CompletionRequest(prompt=body["prompt"], **self.settings(body))
        with self.free:
            response = self.runner.send_completion_request(request)
        choices = [
            {"index": choice.index, "finish_reason": choice.finish_reason, "text": choice.text}
            for choice in response.choices
        ]
        return {"object": "text_completion", "choices": choices, "usage": usage(response)}


def serve(engine, port):
    """The server, and the list of bodies that it was sent."""
    bodies = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            bodies.append(body)
            try:
                answer = engine.chat(body) if self.path.endswith("chat/completions") else engine.completion(body)
                status = 200
            except Exception as error:  # What the engine refuses is the client's to see.
                answer, status = {"error": {"message": str(error)}}, 400
            payload = json.dumps(answer | {"id": "engine", "created": 0, "model": body.get("model")}).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, bodies


def check(binary, url, bodies):
    folder = Path(tempfile.mkdtemp(prefix="engine-check-"))
    rows = [
        {"id": f"sample_{i}", "code": f"def f(x):\n    return x + {i}", "input": "1", "output": str(1 + i)}
        for i in range(40)
    ]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for api in ["chat", "completions"]:
        command = [
            str(Path(binary).resolve()), "eval", "cruxeval-output", "--data", "rows.jsonl", "--json", "--quiet",
            "--model", "openai-api/engine/default", "--model-base-url", url, "--api", api, "--max-tokens", "24",
            "--max-connections", "8", "--stop-seqs", "e", "--log-dir", api,
        ]
        before = len(bodies)
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{api}: exit code {done.returncode}: {done.stderr}{done.stdout}")
        score = json.loads(done.stdout)["score"]
        asked = len(bodies) - before
        again = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        entries = [json.loads(line) for line in next((folder / api).glob("*/answers.jsonl")).open()]
        stops = {entry["response"]["stop"] for entry in entries}
        facts = {
            "every item answered": len(entries) == 40 and "api_error" not in score["statuses"],
            "asked once each": asked == 40 and len(bodies) - before == 40,
            "tokens counted": score["usage"]["input_tokens"] > 40 and 0 < score["usage"]["output_tokens"] <= 40 * 24,
            "limit of tokens seen": "length" in stops,
            "stop text obeyed": not any("e" in entry["response"]["text"] for entry in entries),
            "same score again": json.loads(again.stdout)["score"] == score,
        }
        print(f"{api}: statuses {score['statuses']}, stops {sorted(stops)}, usage {score['usage']}")
        for fact, holds in facts.items():
            print(f"  {'holds' if holds else 'FAILS'}: {fact}")
        if not all(facts.values()):
            sys.exit(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--check", metavar="BINARY", help="run this tracestone against the engine and stop")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tiny-llama-"))
    make_model(folder)
    server, bodies = serve(Engine(folder), args.port)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    print(url, flush=True)
    if args.check:
        check(args.check, url, bodies)
    else:
        threading.Event().wait()


if __name__ == "__main__":
    main()
