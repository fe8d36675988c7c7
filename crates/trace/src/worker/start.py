"""The Python half of Tracestone's `trace` stage: standard library only, CPython 3.9 and newer.

The supervisor executes this file inside a sandboxed interpreter, with builtins of its own, so that
programs that patch `builtins` do not change what happens here. That interpreter (the zygote) forks
one child per program. The child installs the last filter, runs the calls, and writes one frame per
call to the results pipe. Nothing that a child says is trusted: the supervisor checks it.

Rules for this file:
- what user code could replace in a module is bound to a name here before any user code runs;
- values are described by their exact type, so that no method of a user's class is ever called;
- an error in here ends the child and makes the call invalid; it never looks like the call's own.
"""

import _sitebuiltins
import _thread
import abc
import builtins
import codecs
import ctypes
import functools
import gc
import io
import json
import linecache
import opcode
import operator
import os
import random
import re
import resource
import signal
import struct
import sys
import threading
import tokenize
import types

# Of our own, since `ctypes.pythonapi` keeps the functions that were asked for, and a program may ask for none.
python_library = ctypes.PyDLL(None)
