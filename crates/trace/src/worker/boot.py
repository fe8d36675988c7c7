import _io, builtins, os, sys

incoming = _io.FileIO(0, closefd=False)

def read(count):
    # In one piece, however many parts arrive: memory must not depend on how fast they do.
    data = bytearray(count)
    with memoryview(data) as view:
        at = 0
        while at < count:
            with view[at:] as rest:
                got = incoming.readinto(rest)
            if not got:
                os._exit(0)
            at += got
    return bytes(data)

source = read(int.from_bytes(read(4), "big"))
worker = {
    "__name__": "tracestone_worker",
    "__builtins__": dict(vars(builtins)),
    "read": read,
}
# Frames below a call are no part of the program, and what shows their file must differ between interpreters.
name = "<worker>" if os.environ.get("PYTHONHASHSEED") == "1" else "<supervisor>"
exec(compile(source, name, "exec"), worker)
worker["main"](int(sys.argv[1]), int(sys.argv[2]))
