import builtins, os, sys

def read(count):
    data = b""
    while len(data) < count:
        part = os.read(0, count - len(data))
        if not part:
            os._exit(0)
        data += part
    return data

source = read(int.from_bytes(read(4), "big"))
worker = {
    "__name__": "tracestone_worker",
    "__builtins__": dict(vars(builtins)),
    "read": read,
}
exec(compile(source, "<worker>", "exec"), worker)
worker["main"](int(sys.argv[1]), int(sys.argv[2]))
