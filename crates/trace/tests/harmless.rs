//! Common calls of the standard library that reach nobody: none is refused, on any level.

#![expect(clippy::print_stdout, reason = "says which levels could not be tested")]

mod support;

use support::{job, runs, start};
use tracestone_record::{Outcome, Run, Verdict};
use tracestone_trace::{Level, Limits, SandboxChoice};

/// Operations that are refused although they are harmless, or could be. Each is a documented limit.
const LIMITS: &[(&str, &str)] = &[
    (
        "threads",
        "import threading\nt = threading.Thread(target=int)\nt.start()\nt.join()",
    ),
    (
        "a pool of threads",
        "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor() as p:\n    return list(p.map(abs, [1]))",
    ),
    (
        "a timer",
        "import threading\nthreading.Timer(0, int).start()",
    ),
    (
        "temporary files",
        "import tempfile\ntempfile.TemporaryFile()",
    ),
    (
        "sqlite",
        "import sqlite3\nreturn sqlite3.connect(':memory:').execute('select 1').fetchall()",
    ),
    ("memory maps", "import mmap\nreturn len(mmap.mmap(-1, 10))"),
    (
        "waiting",
        "import asyncio\nasyncio.run(asyncio.sleep(0.01))",
    ),
    (
        "waiting for ever",
        "import asyncio\nasync def f():\n    await asyncio.get_running_loop().create_future()\nasyncio.run(f())",
    ),
    (
        "a timeout",
        "import asyncio\nasync def f():\n    return await asyncio.wait_for(asyncio.Event().wait(), 0.01)\nasyncio.run(f())",
    ),
    (
        "work in threads",
        "import asyncio\nasyncio.run(asyncio.to_thread(int))",
    ),
    (
        "a subprocess",
        "import asyncio\nasyncio.run(asyncio.create_subprocess_exec('true'))",
    ),
    (
        "whether a path exists",
        "import os\nreturn os.path.exists('/nonexistent')",
    ),
    ("pipes", "import os\nreturn len(os.pipe())"),
    (
        "logging to a file",
        "import logging\nlogging.FileHandler('x.log')",
    ),
];

fn refused_on(level: Level, snippets: &[(&str, &str)]) -> Option<Vec<(String, String)>> {
    let engine = match start(Limits::default(), SandboxChoice::Exactly(level)) {
        Ok(engine) => engine,
        Err(error) => {
            println!("NOT TESTED on level {}: {error}", level.name());
            return None;
        }
    };
    let mut refused = Vec::new();
    for (name, body) in snippets {
        let body = body.replace('\n', "\n    ");
        let program = format!("def f():\n    {body}\n");
        let all: Vec<Run> = runs(&engine, job(&program, &[("", "f()")]));
        match &all[0].outcome {
            // What an event loop reads of clocks and the environment is no part of an answer, unless a
            // variable holds an object that holds the loop.
            Outcome::Returned { .. }
                if !name.starts_with("asyncio") || all[0].verdict == Verdict::Verified => {}
            Outcome::Returned { .. } => {
                refused.push(((*name).to_owned(), format!("{:?}", all[0].verdict)));
            }
            other => refused.push(((*name).to_owned(), format!("{other:?}"))),
        }
    }
    Some(refused)
}

fn all_run_on(level: Level) {
    let Some(refused) = refused_on(level, HARMLESS) else {
        return;
    };
    let lines: Vec<String> = refused
        .iter()
        .map(|(name, how)| format!("{name}: {how}"))
        .collect();
    assert!(
        refused.is_empty(),
        "{}:\n{}",
        level.name(),
        lines.join("\n")
    );
    let Some(refused) = refused_on(level, LIMITS) else {
        return;
    };
    for (name, how) in &refused {
        assert!(how.contains("Refused"), "{name}: {how}");
    }
    assert_eq!(refused.len(), LIMITS.len(), "{}: {refused:?}", level.name());
}

#[test]
fn harmless_calls_run_on_level_a() {
    all_run_on(Level::Namespaces);
}

#[test]
fn harmless_calls_run_on_level_b() {
    all_run_on(Level::Landlock);
}

