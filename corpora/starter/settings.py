# SPDX-License-Identifier: MIT OR Apache-2.0
"""Configuration: layers, nested keys, checks and command-line options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


class SettingError(Exception):
    """A setting that cannot be used.

    :param path: the dotted name of the setting
    :param reason: what is wrong

    >>> SettingError("db.port", "no number").path
    'db.port'
    >>> str(SettingError("db.port", "no number"))
    'db.port: no number'
    >>> raise SettingError("name", "empty")
    Traceback (most recent call last):
    ...
    settings.SettingError: name: empty
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path


def merge_settings(base: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one configuration over another.

    Tables are merged key by key, but lists are replaced: merging them would
    leave no way to remove an entry. None deletes a key.

    :param base: the defaults
    :param override: what the user wrote
    :returns: a new configuration

    >>> merge_settings({"db": {"host": "a", "port": 1}}, {"db": {"port": 2}})
    {'db': {'host': 'a', 'port': 2}}
    >>> merge_settings({"tags": ["x", "y"]}, {"tags": ["z"]})
    {'tags': ['z']}
    >>> merge_settings({"a": 1, "b": 2}, {"a": None})
    {'b': 2}
    >>> merge_settings({}, {"n": {"m": 1}})
    {'n': {'m': 1}}
    """
    merged = dict(base)
    for key, value in override.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = merge_settings(merged[key], value)
        else:
            merged[key] = value
    return merged


def get_setting(settings: Mapping[str, Any], path: str, default: Any = None) -> Any:
    """Look a nested value up by its dotted name.

    Digits select a member of a list, so that every value has a name.

    :param settings: the configuration
    :param path: names joined by dots
    :param default: what to return if any part is missing
    :returns: the value

    >>> get_setting({"db": {"ports": [80, 81]}}, "db.ports.1")
    81
    >>> get_setting({"db": {}}, "db.host", "localhost")
    'localhost'
    >>> get_setting({"a": 5}, "a.b") is None
    True
    >>> get_setting({"xs": [1]}, "xs.4", default=0)
    0
    """
    value: Any = settings
    for part in path.split("."):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return default
    return value


def set_setting(settings: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy of a configuration with one nested value changed.

    Only the tables on the way are copied; all others are shared with the
    original, which stays as it was.

    :param settings: the configuration
    :param path: names joined by dots; missing tables are made
    :param value: the new value
    :returns: the changed copy
    :raises SettingError: if the path leads through something that is no table

    >>> set_setting({"db": {"port": 1}}, "db.port", 2)
    {'db': {'port': 2}}
    >>> set_setting({}, "a.b.c", True)
    {'a': {'b': {'c': True}}}
    >>> before = {"a": {"x": 1}}
    >>> set_setting(before, "a.y", 2) == before
    False
    >>> before
    {'a': {'x': 1}}
    >>> set_setting({"a": 5}, "a.b", 1)
    Traceback (most recent call last):
    ...
    settings.SettingError: a: not a table
    """
    head, _, rest = path.partition(".")
    changed = dict(settings)
    if not rest:
        changed[head] = value
        return changed
    inner = settings.get(head, {})
    if not isinstance(inner, dict):
        raise SettingError(head, "not a table")
    changed[head] = set_setting(inner, rest, value)
    return changed


def flatten_settings(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """List all values of a nested configuration under their dotted names.

    An empty table is kept as a value, or it would disappear without a trace.

    :param settings: the configuration
    :param prefix: what to put in front of every name
    :returns: the values by name

    >>> flatten_settings({"a": 1, "b": {"c": 2, "d": {"e": 3}}})
    {'a': 1, 'b.c': 2, 'b.d.e': 3}
    >>> flatten_settings({"x": {}})
    {'x': {}}
    >>> flatten_settings({})
    {}
    >>> flatten_settings({"k": [1]}, prefix="app.")
    {'app.k': [1]}
    """
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        name = prefix + key
        if isinstance(value, Mapping) and value:
            flat.update(flatten_settings(value, name + "."))
        else:
            flat[name] = value
    return flat


def nest_settings(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Rebuild tables from dotted names.

    :param flat: values by dotted name
    :returns: the nested configuration
    :raises SettingError: if a name is both a value and a table

    >>> nest_settings({"a": 1, "b.c": 2, "b.d": 3})
    {'a': 1, 'b': {'c': 2, 'd': 3}}
    >>> nest_settings({})
    {}
    >>> nest_settings({"x.y.z": "deep"})
    {'x': {'y': {'z': 'deep'}}}
    >>> nest_settings({"a": 1, "a.b": 2})
    Traceback (most recent call last):
    ...
    settings.SettingError: a: not a table
    """
    nested: dict[str, Any] = {}
    for name, value in flat.items():
        nested = set_setting(nested, name, value)
    return nested


def diff_settings(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Describe what changed between two configurations, one line for each value.

    >>> diff_settings({"a": 1, "b": {"c": 2}}, {"a": 1, "b": {"c": 3}})
    ['b.c: 2 became 3']
    >>> diff_settings({"a": 1}, {"b": 2})
    ['a: removed', 'b: added as 2']
    >>> diff_settings({"a": 1}, {"a": 1})
    []
    >>> diff_settings({"a": {"x": 1}}, {"a": "off"})
    ["a: added as 'off'", 'a.x: removed']
    """
    old = flatten_settings(before)
    new = flatten_settings(after)
    lines: list[str] = []
    # Sorting the union makes the report independent of the order in the files.
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            lines.append(f"{name}: removed")
        elif name not in old:
            lines.append(f"{name}: added as {new[name]!r}")
        elif old[name] != new[name]:
            lines.append(f"{name}: {old[name]!r} became {new[name]!r}")
    return lines


def parse_value(text: str) -> Any:
    """Guess the type of a value that arrives as text.

    Quotes force text, for the rare case in which a word such as ``true`` is
    meant literally.

    >>> parse_value("42"), parse_value("-1.5")
    (42, -1.5)
    >>> parse_value("true"), parse_value("off")
    (True, False)
    >>> parse_value("'7'")
    '7'
    >>> parse_value("a, 2")
    ['a', 2]
    >>> parse_value("")
    ''
    """
    words = {"true": True, "yes": True, "on": True,
             "false": False, "no": False, "off": False}
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    if "," in text:
        return [parse_value(part) for part in text.split(",")]
    if text.lower() in words:
        return words[text.lower()]
    # Each type is tried in turn, from the strictest to the most general.
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text


def from_environment(variables: Mapping[str, str], prefix: str) -> dict[str, Any]:
    """Build a configuration from environment variables.

    Two underscores separate tables, since one is common within a name.

    :param variables: the environment, passed in by the caller
    :param prefix: what the names of our variables begin with
    :returns: the nested configuration

    >>> from_environment({"APP_DB__PORT": "81", "HOME": "/"}, "APP_")
    {'db': {'port': 81}}
    >>> from_environment({"X_DEBUG": "on", "X_LOG_FILE": "a.txt"}, "X_")
    {'debug': True, 'log_file': 'a.txt'}
    >>> from_environment({}, "APP_")
    {}
    >>> from_environment({"P_A": "1", "P_A__B": "2"}, "P_")
    Traceback (most recent call last):
    ...
    settings.SettingError: a: not a table
    """
    flat: dict[str, Any] = {}
    for name in sorted(variables):
        if name.startswith(prefix):
            path = name[len(prefix):].lower().replace("__", ".")
            flat[path] = parse_value(variables[name])
    return nest_settings(flat)


def parse_arguments(
    arguments: list[str], flags: set[str]
) -> tuple[dict[str, Any], list[str]]:
    """Separate command-line options from positional arguments.

    Whether an option takes a value cannot be seen from the command line, hence
    the set of those that do not.

    :param arguments: the words behind the program's name
    :param flags: the options without a value
    :returns: options by name, then positional arguments
    :raises SettingError: if the value of an option is missing

    >>> parse_arguments(["-v", "--out", "x.txt", "a", "b"], {"v"})
    ({'v': True, 'out': 'x.txt'}, ['a', 'b'])
    >>> parse_arguments(["--size=3"], set())
    ({'size': '3'}, [])
    >>> parse_arguments(["--", "-v"], {"v"})
    ({}, ['-v'])
    >>> parse_arguments([], set())
    ({}, [])
    >>> parse_arguments(["--out"], set())
    Traceback (most recent call last):
    ...
    settings.SettingError: out: needs a value
    """
    options: dict[str, Any] = {}
    positional: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            # Everything behind the lone dashes is positional by agreement.
            positional.extend(words)
        elif not word.startswith("-"):
            positional.append(word)
        else:
            name, equals, value = word.lstrip("-").partition("=")
            if equals:
                options[name] = value
            elif name in flags:
                options[name] = True
            else:
                following = next(words, None)
                if following is None:
                    raise SettingError(name, "needs a value")
                options[name] = following
    return options, positional


@dataclass(frozen=True)
class Rule:
    """What a number in a configuration has to fulfil.

    >>> Rule(1, 10).check("n", 5)
    5
    >>> Rule(least=0).check("n", 10 ** 6)
    1000000
    >>> Rule(least=0, step=5).check("n", 15)
    15
    >>> Rule(1, 10).check("db.pool", 11)
    Traceback (most recent call last):
    ...
    settings.SettingError: db.pool: 11 is above 10
    >>> Rule(step=5).check("n", 12)
    Traceback (most recent call last):
    ...
    settings.SettingError: n: 12 is no multiple of 5
    """

    least: int | None = None
    most: int | None = None
    step: int = 1

    def check(self, path: str, value: int) -> int:
        """Return the value if it fulfils the rule."""
        if self.least is not None and value < self.least:
            raise SettingError(path, f"{value} is below {self.least}")
        if self.most is not None and value > self.most:
            raise SettingError(path, f"{value} is above {self.most}")
        if value % self.step != 0:
            raise SettingError(path, f"{value} is no multiple of {self.step}")
        return value


class LayeredSettings:
    """Settings from several places, the later ones taking precedence.

    The layers stay separate, which allows telling a user where a surprising
    value comes from.

    :param layers: names and flat settings, the weakest first

    >>> app = LayeredSettings([("defaults", {"port": 80, "host": "a"}),
    ...                        ("file", {"port": 81})])
    >>> app["port"], app.origin("port")
    (81, 'file')
    >>> app["host"], app.origin("host")
    ('a', 'defaults')
    >>> sorted(app)
    ['host', 'port']
    >>> app.origin("none") is None
    True
    >>> app["none"]
    Traceback (most recent call last):
    ...
    KeyError: 'none'
    """

    def __init__(self, layers: list[tuple[str, dict[str, Any]]]) -> None:
        self.layers = layers

    def origin(self, key: str) -> str | None:
        """Name the layer that decides about a key."""
        for name, values in reversed(self.layers):
            if key in values:
                return name
        return None

    def __getitem__(self, key: str) -> Any:
        for _, values in reversed(self.layers):
            if key in values:
                return values[key]
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        seen: set[str] = set()
        for _, values in self.layers:
            for key in values:
                # A key occurs once, however many layers define it.
                if key not in seen:
                    seen.add(key)
                    yield key


def expand_references(values: dict[str, str]) -> dict[str, str]:
    """Replace references such as ``${root}`` by the values they name.

    References may be nested to any depth. The trail of names being expanded
    reveals a circle before it becomes endless recursion.

    :param values: texts by name
    :returns: the same names with all references replaced
    :raises SettingError: for an unknown name or a circle

    >>> expand_references({"root": "/srv", "logs": "${root}/logs"})
    {'root': '/srv', 'logs': '/srv/logs'}
    >>> expand_references({"a": "<${b}${b}>", "b": "x"})["a"]
    '<xx>'
    >>> expand_references({})
    {}
    >>> expand_references({"a": "${b}", "b": "${a}"})
    Traceback (most recent call last):
    ...
    settings.SettingError: a: refers to itself
    >>> expand_references({"a": "${zz}"})
    Traceback (most recent call last):
    ...
    settings.SettingError: zz: unknown
    """

    def expand(name: str, trail: tuple[str, ...]) -> str:
        if name in trail:
            raise SettingError(name, "refers to itself")
        if name not in values:
            raise SettingError(name, "unknown")
        head, *holes = values[name].split("${")
        text = head
        for hole in holes:
            inner, _, literal = hole.partition("}")
            text += expand(inner, trail + (name,)) + literal
        return text

    return {name: expand(name, ()) for name in values}
