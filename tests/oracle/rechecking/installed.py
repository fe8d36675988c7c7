"""Distributions that a record's program imports, installed by pip from the record alone."""

import hashlib
import pathlib
import subprocess
import sys
import tempfile


class Installed:
    """Folders with distributions, one for each list of requirements with hashes."""

    def __init__(self, folder):
        self.kept = None if folder is not None else tempfile.TemporaryDirectory()
        self.folder = folder if folder is not None else pathlib.Path(self.kept.name)

    def at(self, needs):
        """The folder for a record's `needs`; made if it is not there, None where nothing is needed."""
        if not needs:
            return None
        text = "".join(line + "\n" for line in needs)
        version = "%d.%d" % sys.version_info[:2]
        target = self.folder / hashlib.sha256((version + text).encode()).hexdigest()[:32]
        if target.is_dir():
            return str(target)
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder) as staging:
            wanted, made = pathlib.Path(staging) / "requirements.txt", pathlib.Path(staging) / "made"
            wanted.write_text(text, encoding="utf-8")
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
            command += ["--require-hashes", "--only-binary", ":all:", "--target", made, "--requirement", wanted]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
            made.rename(target)
        return str(target)
