"""Writing reports."""


def make_encoder():
    encoder = json.encoder.c_make_encoder
    if encoder is None:
        return lambda value: json.dumps(value, separators=(",", ":")).encode("ascii")

    def refuse(value):
        raise TypeError("not JSON")

    chunks = encoder(
        None, refuse, json.encoder.encode_basestring_ascii, None, ":", ",", False, False, True
    )
    return lambda value: "".join(chunks(value, 0)).encode("ascii")


encode = make_encoder()
pack = struct.pack
unpack = struct.unpack
write = os.write
leave_process = os._exit
recursion_limit, set_recursion_limit = sys.getrecursionlimit, sys.setrecursionlimit
settrace = sys.settrace
gettrace = sys.gettrace
collect_garbage, freeze_objects = gc.collect, gc.freeze


# The scanner in C by itself; what `json.loads` does before it touches, and so copies, more pages.
scan_json = json.JSONDecoder().scan_once


def send(fd, data):
    data = pack(">I", len(data)) + data
    sent = write(fd, data)
    while sent < len(data):
        sent += write(fd, memoryview(data)[sent:])


def read_frame():
    header = read(4)
    return json.loads(read(unpack(">I", header)[0]))


class Capped(io.BufferedIOBase):
    """What `print` ends in: keeps the first bytes and forgets the rest."""

    def __init__(self, cap):
        self.cap = cap
        self.kept = bytearray()
        self.cut = False

    def writable(self):
        return True

    def write(self, data):
        data = bytes(data)
        space = self.cap - len(self.kept)
        if len(data) > space:
            self.cut = True
        self.kept += data[:space]
        return len(data)


flush_text = io.TextIOWrapper.flush


# Some that the zygote has made, since what makes one, or ends it, touches, and so copies, more pages
# than it takes. None ends before its child.
SPARE_CAPTURES, USED_CAPTURES = [], []


def capture(cap):
    if not SPARE_CAPTURES:
        raw = Capped(cap)
        SPARE_CAPTURES.append((raw, Output(raw, encoding="utf-8", errors="tracestone", newline="\n")))
    one = SPARE_CAPTURES.pop()
    USED_CAPTURES.append(one)
    one[0].cap = cap
    return one
