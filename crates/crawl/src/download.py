"""Downloads a source distribution with the user's own pip, and ends pip before it builds anything.

    python download.py FOLDER pip-arguments...

To name a source distribution's metadata, pip runs the package's build, which is code that nobody has
checked, outside of any sandbox. The archive is all that is wanted, and pip has it by then, verified: it
opens the archive to unpack it and then starts another Python for the build. At that moment the archive is
copied to FOLDER and pip ends. Other programs that pip starts, such as `keyring`, are the user's own.
"""

import sys

# `-c` puts the current folder in front, where anything could be called `os` or `pip`.
sys.path = [entry for entry in sys.path if entry]

import os
import runpy
import shutil

ARCHIVES = (".tar.gz", ".tgz", ".zip", ".tar.bz2", ".tar.xz", ".tar.Z", ".tar")

folder = sys.argv[1]
archive = None
ending = False


def is_python(program):
    name = os.path.basename(os.fsdecode(program)).lower()
    return program == sys.executable or name.startswith(("python", "pypy"))


def end():
    global ending
    if not ending:
        ending = True
        if archive is None:
            os.write(2, b"pip wanted to run code before it had the archive; refused\n")
            os._exit(1)
        shutil.copy(archive, folder)
        os._exit(0)


def watch(event, arguments):
    global archive
    if ending:
        return
    if event == "open":
        path = arguments[0]
        if isinstance(path, str) and path.endswith(ARCHIVES) and os.path.isfile(path):
            archive = path
    elif event == "subprocess.Popen":
        executable, command = arguments[0], arguments[1]
        first = command[0] if isinstance(command, (list, tuple)) and command else command
        if any(part is not None and is_python(part) for part in (executable, first)):
            end()
    elif event in ("os.exec", "os.posix_spawn", "os.spawn"):
        end()


sys.argv = ["pip"] + sys.argv[2:]
sys.addaudithook(watch)
runpy.run_module("pip", run_name="__main__", alter_sys=True)
