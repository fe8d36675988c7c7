#!/usr/bin/env python3
"""Checks that chat templates are filled as Hugging Face's transformers fill them, token for token.

    pip install transformers jinja2 numpy safetensors
    python tests/oracle/chat_templates.py TRACESTONE

The templates are written for this test in the manner of those that models come with: macros, namespaces, loops that
are left, slices, Python's methods, JSON of tools, dates, refusals, and blocks that mark what a model says. Each is saved
with a byte-level tokenizer and a random model, and several conversations are put into it by both. TRACESTONE needs the
feature `lab`.

Exits with 1 if anything differs.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import safetensors.numpy
import tokenizers
import transformers

TEMPLATES = {
    "chatml": "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    "turns, with a system at the front": "{{- bos_token }}\n{%- if messages[0]['role'] == 'system' %}\n"
    "    {%- set system_message = messages[0]['content']|trim %}\n    {%- set messages = messages[1:] %}\n{%- else %}\n"
    "    {%- set system_message = \"\" %}\n{%- endif %}\n{{- \"<|start|>system<|end|>\\n\\n\" }}\n{%- if tools is not none %}\n"
    "    {{- \"Environment: ipython\\n\" }}\n{%- endif %}\n{{- \"Year: \" + strftime_now(\"%Y\") + \"\\n\\n\" }}\n"
    "{{- system_message }}\n{%- for message in messages %}\n"
    "    {{- '<|start|>' + message['role'] + '<|end|>\\n\\n'+ message['content'] | trim + eos_token }}\n{%- endfor %}\n"
    "{%- if add_generation_prompt %}\n    {{- '<|start|>assistant<|end|>\\n\\n' }}\n{%- endif %}\n",
    "macros": "{%- macro turn(role, text, end='\\n') -%}\n[{{ role | upper }}] {{ text | trim }}{{ end }}\n{%- endmacro -%}\n"
    "{%- macro all(list) -%}{%- for m in list %}{{ turn(m.role, m.content, end='|') }}{%- endfor -%}{%- endmacro -%}\n"
    "{{ all(messages) }}{{ turn('assistant', '') }}",
    "namespace, backwards, thought cut off": "{%- set ns = namespace(multi=true, last=messages|length - 1) %}\n"
    "{%- for message in messages[::-1] %}\n    {%- set index = (messages|length - 1) - loop.index0 %}\n"
    "    {%- if ns.multi and message.role == \"user\" and not(message.content.startswith('<tool>') and message.content.endswith('</tool>')) %}\n"
    "        {%- set ns.multi = false %}\n        {%- set ns.last = index %}\n    {%- endif %}\n{%- endfor %}\n"
    "{%- for message in messages %}\n    {%- if message.role == \"assistant\" %}\n        {%- set content = message.content %}\n"
    "        {%- if '</think>' in content %}\n            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}\n"
    "        {%- endif %}\n        {{- '<a>' + content + '</a>' }}\n    {%- else %}\n"
    "        {{- '<' ~ message.role ~ loop.index0 ~ '/' ~ ns.last ~ '>' + message.content + '\\n' }}\n    {%- endif %}\n{%- endfor %}\n"
    "{%- if add_generation_prompt %}\n    {{- '<a>' }}\n    {%- if enable_thinking is defined and enable_thinking is false %}\n"
    "        {{- '<think></think>' }}\n    {%- endif %}\n{%- endif %}",
    "JSON and plain data": "{{ messages | tojson }}\n{{ messages[0] | tojson(indent=2) }}\n{{ {'b': [1, none, true], 'a': 'é<'} | tojson }}\n"
    "{{ messages[-1] }} {{ none }} {{ true }} {{ ['x', 2, 1.5] }} {{ tools }}",
    "blocks of generation": "{%- for m in messages %}\n{%- if m.role == 'assistant' %}\n<a>{% generation %}{{ m.content }}</a>{% endgeneration %}\n"
    "{%- else %}\n{{ m.content }}\n{%- endif %}\n{%- endfor %}\n<a>",
    "loops that are left": "{% for m in messages %}{% if m.role == 'system' %}{% continue %}{% endif %}{% if loop.index > 3 %}{% break %}{% endif %}"
    "{{ loop.index }}{{ loop.first }}{{ loop.last }}:{{ m.content }}\n{% endfor %}",
    "filters and tests": "{{ messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | join('; ') }}\n"
    "{{ messages | rejectattr('role', 'equalto', 'user') | list | length }} {{ (messages | first).role | capitalize }}"
    "{% for m in messages if m.content is string and m.role in ['user', 'system'] %}-{{ m.content[:3] }}{{ m.get('name', 'none') }}"
    "{% for key, value in m.items() %}{{ key }}={{ value | length }},{% endfor %}{% endfor %}",
    "turns that must alternate": "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system = messages[0]['content'] %}"
    "{% else %}{% set loop_messages = messages %}{% set system = false %}{% endif %}{% for message in loop_messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles must alternate') }}{% endif %}"
    "{% if loop.index0 == 0 and system != false %}{% set content = '<<SYS>>\\n' + system + '\\n<</SYS>>\\n\\n' + message['content'] %}"
    "{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}"
    "{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% else %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}",
}

CONVERSATIONS = [
    [{"role": "user", "content": " What is 2 + 2? \n"}],
    [{"role": "system", "content": "Be kind.\n"}, {"role": "user", "content": "Hällo \"you\" <b>\\n{{ x }}"}],
    [
        {"role": "system", "content": "S"},
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "<think>\nhm\n</think>\n\nIt's 1."},
        {"role": "user", "content": "two"},
        {"role": "assistant", "content": "2"},
        {"role": "user", "content": "<tool>three</tool>"},
    ],
]


def model(folder):
    """A byte-level tokenizer and a random Llama of one layer."""
    made = tokenizers.Tokenizer(tokenizers.models.BPE())
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=300, initial_alphabet=alphabet, special_tokens=["<bos>", "<eos>"], show_progress=False
    )
    made.train_from_iterator(["a"], trainer)
    words = made.get_vocab_size()
    config = dict(
        model_type="llama", vocab_size=words, hidden_size=8, intermediate_size=8, num_hidden_layers=1,
        num_attention_heads=1, num_key_value_heads=1, max_position_embeddings=4096, rms_norm_eps=1e-5,
        rope_theta=10000.0, hidden_act="silu", tie_word_embeddings=True, bos_token_id=0, eos_token_id=1,
    )
    (folder / "config.json").write_text(json.dumps(config))
    names = ["q_proj", "k_proj", "v_proj", "o_proj"]
    shapes = {f"self_attn.{name}": (8, 8) for name in names} | {f"mlp.{name}_proj": (8, 8) for name in ["gate", "up", "down"]}
    shapes |= {"input_layernorm": (8,), "post_attention_layernorm": (8,)}
    tensors = {f"model.layers.0.{name}.weight": shape for name, shape in shapes.items()}
    tensors |= {"model.embed_tokens.weight": (words, 8), "model.norm.weight": (8,)}
    random = numpy.random.default_rng(1)
    values = {name: random.standard_normal(shape).astype("float32") for name, shape in tensors.items()}
    safetensors.numpy.save_file(values, folder / "model.safetensors", metadata={"format": "pt"})
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<bos>", eos_token="<eos>")


def theirs(fast, messages):
    """The text by transformers; where a template refuses the conversation, None."""
    try:
        return fast.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    except Exception as error:  # noqa: BLE001 - any refusal is one
        print(f"  refused by transformers: {error}")
        return None


def ours(program, folder, messages):
    file = folder / "prompts.jsonl"
    file.write_text(json.dumps({"messages": messages}) + "\n")
    command = [program, "--quiet", "lm", "generate", str(folder), "--prompts", str(file), "--json", "--max-tokens", "1"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        return None, done.stderr.strip()
    return json.loads(done.stdout)["texts"][0]["prompt_ids"], ""


def main(program):
    good = True
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        fast = model(folder)
        for title, template in TEMPLATES.items():
            fast.chat_template = template
            fast.save_pretrained(folder)
            for number, messages in enumerate(CONVERSATIONS):
                expected = theirs(fast, messages)
                found, error = ours(program, folder, messages)
                text = None if found is None else fast.decode(found)
                same = found == (None if expected is None else fast(expected, add_special_tokens=False)["input_ids"])
                good &= same
                print(f"{'same' if same else 'DIFFERENT'}  {title}, conversation {number + 1}")
                if not same:
                    print(f"  transformers: {expected!r}\n  tracestone:   {text!r} {error}")
    return 0 if good else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
