"""The host: what a program could see of its files without opening them, and of its name. What else tells
something of the host is part of the environment, and noted.
"""

PATH_READERS = "stat lstat access readlink statvfs pathconf".split()


def hide_host():
    """Refuses programs a look at paths, so that nothing of the host becomes an answer, and has a fixed
    answer for its name. The system calls behind some of it are needed to import modules, so that it is
    this text and not the kernel that refuses; a program that is out to get around it learns what the
    documents say."""
    import posix

    library = os.path.dirname(os.__file__) + os.sep
    # Library code that asks in the name of whoever called it.
    helpers = tuple([library + name for name in ("pathlib", "shutil.py", "genericpath.py")])
    helping = {os.path.join.__code__.co_filename, os.walk.__code__.co_filename}
    helping.add(os.path.isfile.__code__.co_filename)
    working, abort = WORKING, ABORT

    def asked_by_program():
        frame = getframe(2)
        while frame is not None:
            name = frame.f_code.co_filename
            if name not in helping and not name.startswith(helpers):
                return not name.startswith((library, "<frozen "))
            frame = frame.f_back
        return False

    def guarded(name, inner):
        def ask(*args, **kwargs):
            if not working and asked_by_program() and not (args and is_of_tree(args[0])):
                if IMPORTING:
                    raise FileNotFoundError(2, "No such file or directory")
                abort[0]([REFUSED, "os." + name])
            return inner(*args, **kwargs)

        ask.__name__ = ask.__qualname__ = name
        return ask

    machine = os.uname().machine
    answer = os.uname_result(("Linux", "localhost", "6.1.0", "#1", machine))

    def uname():
        return answer

    for name in PATH_READERS:
        replacement = guarded(name, getattr(posix, name))
        setattr(os, name, replacement)
        setattr(posix, name, replacement)
    os.uname = posix.uname = uname
