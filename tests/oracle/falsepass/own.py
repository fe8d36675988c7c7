"""For each judge of own tasks: questions, right answers, and one that is wrong for all of them."""

import json

NAMES = ["Paris", "Lima", "a b c", "Mercury", "yes", "Bob's", "42nd", "no. 5"]
FUNCTION = "def add{n}(a, b):\n    return a + b + {n}"
TESTS = "assert add{n}(1, 2) == {m}\nassert add{n}(-1, 0) == {k}"
TRACE = "call 0 1 f\n  n = {n}\nline 0 2\nreturn 0 2 = {n}"
JSON = ({"a": 1}, [1, 2], {"b": [None, True]}, {"c": "x"})
# A pattern is no answer; a text that it matches is.
PATTERNS = {"[3]7": "37", "12{2}": "122", "0?5": "5"}


def asked(question, answers, **more):
    return [(question, answer, more) for answer in answers]


OWN = {
    "exact": (asked("Which name is it?", NAMES), "no such name"),
    "contains": (asked("Which name is it?", NAMES), "nosuchname"),
    "regex": (asked("Which number is it?", PATTERNS), "no such number"),
    "numeric": (asked("Which number is it?", ["5", "-3", "0.25", "1200", "7.5", "1e6"]), "987654.5"),
    "choice": (asked("What is it?", "ABCD", choices=["rain", "a dog", "four", "none of these"]), "E"),
    "json": (asked("Which object?", map(json.dumps, JSON)), '{"no": "such object"}'),
    "literal": (asked("Which value?", ["5", "[1, 2]", "'a'", "None", "{'a': 1}", "-0.5"]), "'no'"),
    "line": (asked("Which line is next?", ["7", "12", "return", "raise"]), "99"),
    "count": (asked("How often?", ["1", "3", "12"]), "99"),
    "path": (asked("Which lines?", ["[2, 3]", "[2, 3, 3, 5]", "[4]"]), "[98, 99]"),
    "coverage": (asked("Which lines?", ["[2, 3]", "[2, 3, 5]", "[4]"]), "[98, 99]"),
    "exception": (asked("Which?", ["ValueError: bad x", "KeyError: 'a'", "TypeError: no"]), "OSError: nothing"),
    "trace": (asked("Which trace?", [TRACE.format(n=n) for n in (3, 4, 5)]), "call 0 1 g\nreturn 0 2 = 99"),
    "python-tests": (
        [
            ("Add.", FUNCTION.format(n=n), {"entry": f"add{n}", "tests": TESTS.format(n=n, m=3 + n, k=n - 1)})
            for n in range(1, 5)
        ],
        "def nothing():\n    return 0",
    ),
}


def write(folder, judge):
    """Writes a task with a judge's questions; gives the name, the question and the answer of each."""
    answer = 'reference = "answer"\nentry = "entry"\ntests = "tests"' if judge == "python-tests" else 'answer = "answer"'
    fields = f'id = "id"\n{answer}\n' + ('choices = "choices"\n' if judge == "choice" else "")
    (folder / "own.toml").write_text(
        f'name = "own"\ndescription = "own"\njudge = "{judge}"\n[items]\nsource = "jsonl"\npath = "items.jsonl"\n'
        f"[items.fields]\n{fields}[prompt]\ntext = '{{{{ question }}}} Answer between [ANSWER] and [/ANSWER].'\n"
    )
    rows, examples = [], []
    for number, (question, answer, more) in enumerate(OWN[judge][0]):
        key = f"item-{number}"
        rows.append(json.dumps({"id": key, "question": f"{question} ({number})", "answer": answer, **more}))
        examples.append((key, question, PATTERNS[answer] if judge == "regex" else answer))
    (folder / "items.jsonl").write_text("\n".join(rows) + "\n")
    return examples
