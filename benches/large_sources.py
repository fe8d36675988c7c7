"""Peak memory of `tracestone build` on large sources: `python3 benches/large_sources.py BINARY FOLDER [SHARE]`.

Makes three corpora in FOLDER by `git fast-import`: one repository of 50,000 Python files, one of 2 GB, and 500
repositories. Builds each with `--limit 200` and prints the peak memory of the tool's own process, in MB, and that of the
processes it started (without what they map from files, as git does with packs). SHARE makes everything smaller.
"""

import os
import pathlib
import random
import subprocess
import sys
import time

LICENCE = pathlib.Path(__file__).resolve().parent.parent / "LICENSE-MIT"
FUNCTION = """\
def function_{0}(number):
    total = {0}
    for step in range(number):
        total += step * {1}
    return total


assert function_{0}(3) == {2}
"""


def module(number):
    factor = number % 97
    return FUNCTION.format(number, factor, number + 3 * factor).encode()


def repository(path, files):
    """Makes a bare repository of one commit; `files` gives pairs of path and content."""
    subprocess.run(["git", "init", "-q", "--bare", path], check=True)
    subprocess.run(["git", "-C", path, "symbolic-ref", "HEAD", "refs/heads/main"], check=True)
    importing = ["git", "-C", path, "-c", "core.bigFileThreshold=1m", "fast-import", "--quiet"]
    process = subprocess.Popen(importing, stdin=subprocess.PIPE)
    names = []
    for name, content in files:
        names.append(name)
        process.stdin.write(b"blob\nmark :%d\ndata %d\n%s\n" % (len(names), len(content), content))
    process.stdin.write(b"commit refs/heads/main\ncommitter A <a@b.c> 1700000000 +0000\ndata 1\nx\n")
    for mark, name in enumerate(names, 1):
        process.stdin.write(b"M 100644 :%d %s\n" % (mark, name.encode()))
    process.stdin.write(b"\n")
    process.stdin.close()
    if process.wait() != 0:
        sys.exit("git fast-import failed")


def many_files(count):
    yield "LICENSE", LICENCE.read_bytes()
    for number in range(count):
        yield "package_%d/module_%d.py" % (number % 200, number), module(number)


def large_files(count):
    chance = random.Random(1)
    yield from many_files(50)
    for number in range(count):
        yield "data/%d.bin" % number, chance.randbytes(2 << 20)


def small_repository(first):
    yield "LICENSE", LICENCE.read_bytes()
    for number in range(first, first + 20):
        yield "module_%d.py" % number, module(number)


def make(folder, share):
    repository(folder / "files.git", many_files(int(50_000 * share)))
    repository(folder / "bytes.git", large_files(int(1_000 * share)))
    sources = int(500 * share)
    for number in range(sources):
        repository(folder / ("source_%d.git" % number), small_repository(20 * number))
    corpora = {
        "files": ["files.git"],
        "bytes": ["bytes.git"],
        "sources": ["source_%d.git" % number for number in range(sources)],
    }
    for name, urls in corpora.items():
        entries = ['[[source]]\nkind = "git"\nurl = "%s"\n' % (folder / url) for url in urls]
        (folder / (name + ".toml")).write_text('name = "%s"\n' % name + "".join(entries))
    return list(corpora)


def memory_of(pid):
    """Peak memory, and memory that is not a file's, of a process in kB; and its parent."""
    found = {}
    try:
        for line in open("/proc/%d/status" % pid):
            name, _, value = line.partition(":")
            if name in ("VmHWM", "RssAnon", "PPid"):
                found[name] = int(value.split()[0])
    except OSError:
        pass
    return found.get("VmHWM", 0), found.get("RssAnon", 0), found.get("PPid", 0)


def build(binary, folder, name):
    environment = dict(os.environ, TRACESTONE_CACHE=str(folder / "cache"))
    command = [binary, "build", folder / (name + ".toml"), "--store", folder / (name + ".db"), "--limit", "200"]
    started = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    own = others = 0
    while process.poll() is None:
        all_memory = {int(pid): memory_of(int(pid)) for pid in os.listdir("/proc") if pid.isdigit()}
        own = max(own, all_memory.get(process.pid, (0, 0, 0))[0])
        tree, size = {process.pid}, 0
        while len(tree) != size:
            size = len(tree)
            tree |= {pid for pid, (_, _, parent) in all_memory.items() if parent in tree}
        others = max(others, sum(all_memory[pid][1] for pid in tree - {process.pid} if pid in all_memory))
        time.sleep(0.2)
    seconds = time.monotonic() - started
    print("%s: %d MB, others %d MB, %d s, exit %d" % (name, own // 1000, others // 1000, seconds, process.returncode))


def main():
    binary, folder = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    share = float(sys.argv[3]) if len(sys.argv) > 3 else 1.0
    folder.mkdir(parents=True)
    for name in make(folder, share):
        build(binary, folder, name)


main()
