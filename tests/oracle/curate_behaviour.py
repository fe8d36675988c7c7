"""Functions of CRUXEval, renamed and rewritten, planted in a corpus: how many `curate --same-behaviour` finds.

    python tests/oracle/curate_behaviour.py --cruxeval cruxeval.jsonl --tracestone target/release/tracestone

The rewriting renames the function and its variables, turns `for` into `while`, swaps the branches of `if` and the
sides of comparisons, writes comprehensions as calls of `list`, takes results through a variable. A rewritten function
is planted where it still gives the benchmark's output on the benchmark's input. The exit code is 1 where less than
95 % of them are found.

`--among STORE` looks for the benchmark in a copy of a store of other code instead, such as one of the standard library, where
a hit is there by chance, and prints each of them.
"""

import argparse
import ast
import collections
import copy
import json
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile

SWAPPED = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE, ast.Eq: ast.Eq, ast.NotEq: ast.NotEq}


class Rewriter(ast.NodeTransformer):
    def __init__(self, names):
        self.names = names
        self.made = 0

    def fresh(self, stem):
        self.made += 1
        return f"{stem}_{self.made}"

    def visit_Name(self, node):
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_arg(self, node):
        node.arg = self.names.get(node.arg, node.arg)
        return node

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        node.name = self.names.get(node.name, node.name)
        return node

    def visit_For(self, node):
        self.generic_visit(node)
        if node.orelse:
            return node
        name = self.fresh("source")
        taken = ast.parse(f"try:\n    target = next({name})\nexcept StopIteration:\n    break").body[0]
        taken.body[0].targets = [node.target]
        loop = ast.While(test=ast.Constant(True), body=[taken, *node.body], orelse=[])
        start = ast.parse(f"{name} = iter(0)").body[0]
        start.value.args = [node.iter]
        return [start, loop]

    def visit_While(self, node):
        self.generic_visit(node)
        if node.orelse or isinstance(node.test, ast.Constant):
            return node
        ends = ast.If(test=ast.UnaryOp(ast.Not(), node.test), body=[ast.Break()], orelse=[])
        return ast.While(test=ast.Constant(True), body=[ends, *node.body], orelse=[])

    def visit_If(self, node):
        self.generic_visit(node)
        if not node.orelse:
            return node
        return ast.If(test=ast.UnaryOp(ast.Not(), node.test), body=node.orelse, orelse=node.body)

    def visit_IfExp(self, node):
        self.generic_visit(node)
        return ast.IfExp(test=ast.UnaryOp(ast.Not(), node.test), body=node.orelse, orelse=node.body)

    def visit_AugAssign(self, node):
        self.generic_visit(node)
        if not isinstance(node.target, ast.Name):
            return node
        value = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
        return ast.Assign(targets=[node.target], value=value)

    def visit_ListComp(self, node):
        self.generic_visit(node)
        made = ast.GeneratorExp(node.elt, node.generators)
        return ast.Call(ast.Name("list", ast.Load()), [made], [])

    def visit_Compare(self, node):
        self.generic_visit(node)
        if len(node.ops) != 1 or type(node.ops[0]) not in SWAPPED:
            return node
        return ast.Compare(node.comparators[0], [SWAPPED[type(node.ops[0])]()], [node.left])

    def visit_Return(self, node):
        self.generic_visit(node)
        if node.value is None:
            return node
        name = self.fresh("result")
        kept = ast.Assign(targets=[ast.Name(name, ast.Store())], value=node.value)
        return [kept, ast.Return(ast.Name(name, ast.Load()))]


def rewritten(row, name):
    """The rewritten function, or None where it does not give the benchmark's output."""
    tree = ast.parse(row["code"])
    bound = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    bound |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    keywords = {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword)}
    names = {old: f"value_{at}" for at, old in enumerate(sorted(bound - keywords))}
    names["f"] = name
    changed = ast.fix_missing_locations(Rewriter(names).visit(copy.deepcopy(tree)))
    text = ast.unparse(changed)
    space = {}
    try:
        exec(text, space)
        value = eval(f"{name}({row['input']})", space)
    except Exception:
        return None
    return text if value == eval(row["output"]) else None


def planted(text, name, row):
    """The function with its example in a docstring, from which the build takes a call."""
    tree = ast.parse(text)
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
    docstring = f"A planted function.\n\n    >>> {name}({row['input']})\n    {row['output']}\n    "
    function.body.insert(0, ast.Expr(ast.Constant(docstring)))
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr[-2000:]}")
    return done.stdout


def among(options, folder):
    """Prints the hits in a store of other code."""
    store, report = folder / "among.db", folder / "among.jsonl"
    shutil.copy(options.among, store)
    run([options.tracestone, "sample", "--store", store])
    run([
        options.tracestone, "curate", "--store", store, "--against", options.cruxeval, "--same-behaviour",
        "--report", report,
    ])
    hits = [json.loads(line) for line in report.read_text().splitlines()]
    programs = {hit["program"] for hit in hits}
    tried = sqlite3.connect(store).execute("SELECT count(DISTINCT program) FROM samples").fetchone()[0]
    for rule, count in sorted(collections.Counter(hit["rule"] for hit in hits).items()):
        print(f"{rule}: {count} hits")
    for hit in sorted(hits, key=lambda hit: (hit["entry"], hit["task"])):
        print(f"  {hit['entry']}  {hit['task']}: {hit['evidence']}")
    print(f"{len(programs)} of {tried} programs marked")
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cruxeval", type=pathlib.Path, required=True)
    parser.add_argument("--tracestone", required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--among", type=pathlib.Path, help="a store of other code")
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for the corpus, the store and the report")
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.cruxeval.read_text().splitlines()]
    random.Random(0).shuffle(rows)
    folder = options.keep or pathlib.Path(tempfile.mkdtemp())
    if options.among:
        folder.mkdir(parents=True, exist_ok=True)
        return among(options, folder)
    (folder / "plant").mkdir(parents=True, exist_ok=True)
    (folder / "plant" / "LICENSE").write_text("SPDX-License-Identifier: MIT\n")
    tasks = {}
    for row in rows:
        name = f"rebuilt_{len(tasks)}"
        text = rewritten(row, name)
        if text is None:
            continue
        (folder / "plant" / f"{name}.py").write_text(planted(text, name, row))
        tasks[name] = row["id"]
        if len(tasks) == options.count:
            break
    corpus = folder / "corpus.toml"
    corpus.write_text('name = "planted"\n\n[[source]]\nname = "plant"\nkind = "dir"\npath = "plant"\n')
    store, report = folder / "planted.db", folder / "hits.jsonl"
    run([options.tracestone, "build", corpus, "--store", store])
    print(run([
        options.tracestone, "curate", "--store", store, "--against", options.cruxeval, "--same-behaviour",
        "--report", report,
    ]))
    hits = [json.loads(line) for line in report.read_text().splitlines()]
    found = {hit["entry"] for hit in hits if tasks.get(hit["entry"]) == hit["task"]}
    rules = {}
    for hit in hits:
        right = tasks.get(hit["entry"]) == hit["task"]
        rules.setdefault(hit["rule"], [0, 0])[0 if right else 1] += 1
    for rule, (right, other) in sorted(rules.items()):
        print(f"{rule}: {right} hits of the planted task, {other} of others")
    share = len(found) / len(tasks)
    print(f"{len(found)} of {len(tasks)} planted functions found ({100 * share:.1f} %)")
    print("not found:", " ".join(sorted(set(tasks) - found)))
    return 0 if share >= 0.95 else 1


if __name__ == "__main__":
    sys.exit(main())
