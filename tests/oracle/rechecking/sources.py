"""The files that a record's program runs in: its source's at their commit, and distributions that it imports, installed
by pip from the record alone."""

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


class Sources:
    """The files of sources at their commits, taken out of clones once."""

    def __init__(self, folder, environments):
        self.folder = folder
        self.installed = Installed(environments)
        self.taken = tempfile.TemporaryDirectory()
        self.known = {}

    def package_of(self, sample):
        """What a process needs to import the sample's module; None where its text is what runs."""
        form = sample.get("package")
        if form is None:
            return None
        origin, commit = sample["provenance"]["origin"], sample["provenance"]["commit"]
        folder = self.at(origin, commit, form.get("made") or ())
        named = {"path": sample["provenance"]["path"], "installed": self.installed.at(form["needs"])}
        return {"folder": folder, **named, **{name: form[name] for name in ("module", "roots", "lines")}}

    def at(self, origin, commit, made):
        if (origin, commit) in self.known:
            return self.known[origin, commit]
        if self.folder is None:
            sys.exit("some samples run in their own package: name the folder of their sources with --sources")
        name = origin.rstrip("/").rsplit("/", 1)[-1].removesuffix(".git")
        folder = self.folder / name
        if commit is not None:
            target = pathlib.Path(self.taken.name) / f"{len(self.known)}"
            target.mkdir()
            archive = subprocess.run(["git", "-C", folder, "archive", commit], stdout=subprocess.PIPE)
            if archive.returncode:
                sys.exit(f"{folder} does not have all files of {commit}, says git: fetch that commit, without a filter")
            subprocess.run(["tar", "-x", "-C", target], input=archive.stdout, check=True)
            for file in made:
                (target / file["path"]).write_text(file["text"], encoding="utf-8")
            folder = target
        self.known[origin, commit] = str(folder)
        return self.known[origin, commit]