#[test]
fn harmless_calls_run_on_level_c() {
    all_run_on(Level::Seccomp);
}

/// By module: bodies of functions that must return.
const HARMLESS: &[(&str, &str)] = &[
    (
        "argparse",
        "import argparse\np = argparse.ArgumentParser(prog='p')\np.add_argument('--n', type=int)\nreturn p.parse_args(['--n', '3']).n, p.format_usage()",
    ),
    (
        "array",
        "import array\na = array.array('i', [1, 2])\na.byteswap()\nreturn a.tobytes()",
    ),
    (
        "ast",
        "import ast\nreturn ast.dump(ast.parse('1 + 2')), ast.literal_eval('[1]'), ast.unparse(ast.parse('x=1'))",
    ),
    (
        "asyncio.run",
        "import asyncio\nasync def g(n):\n    return n * 2\nasync def main():\n    async def it():\n        for i in range(3):\n            yield i\n    return [await g(i) async for i in it()]\nreturn asyncio.run(main())",
    ),
    (
        "asyncio.gather",
        "import asyncio\nasync def g(n):\n    await asyncio.sleep(0)\n    return n\nasync def main():\n    return await asyncio.gather(g(1), g(2), return_exceptions=True)\nreturn asyncio.run(main())",
    ),
    (
        "asyncio.Queue",
        "import asyncio\nasync def main():\n    q = asyncio.Queue()\n    t = asyncio.create_task(q.get())\n    await q.put(3)\n    return await t\nreturn asyncio.run(main())",
    ),
    (
        "asyncio.wait_for",
        "import asyncio\nasync def g():\n    return 1\nreturn asyncio.run(asyncio.wait_for(g(), 10))",
    ),
    (
        "a lock of asyncio",
        "import asyncio\nasync def main():\n    lock, seen = asyncio.Lock(), []\n    async def g(n):\n        async with lock:\n            seen.append(n)\n            await asyncio.sleep(0)\n    await asyncio.gather(*[g(n) for n in range(3)])\n    return seen\nreturn asyncio.run(main())",
    ),
    (
        "a new event loop",
        "import asyncio\nloop = asyncio.new_event_loop()\ntry:\n    asyncio.set_event_loop(loop)\n    return loop.run_until_complete(asyncio.sleep(0, 5))\nfinally:\n    loop.close()",
    ),
    (
        "asyncio.cancel",
        "import asyncio\nasync def main():\n    t = asyncio.ensure_future(asyncio.Event().wait())\n    await asyncio.sleep(0)\n    t.cancel()\n    try:\n        await t\n    except asyncio.CancelledError:\n        return 'cancelled'\nreturn asyncio.run(main())",
    ),
    (
        "base64",
        "import base64, binascii\nreturn base64.b64encode(b'a'), base64.b85encode(b'a'), base64.b32decode(b'ME======'), binascii.hexlify(b'a'), binascii.crc32(b'a')",
    ),
    ("bisect", "import bisect\nreturn bisect.bisect([1, 2], 2)"),
    (
        "bz2",
        "import bz2\nreturn bz2.decompress(bz2.compress(b'a'))",
    ),
    (
        "calendar",
        "import calendar\nreturn calendar.month(2024, 2), calendar.monthrange(2024, 2), calendar.isleap(2000)",
    ),
    ("cmath", "import cmath\nreturn cmath.sqrt(-1)"),
    (
        "codecs",
        "import codecs\nreturn codecs.encode('a', 'rot13'), codecs.lookup('utf-16').name, 'é'.encode('cp1252'), b'\\xa4\\xa2'.decode('euc-jp')",
    ),
    (
        "collections",
        "import collections\nreturn collections.Counter('aab').most_common(1), collections.OrderedDict(a=1), collections.namedtuple('P', 'x')(1).x, collections.ChainMap({}, {'a': 1})['a']",
    ),
    (
        "colorsys",
        "import colorsys\nreturn colorsys.rgb_to_hsv(0.1, 0.2, 0.3)",
    ),
    (
        "configparser",
        "import configparser\nc = configparser.ConfigParser()\nc.read_string('[a]\\nb=1')\nreturn c['a']['b']",
    ),
    (
        "contextlib",
        "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as f:\n    print('x')\nwith contextlib.suppress(KeyError), contextlib.ExitStack() as s:\n    s.callback(int)\n    raise KeyError\nreturn f.getvalue()",
    ),
    (
        "contextvars",
        "import contextvars\nv = contextvars.ContextVar('v', default=1)\nt = v.set(2)\nv.reset(t)\nreturn contextvars.copy_context().run(v.get)",
    ),
    (
        "copy",
        "import copy\nreturn copy.deepcopy([[1]]), copy.copy({1})",
    ),
    (
        "csv",
        "import csv, io\nout = io.StringIO()\ncsv.writer(out).writerow([1, 'a,b'])\nreturn out.getvalue(), list(csv.DictReader(io.StringIO('a\\n1')))",
    ),
    (
        "dataclasses",
        "import dataclasses\n@dataclasses.dataclass(order=True)\nclass P:\n    x: int = 0\nreturn dataclasses.asdict(P(1)), P(1) < P(2), dataclasses.replace(P(), x=3).x",
    ),
    (
        "datetime",
        "import datetime\nd = datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone.utc)\nreturn d.isoformat(), d.timestamp(), d.astimezone(datetime.timezone(datetime.timedelta(hours=2))).hour, datetime.datetime.strptime('2024', '%Y').year, d.strftime('%c'), datetime.date.fromisoformat('2024-01-02').weekday()",
    ),
    (
        "datetime.now",
        "import datetime, time\nreturn datetime.datetime.now().year > 2000, time.time() > 0, time.localtime().tm_year > 2000, datetime.datetime(2024, 1, 2).astimezone().tzname() is not None, time.mktime((2024, 1, 1, 0, 0, 0, 0, 0, 0)) > 0",
    ),
    (
        "decimal",
        "import decimal\nwith decimal.localcontext() as c:\n    c.prec = 5\n    return decimal.Decimal(1) / 3",
    ),
    (
        "difflib",
        "import difflib\nreturn list(difflib.unified_diff(['a'], ['b'])), difflib.get_close_matches('ab', ['abc']), difflib.SequenceMatcher(None, 'a', 'ab').ratio()",
    ),
    (
        "dis",
        "import dis, io\nout = io.StringIO()\ndis.dis(lambda: 1, file=out)\nreturn len(out.getvalue()) > 0",
    ),
    (
        "doctest",
        "import doctest\nreturn len(doctest.DocTestParser().get_examples('>>> 1\\n1\\n'))",
    ),
    (
        "email",
        "import email.message, email.utils\nm = email.message.EmailMessage()\nm['To'] = 'a@b'\nm.set_content('x')\nreturn m.as_string(), email.utils.parseaddr('A <a@b>'), email.message_from_string('A: b\\n\\nc')['A']",
    ),
    (
        "enum",
        "import enum\nC = enum.IntFlag('C', 'A B')\nreturn (C.A | C.B).value, list(C)[0].name",
    ),
    (
        "errno",
        "import errno, os\nreturn errno.errorcode[2], os.strerror(2)",
    ),
    (
        "fnmatch",
        "import fnmatch\nreturn fnmatch.fnmatch('a.py', '*.py'), fnmatch.translate('a?')",
    ),
    (
        "fractions",
        "import fractions\nreturn fractions.Fraction('1/3') + 1, fractions.Fraction(0.5).limit_denominator(3)",
    ),
    (
        "functools",
        "import functools\n@functools.lru_cache\ndef g(n):\n    return n\n@functools.singledispatch\ndef h(x):\n    return 'any'\n@h.register(int)\ndef _(x):\n    return 'int'\nreturn functools.reduce(int.__add__, [1, 2]), g(1), h(1), functools.partial(max, 3)(2), sorted([2, 1], key=functools.cmp_to_key(lambda a, b: a - b))",
    ),
    ("gc", "import gc\ngc.collect()\nreturn gc.isenabled()"),
    (
        "getopt",
        "import getopt\nreturn getopt.getopt(['-a', 'b'], 'a')",
    ),
    (
        "gettext",
        "import gettext\nreturn gettext.gettext('x'), gettext.NullTranslations().ngettext('a', 'b', 2)",
    ),
    (
        "graphlib",
        "import graphlib\nreturn list(graphlib.TopologicalSorter({1: {2}}).static_order())",
    ),
    (
        "gzip",
        "import gzip, io\nreturn gzip.decompress(gzip.compress(b'a', mtime=0)), gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(b'b', mtime=0))).read()",
    ),
    (
        "hashlib",
        "import hashlib\nreturn hashlib.sha256(b'a').hexdigest(), hashlib.md5(b'a').hexdigest(), hashlib.blake2b(b'a').hexdigest(), hashlib.new('sha1', b'a').hexdigest(), hashlib.sha3_256(b'a').hexdigest(), hashlib.pbkdf2_hmac('sha256', b'a', b'b', 2).hex(), sorted(hashlib.algorithms_guaranteed)[0]",
    ),
    (
        "heapq",
        "import heapq\nh = [3, 1]\nheapq.heapify(h)\nreturn heapq.heappop(h), heapq.nlargest(1, [1, 2]), list(heapq.merge([1], [2]))",
    ),
    (
        "hmac",
        "import hmac\nreturn hmac.new(b'a', b'b', 'sha256').hexdigest(), hmac.compare_digest('a', 'a')",
    ),
    (
        "html",
        "import html, html.parser\nseen = []\nclass P(html.parser.HTMLParser):\n    def handle_starttag(self, tag, attrs):\n        seen.append(tag)\nP().feed('<a href=x>')\nreturn html.escape('<'), html.unescape('&lt;'), seen",
    ),
    (
        "http",
        "import http, http.cookies\nreturn http.HTTPStatus(404).phrase, http.cookies.SimpleCookie('a=b')['a'].value",
    ),
    (
        "importlib",
        "import importlib, importlib.util\nreturn importlib.import_module('json').__name__, importlib.util.find_spec('json') is not None",
    ),
    (
        "inspect",
        "import inspect\ndef g(a, *, b=1) -> int: ...\nreturn str(inspect.signature(g)), inspect.isfunction(g), inspect.getdoc(int)[:3], inspect.getmro(bool), [n for n, _ in inspect.getmembers(3) if n == 'real'], inspect.cleandoc(' a')",
    ),
    (
        "io",
        "import io\nb = io.BytesIO(b'ab')\nb.seek(1)\nreturn b.read(), io.StringIO('a\\nb').readlines(), io.TextIOWrapper(io.BytesIO(b'x'), encoding='utf-8').read(), io.BufferedReader(io.BytesIO(b'y')).peek()",
    ),
    (
        "ipaddress",
        "import ipaddress\nreturn str(ipaddress.ip_network('10.0.0.0/8').broadcast_address), ipaddress.ip_address('::1').is_loopback",
    ),
    (
        "itertools",
        "import itertools\nreturn list(itertools.permutations('ab')), list(itertools.accumulate([1, 2])), list(itertools.groupby('aab'))[0][0]",
    ),
    (
        "json",
        "import json\nreturn json.loads(json.dumps({'a': [1, None, 1.5]}, indent=1)), json.JSONDecoder().raw_decode('1')",
    ),
    (
        "keyword",
        "import keyword\nreturn keyword.iskeyword('if'), 'match' in getattr(keyword, 'softkwlist', ['match'])",
    ),
    (
        "locale",
        "import locale\nreturn locale.setlocale(locale.LC_ALL, 'C'), locale.localeconv()['decimal_point'], locale.atof('1.5')",
    ),
    (
        "logging",
        "import io, logging\nout = io.StringIO()\nlog = logging.getLogger('t')\nlog.addHandler(logging.StreamHandler(out))\nlog.setLevel('INFO')\nlog.info('x %s', 1)\nlogging.basicConfig()\nlogging.warning('w')\nreturn out.getvalue()",
    ),
    (
        "lzma",
        "import lzma\nreturn lzma.decompress(lzma.compress(b'a'))",
    ),
    (
        "marshal",
        "import marshal\nreturn marshal.loads(marshal.dumps([1, 'a']))",
    ),
    (
        "math",
        "import math\nreturn math.gcd(4, 6), math.isqrt(10), math.fsum([0.1] * 10), math.comb(5, 2), math.nan != math.nan",
    ),
    (
        "numbers",
        "import numbers\nreturn isinstance(1, numbers.Number)",
    ),
    (
        "operator",
        "import operator\nreturn operator.itemgetter(1)([1, 2]), operator.attrgetter('real')(3), operator.methodcaller('upper')('a')",
    ),
    (
        "optparse",
        "import optparse\np = optparse.OptionParser(prog='p')\np.add_option('-n', type='int')\nreturn p.parse_args(['-n', '3'])[0].n",
    ),
    (
        "os",
        "import os\nreturn os.path.join('a', 'b'), os.fspath('a'), os.getcwd() is not None, os.path.abspath('a') is not None, os.cpu_count() is None or 1, os.urandom(2) is not None, os.getpid() > 0, os.environ.get('X'), os.path.expanduser('~x'), os.sep, os.fsencode('a'), os.get_terminal_size is not None",
    ),
    (
        "pathlib",
        "import pathlib\np = pathlib.Path('a/b.txt')\nreturn p.suffix, p.with_suffix('.py').name, p.parent.as_posix(), p.parts, pathlib.PurePath('a').is_absolute(), pathlib.Path('a').absolute() is not None",
    ),
    (
        "pickle",
        "import pickle\nreturn pickle.loads(pickle.dumps({'a': [1]}))",
    ),
    (
        "platform",
        "import platform\nreturn platform.python_implementation(), platform.python_version_tuple() is not None",
    ),
    (
        "platform.system",
        "import platform\nreturn platform.system()",
    ),
    (
        "plistlib",
        "import plistlib\nreturn plistlib.loads(plistlib.dumps({'a': 1}))",
    ),
    (
        "pprint",
        "import pprint\nreturn pprint.pformat({'b': 1, 'a': [1] * 50})",
    ),
    (
        "queue",
        "import queue\nq = queue.PriorityQueue()\nq.put(2)\nq.put(1)\nreturn q.get(), q.qsize(), q.get_nowait(), q.empty()",
    ),
    (
        "queue.get with timeout",
        "import queue\nq = queue.Queue()\nq.put(1)\nreturn q.get(timeout=1), q.full()",
    ),
    (
        "random",
        "import random\nr = random.Random(1)\nrandom.seed(3)\nreturn r.random(), random.choice([1]), r.sample(range(9), 2), random.gauss(0, 1) is not None",
    ),
    (
        "re",
        "import re\nreturn re.findall('a+', 'aab'), re.sub('(?P<x>a)', r'\\g<x>b', 'a'), re.compile('x', re.I).fullmatch('X').group(), re.split(',', 'a,b')",
    ),
    (
        "reprlib",
        "import reprlib\nreturn reprlib.repr(list(range(99)))",
    ),
    (
        "sched",
        "import sched\ns = sched.scheduler(lambda: 0, lambda n: None)\ns.enter(0, 1, int)\ns.run()\nreturn s.empty()",
    ),
    (
        "secrets",
        "import secrets\nreturn len(secrets.token_hex(2)), secrets.compare_digest('a', 'a'), secrets.randbelow(1)",
    ),
    (
        "shlex",
        "import shlex\nreturn shlex.split('a \"b c\"'), shlex.quote('a b'), shlex.join(['a b'])",
    ),
    (
        "shutil",
        "import shutil\nreturn shutil.get_terminal_size((80, 24)) is not None",
    ),
    (
        "signal",
        "import signal\nreturn signal.Signals(2).name, signal.getsignal(signal.SIGTERM) is not None",
    ),
    (
        "socket",
        "import socket\nreturn socket.inet_aton('1.2.3.4'), socket.htons(1), socket.inet_ntop(socket.AF_INET6, b'\\0' * 16)",
    ),
    ("stat", "import stat\nreturn stat.filemode(0o100644)"),
    (
        "statistics",
        "import statistics\nreturn statistics.mean([1, 2]), statistics.median([1, 3]), statistics.stdev([1, 2]), statistics.NormalDist(0, 1).cdf(0)",
    ),
    (
        "string",
        "import string\nreturn string.Template('$a').substitute(a=1), string.capwords('a b'), string.Formatter().format('{}', 1), string.ascii_letters",
    ),
    (
        "struct",
        "import struct\nreturn struct.pack('>I', 1), struct.unpack('<h', b'\\1\\0'), struct.calcsize('q')",
    ),
    (
        "symtable",
        "import symtable\nreturn symtable.symtable('x = 1', 'f', 'exec').get_symbols()[0].get_name()",
    ),
    (
        "sys",
        "import sys\nreturn sys.maxsize, sys.getsizeof(1) > 0, sys.byteorder, sys.intern('a'), sys.getrecursionlimit() > 0, sys.float_info.max, sys.version_info[0], sys.stdin.read()",
    ),
    (
        "tabnanny",
        "import tokenize, io\nreturn [t.string for t in tokenize.generate_tokens(io.StringIO('a = 1').readline)][:3]",
    ),
    (
        "tarfile",
        "import io, tarfile\nout = io.BytesIO()\nwith tarfile.open(fileobj=out, mode='w') as t:\n    i = tarfile.TarInfo('a')\n    i.size = 1\n    t.addfile(i, io.BytesIO(b'x'))\nout.seek(0)\nreturn tarfile.open(fileobj=out).getnames()",
    ),
    (
        "textwrap",
        "import textwrap\nreturn textwrap.fill('a b c', 3), textwrap.dedent('  a'), textwrap.indent('a', ' '), textwrap.shorten('a b c', 4, placeholder='')",
    ),
    (
        "threading",
        "import threading\nwith threading.Lock(), threading.RLock(), threading.Semaphore():\n    pass\ne = threading.Event()\ne.set()\nlocal = threading.local()\nlocal.x = 1\nreturn e.wait(1), e.is_set(), threading.current_thread().name, threading.active_count(), local.x, threading.get_ident() > 0",
    ),
    (
        "time",
        "import time\nreturn time.strftime('%Y', time.gmtime(0)), time.strptime('2024', '%Y').tm_year, time.perf_counter() >= 0, time.monotonic_ns() >= 0, time.ctime(0), time.tzname is not None, time.get_clock_info('time') is not None, time.thread_time() >= 0",
    ),
    (
        "timeit",
        "import timeit\nreturn timeit.timeit('1', number=1) >= 0, timeit.default_timer() >= 0",
    ),
    (
        "traceback",
        "import traceback\ntry:\n    1 / 0\nexcept ZeroDivisionError as e:\n    return traceback.format_exc() != '', traceback.format_exception_only(type(e), e), len(traceback.extract_stack()) > 0",
    ),
    (
        "types",
        "import types\nreturn types.SimpleNamespace(a=1).a, types.MappingProxyType({1: 2})[1], types.new_class('A').__name__, types.MethodType(len, 'abc')()",
    ),
    (
        "typing",
        "import typing\nclass T(typing.NamedTuple):\n    x: int\nreturn typing.get_type_hints(T), typing.cast(int, 1), typing.Optional[int], typing.get_args(typing.Dict[str, int])",
    ),
    (
        "unicodedata",
        "import unicodedata\nreturn unicodedata.name('é'), unicodedata.normalize('NFKD', 'é'), unicodedata.category('a'), '\\N{BULLET}'",
    ),
    (
        "unittest",
        "import io, unittest\nclass T(unittest.TestCase):\n    def test(self):\n        with self.assertRaises(KeyError), self.subTest(i=1):\n            {}[1]\n        with self.assertLogs() as logs:\n            __import__('logging').warning('x')\n        with self.assertWarns(UserWarning):\n            __import__('warnings').warn('x')\nsuite = unittest.defaultTestLoader.loadTestsFromTestCase(T)\nresult = unittest.TextTestRunner(stream=io.StringIO()).run(suite)\nreturn result.wasSuccessful(), len(result.errors)",
    ),
    (
        "unittest.mock",
        "from unittest import mock\nwith mock.patch('json.dumps', return_value='x') as m:\n    import json\n    got = json.dumps(1)\nreturn got, m.call_count, mock.MagicMock()().x is not None",
    ),
    (
        "unittest.IsolatedAsyncioTestCase",
        "import io, unittest\nclass T(unittest.IsolatedAsyncioTestCase):\n    async def test(self):\n        self.assertEqual(1, 1)\nsuite = unittest.defaultTestLoader.loadTestsFromTestCase(T)\nreturn unittest.TextTestRunner(stream=io.StringIO()).run(suite).wasSuccessful()",
    ),
    (
        "urllib.parse",
        "from urllib import parse\nreturn parse.urlparse('http://a/b?c=d').netloc, parse.quote('a b'), parse.parse_qs('a=1'), parse.urljoin('http://a/b', 'c'), parse.urlencode({'a': 1})",
    ),
    (
        "uuid",
        "import uuid\nreturn str(uuid.uuid5(uuid.NAMESPACE_DNS, 'a')), uuid.UUID(int=1).hex, uuid.uuid3(uuid.NAMESPACE_URL, 'a').version, uuid.uuid4().version",
    ),
    (
        "uuid.uuid1",
        "import uuid\nreturn uuid.uuid1(node=1, clock_seq=1).version",
    ),
    (
        "warnings",
        "import warnings\nwith warnings.catch_warnings(record=True) as w:\n    warnings.simplefilter('always')\n    warnings.warn('x', DeprecationWarning, stacklevel=2)\nreturn len(w)",
    ),
    (
        "wave",
        "import io, wave\nout = io.BytesIO()\nwith wave.open(out, 'wb') as w:\n    w.setnchannels(1)\n    w.setsampwidth(1)\n    w.setframerate(8)\n    w.writeframes(b'a')\nreturn len(out.getvalue())",
    ),
    (
        "weakref",
        "import weakref\nclass A: pass\na = A()\nr = weakref.ref(a)\nw = weakref.WeakValueDictionary(x=a)\nf = weakref.finalize(a, int)\nreturn r() is a, len(w), f.alive",
    ),
    (
        "xml",
        "import xml.etree.ElementTree as E, xml.dom.minidom as M\nreturn E.tostring(E.fromstring('<a b=\"1\"><c/></a>')), M.parseString('<a/>').documentElement.tagName",
    ),
    (
        "xml.sax",
        "import xml.sax, xml.sax.saxutils\nreturn xml.sax.saxutils.escape('<')",
    ),
    (
        "zipfile",
        "import io, zipfile\nout = io.BytesIO()\nwith zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:\n    z.writestr('a', 'b')\nreturn zipfile.ZipFile(out).read('a')",
    ),
    (
        "zlib",
        "import zlib\nreturn zlib.decompress(zlib.compress(b'a')), zlib.crc32(b'a'), zlib.adler32(b'a')",
    ),
    (
        "builtins",
        "return eval('1 + 1'), exec('x = 1'), compile('1', 'f', 'eval') is not None, hash(1), id(1) > 0, print('x', end='', flush=True), help is not None, input is not None, memoryview(b'a')[0], open is not None, vars(int)['real'] is not None, breakpoint is not None",
    ),
    (
        "int of many digits",
        "return len(str(10 ** 3000)), int('9' * 3000) > 0",
    ),
    (
        "classes",
        "class A:\n    def __del__(self):\n        pass\nA()\nreturn isinstance(A(), A), super, property, staticmethod, type('B', (A,), {}).__name__",
    ),
    (
        "generators",
        "def g():\n    x = yield 1\n    yield x\ni = g()\nreturn next(i), i.send(2), list(zip('ab', [1, 2])), sorted('ba', key=ord)",
    ),
];
