"""Gets wheels with the user's own pip, and unpacks them. Nothing of a wheel is run.

    python wheels.py download FOLDER pip-arguments...
    python wheels.py unpack FOLDER WHEELS

The first ends pip before it starts another Python or a version control system: a distribution can ask for
another one by an address, and pip would build that. The second writes the files of all wheels in WHEELS to
FOLDER, and prints as JSON what is in them. A name that leads out of FOLDER, a link and an archive that is larger
than it should be are refused. Files that Python would run by itself (`.pth`), and compiled ones that need not be
what their source says, are left out.
"""

# `-c` puts the current folder in front, where anything could be called `os` or `pip`.
import sys

sys.path = [entry for entry in sys.path if entry]

import hashlib
import json
import os
import runpy
import stat
import zipfile

MOST_FILES = 200_000
MOST_BYTES = 4 << 30
TOOLS = ("git", "hg", "svn", "bzr")


class Refused(Exception):
    """Something that no honest wheel has."""


def is_maker(program):
    name = os.path.basename(os.fsdecode(program)).lower()
    return program == sys.executable or name.startswith(("python", "pypy")) or name in TOOLS


def watch(event, arguments):
    if event == "subprocess.Popen":
        executable, command = arguments[0], arguments[1]
        first = command[0] if isinstance(command, (list, tuple)) and command else command
        refused = any(part is not None and is_maker(part) for part in (executable, first))
    else:
        refused = event in ("os.exec", "os.posix_spawn", "os.spawn", "os.system")
    if refused:
        os.write(2, b"a distribution has no wheel and would have to be built, which would run its code\n")
        os._exit(1)


def download(arguments):
    sys.argv = ["pip"] + arguments
    sys.addaudithook(watch)
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


def place_of(name):
    """The path that a wheel's entry is written to; None for what is not needed."""
    parts = name.split("/")
    if "\\" in name or "\0" in name or name.startswith("/") or not all(parts) or {".", ".."} & set(parts):
        raise Refused(f"it has a file {name[:200]!r}, which is no path inside a folder")
    if len(parts) > 2 and parts[0].endswith(".data"):
        if parts[1] not in ("purelib", "platlib"):
            return None
        parts = parts[2:]
    if "__pycache__" in parts or parts[-1].endswith((".pyc", ".pyo")):
        return None
    if len(parts) == 1 and parts[0].endswith(".pth"):
        return None
    return parts


class Unpacker:
    def __init__(self, folder):
        self.folder = folder
        self.files = self.bytes = 0
        self.modules, self.native = set(), False

    def unpack(self, wheel):
        with zipfile.ZipFile(wheel) as archive:
            for entry in archive.infolist():
                if entry.is_dir():
                    continue
                kind = stat.S_IFMT(entry.external_attr >> 16)
                if kind not in (0, stat.S_IFREG):
                    raise Refused(f"it has {entry.filename[:200]!r}, which is no regular file")
                parts = place_of(entry.filename)
                if parts is not None:
                    self.write(archive, entry, parts)

    def write(self, archive, entry, parts):
        self.files += 1
        if self.files > MOST_FILES:
            raise Refused(f"there are more than {MOST_FILES} files")
        self.note(parts)
        path = os.path.join(self.folder, *parts)
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        if os.path.lexists(path):
            os.remove(path)
        target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
        with archive.open(entry) as source, open(target, "wb") as out:
            while True:
                part = source.read(1 << 20)
                if not part:
                    break
                self.bytes += len(part)
                if self.bytes > MOST_BYTES:
                    raise Refused(f"it unpacks to more than {MOST_BYTES >> 30} GiB")
                out.write(part)

    def note(self, parts):
        name = parts[-1]
        native = name.endswith(".so") or ".so." in name
        self.native = self.native or native
        if not (native or name.endswith(".py")):
            return
        top = parts[0] if len(parts) > 1 else name.split(".")[0]
        if top.isidentifier():
            self.modules.add(top)


def unpack(folder, wheels):
    unpacker = Unpacker(folder)
    found = []
    for name in sorted(os.listdir(wheels)):
        path = os.path.join(wheels, name)
        if not name.endswith(".whl"):
            raise SystemExit(f"{name} is no wheel")
        with open(path, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        distribution, version = name.split("-")[:2]
        found.append({"name": distribution, "version": version, "sha256": digest})
        try:
            unpacker.unpack(path)
        except (Refused, OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError) as error:
            raise SystemExit(f"{name} is refused: {error}")
    print(json.dumps({"found": found, "modules": sorted(unpacker.modules), "native": unpacker.native}))


if sys.argv[1] == "download":
    download(sys.argv[2:])
else:
    unpack(*sys.argv[2:])
