"""Measures the house: lines by crate, long files, long functions, and `pub` items that no other crate uses.

    python3 benches/house.py [FOLDER] [--list]

prints the counts as Markdown tables; `--list` names every long file, long function and such item. FOLDER is a
checkout, this one unless given. A `pub` item counts as used outside where its name occurs in another crate, in a
test, benchmark, example or documentation of any crate, or in the signature of an item that is.
"""

import argparse
import pathlib
import re
from collections import Counter

LONG_FILE, LONG_FUNCTION = 600, 60
LANGUAGES = ("rs", "py", "c", "h", "js", "css", "html")
FOLDERS = ("crates", "tests", "benches", "fuzz")
ITEM = re.compile(
    r"^( {0,4})pub (?:const |unsafe |async )*(fn|struct|enum|trait|const|static|type) (\w+)", re.M
)
WORD = re.compile(r"\w+")


def source_files(root):
    for folder in FOLDERS:
        for language in LANGUAGES:
            for path in sorted((root / folder).rglob(f"*.{language}")):
                if "target" not in path.parts:
                    yield path


def rust_functions(lines):
    """The first line and the length of each function, as rustfmt lays them out."""
    for start, line in enumerate(lines):
        found = re.match(r"^( *)(?:pub(?:\([^)]*\))? )?(?:const |unsafe |async |extern \S+ )*fn \w", line)
        if not found:
            continue
        end = found[1] + "}"
        for number in range(start, len(lines)):
            # A signature in a trait has no body: it ends before a line that ends with a brace.
            inner = lines[number][len(found[1]):]
            if not inner.startswith("    ") and lines[number].endswith(";"):
                break
            if lines[number] == end:
                yield start + 1, number - start + 1
                break
            if number > start and lines[number].startswith(end[:-1] + "fn "):
                break


def python_functions(lines):
    """The same for Python."""
    for start, line in enumerate(lines):
        found = re.match(r"^( *)(?:async )?def \w", line)
        if not found:
            continue
        end = start + 1
        for number in range(start + 1, len(lines)):
            text = lines[number]
            if text.strip() and len(text) - len(text.lstrip()) <= len(found[1]) and not text.lstrip().startswith(")"):
                break
            if text.strip():
                end = number + 1
        yield start + 1, end - start


def c_functions(lines):
    """The same for C, whose bodies have their braces at the start of lines."""
    for start, line in enumerate(lines):
        if line == "{" and start:
            for number in range(start, len(lines)):
                if lines[number] == "}":
                    yield start, number - start + 2
                    break


FUNCTIONS = {"rs": rust_functions, "py": python_functions, "c": c_functions}


def is_test(path, lines, start):
    """True for functions of tests, benchmarks and examples, those inside of sources included."""
    folders = {"tests", "benches", "examples"}.intersection(path.parts)
    return bool(folders) or path.stem == "tests" or "#[cfg(test)]" in lines[:start]


def without_comments(text):
    return re.sub(r"^\s*//(?!/|!).*$", "", text, flags=re.M)


def crate_of(root, path):
    parts = path.relative_to(root).parts
    return parts[1] if parts[0] == "crates" and parts[2] in ("src", "build.rs") else None


def signature(text, start):
    """The text of an item as far as other crates see it."""
    head = text[start:]
    if re.match(r" *pub (?:const |unsafe |async )*fn", head):
        return head[: re.search(r"[{;]\s*$", head, re.M).end()]
    # Of a type or trait up to the brace below its first letter, of others up to the semicolon.
    indent = len(head) - len(head.lstrip(" "))
    first = head.split("\n", 1)[0]
    end = re.search(rf"^ {{{indent}}}\}}" if first.endswith("{") else r";\s*$", head, re.M)
    return head[: end.end() if end else 400]


def inside_only(root):
    """The `pub` items of each crate that nothing outside of it names, as (crate, path, line, kind, name)."""
    words = {}
    files = {}
    for path in source_files(root):
        if path.suffix == ".rs":
            text = path.read_text()
            crate = crate_of(root, path) or "(tests)"
            files.setdefault(crate, []).append((path, text))
            words.setdefault(crate, Counter()).update(WORD.findall(without_comments(text)))
    # Examples in documentation are programs of their own.
    documented = Counter()
    for listed in files.values():
        for _, text in listed:
            for line in re.findall(r"^\s*//[/!](.*)$", text, re.M):
                documented.update(WORD.findall(line))
    found = []
    for crate, listed in files.items():
        if crate in ("(tests)", "cli"):
            continue
        outside = {word for other, counted in words.items() if other != crate for word in counted}
        items = []
        for path, text in listed:
            for match in ITEM.finditer(text.split("#[cfg(test)]\nmod tests")[0]):
                items.append((path, text, match))
        used = {match[3] for _, _, match in items if match[3] in outside or match[3] in documented}
        # As is what an implementation of a trait names, such as the error of a conversion.
        for _, text, _ in items:
            used.update(re.findall(r"^ +type \w+ = (\w+);", text, re.M))
        # What the signature of a used item names is seen outside, too.
        grown = True
        while grown:
            grown = False
            for _, text, match in items:
                if match[3] in used:
                    for word in WORD.findall(signature(text, match.start())):
                        if word not in used and any(word == other[3] for _, _, other in items):
                            used.add(word)
                            grown = True
        for path, text, match in items:
            if match[3] not in used:
                line = text.count("\n", 0, match.start()) + 1
                found.append((crate, path, line, match[2], match[3]))
    return found, sum(len(ITEM.findall(text)) for crate, listed in files.items() if crate != "(tests)" for _, text in listed)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).parent.parent)
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    root = arguments.folder.resolve()
    by_crate, files, functions, tests = Counter(), [], [], set()
    for path in source_files(root):
        lines = path.read_text().split("\n")
        crate = crate_of(root, path)
        if crate and path.suffix == ".rs":
            by_crate[crate] += len(lines) - 1
        shown = path.relative_to(root)
        if len(lines) - 1 > LONG_FILE:
            files.append((len(lines) - 1, shown))
        for start, length in FUNCTIONS.get(path.suffix[1:], lambda _: ())(lines):
            if length > LONG_FUNCTION:
                functions.append((length, f"{shown}:{start}"))
                if is_test(shown, lines, start):
                    tests.add(f"{shown}:{start}")
    inside, public = inside_only(root)
    print("| crate | lines of Rust in `src` |\n|---|---:|")
    for crate in sorted(by_crate):
        print(f"| {crate} | {by_crate[crate]:,} |")
    outside_tests = [one for one in functions if one[1] not in tests]
    words = len((root / "docs/architecture.md").read_text().split())
    print("\n| figure | value |\n|---|---:|")
    print(f"| files over {LONG_FILE} lines, any language | {len(files)} |")
    print(f"| functions over {LONG_FUNCTION} lines outside tests | {len(outside_tests)} |")
    print(f"| functions over {LONG_FUNCTION} lines in tests and benchmarks | {len(functions) - len(outside_tests)} |")
    print(f"| `pub` items, and those used only inside their crate | {public:,}, {len(inside)} |")
    print(f"| words of `docs/architecture.md` | {words:,} |")
    if arguments.list:
        for length, shown in sorted(files, reverse=True) + sorted(functions, reverse=True):
            print(length, shown, "(test)" if shown in tests else "")
        for _, path, line, kind, name in inside:
            print(f"{path.relative_to(root)}:{line}: {kind} {name}")


if __name__ == "__main__":
    main()
