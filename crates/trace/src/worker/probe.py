"""What the supervisor asks an interpreter before it builds the sandbox around it."""

import json
import os
import sys

missing = None
try:
    import ctypes
    import datetime
    import decimal
    import resource
    import select

    ctypes.CDLL(None)
except Exception as error:
    missing = str(error)

try:
    import sysconfig

    headers = sysconfig.get_path("include")
except Exception:
    headers = None

executable = getattr(sys, "_base_executable", None) or sys.executable
libraries = set()
try:
    with open("/proc/self/maps") as maps:
        for line in maps:
            parts = line.split(None, 5)
            if len(parts) == 6 and parts[5].startswith("/") and ".so" in parts[5]:
                libraries.add(parts[5].rstrip("\n"))
except OSError:
    pass

found = [os.path.abspath(path) for path in sys.path if path]
paths = set(found) | {os.path.realpath(path) for path in found}
print(
    json.dumps(
        {
            "executable": os.path.realpath(executable),
            "implementation": sys.implementation.name,
            "version": list(sys.version_info[:3]),
            "ctypes": missing,
            "paths": sorted(path for path in paths if os.path.exists(path)),
            "libraries": sorted(libraries),
            "headers": headers,
            "build": sys.version,
        }
    )
)
