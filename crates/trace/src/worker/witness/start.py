"""The witness: the interpreter that `verify` asks. Standard library only, CPython 3.9 and newer.

It is a program of its own, which the supervisor starts in the sandbox in the place of the worker: no line
of Python is shared with what made the answers. What is shared is the supervisor, which is Rust: how the
sandbox is built, how children are watched, and how their reports are read, without trust.

Each call is evaluated several times, each time in a new namespace, so that looking changes nothing:

1. with nobody watching, for the value, the exception and what was printed;
2. under a line tracer that never touches a variable, for the lines;
3. from CPython 3.12 on, with `sys.monitoring` in the place of a trace function, for the same: both
   witnesses must agree;
4. where values on the way are asked for, under a tracer that reads what is asked, describes it and lets go.

A program that comes out differently when it is watched, or shows one witness something else than the other,
has no answers about its lines, and the report says so.

Up to 3.10 the interpreter copies all variables of a frame before it calls a Python trace function, which
keeps replaced objects alive; `PyEval_SetTrace` does not, so tracers are set through that there. Up to 3.12
reading `f_locals` leaves a copy in the frame; with `PyEval_SetTrace` it can be emptied again.
"""

import builtins
import ctypes
import dis
import gc
import io
import json
import os
import resource
import signal
import struct
import sys
import types

# This text looks names up in a dictionary of its own, so that what a program puts there changes nothing here.
AS_BUILT = dict(vars(builtins))
__builtins__ = dict(AS_BUILT)
# Other names than a build gives: a text that depends on them, as that of a traceback does, is no answer.
PROGRAM, SETUP, CALL = "<exported program>", "<exported set-up>", "<exported call>"
RESULTS, NULL = int(sys.argv[1]), int(sys.argv[2])
# On 3.9 a frame with a trace function says which line it began last, one without says which line its
# instruction belongs to, and that of an implicit return belongs to any.
LINE_OF_INSTRUCTION = sys.version_info < (3, 10)
SUSPENDABLE = 0x20 | 0x80 | 0x200  # generators, coroutines, asynchronous generators
OPTIMIZED = 0x1  # the code of functions, whose variables are not in a dictionary

write, leave, dumps, pack, collect = os.write, os._exit, json.dumps, struct.pack, gc.collect
settrace, getframe = sys.settrace, sys._getframe
OPNAMES = tuple(dis.opname)
