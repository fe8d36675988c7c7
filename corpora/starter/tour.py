# SPDX-License-Identifier: MIT OR Apache-2.0
"""A guided tour: small programs made from the other files.

They show how the parts fit together, and they call the library with values written
out, as applications do.
"""

from __future__ import annotations

from codes import run_lengths, vigenere
from dates import Date, add_months, nth_weekday, weekday
from graphs import breadth_first, topological_order
from integers import factorize, primes_below, to_base, to_roman
from intervals import find_gaps, format_pages, merge_spans
from matching import glob_match, read_lisp, run_lisp
from measures import median, percentile
from parsing import parse_query, tokenize
from polynomials import format_polynomial, multiply
from pricing import add_tax, format_money, share_bill
from records import group_rows, join_rows, parse_table
from schedules import plan_stages
from similarity import closest_match, edit_distance
from wording import align_columns, enumerate_names, fill_template, plural, wrap


def invoice(customer: str, items: list[tuple[str, int]], percent: int) -> list[str]:
    """Write an invoice with aligned columns and the tax on its own line.

    >>> for line in invoice("Ann", [("tea", 450), ("cup", 1200)], 20):
    ...     print(line)
    Invoice for Ann
    tea    $4.50
    cup    $12.00
    tax    $3.30
    total  $19.80
    >>> invoice("Bob", [], 20)[1:]
    ['tax    $0.00', 'total  $0.00']
    >>> len(invoice("Cleo", [("a", 1), ("b", 2)], 0))
    5
    """
    net = sum(price for _, price in items)
    tax, total = add_tax(net, percent)
    rows = [[name, format_money(price)] for name, price in items]
    # Tax and total share the columns of the items above them.
    rows += [["tax", format_money(tax)], ["total", format_money(total)]]
    return [f"Invoice for {customer}", *align_columns(rows)]


def monthly_meetings(first: Date, count: int) -> list[Date]:
    """List the second Tuesdays of several months.

    >>> monthly_meetings((2024, 1, 1), 3)
    [(2024, 1, 9), (2024, 2, 13), (2024, 3, 12)]
    >>> monthly_meetings((2023, 12, 31), 2)
    [(2023, 12, 12), (2024, 1, 9)]
    >>> monthly_meetings((2024, 1, 1), 0)
    []
    """
    meetings: list[Date] = []
    for offset in range(count):
        year, month, _ = add_months(first, offset)
        meetings.append(nth_weekday(year, month, "Tue", 2))
    return meetings


def suggest_command(typed: str) -> str:
    """Answer an unknown command with the nearest known one.

    >>> suggest_command("stats")
    'did you mean status?'
    >>> suggest_command("build")
    'running build'
    >>> suggest_command("qwertz")
    'unknown, try build, show, or status'
    """
    known = ["build", "show", "status"]
    if typed in known:
        return f"running {typed}"
    match = closest_match(typed, known)
    if match is None:
        return f"unknown, try {enumerate_names(known, last='or')}"
    return f"did you mean {match}?"


def select_files(names: list[str], include: list[str], exclude: list[str]) -> list[str]:
    """Choose files by patterns, exclusion winning over inclusion.

    >>> select_files(["a.py", "b.txt", "test_a.py"], ["*.py"], ["test_*"])
    ['a.py']
    >>> select_files(["x", "y"], ["*"], [])
    ['x', 'y']
    >>> select_files(["x"], [], [])
    []
    """
    chosen: list[str] = []
    for name in names:
        included = any(glob_match(pattern, name) for pattern in include)
        # The second test is skipped for files that are out already.
        if included and not any(glob_match(pattern, name) for pattern in exclude):
            chosen.append(name)
    return chosen


def sales_report(sales: str, shops: str) -> list[str]:
    """Join two small tables and write one line for each city.

    >>> sales_report("shop,eur\\n1,5\\n2,7\\n1,6", "shop,city\\n1,Ulm\\n2,Bonn")
    ['Ulm: 2 sales, median 5.5', 'Bonn: 1 sale, median 7']
    >>> sales_report("shop,eur\\n9,5", "shop,city\\n1,Ulm")
    []
    >>> sales_report("", "")
    []
    """
    rows = join_rows(parse_table(sales), parse_table(shops), "shop")
    lines: list[str] = []
    for city, members in group_rows(rows, "city").items():
        amounts = [row["eur"] for row in members]
        lines.append(f"{city}: {plural(len(amounts), 'sale')}, median {median(amounts)}")
    return lines


def show_numbers() -> int:
    """Print facts about numbers and return how many lines there were.

    >>> show_numbers()
    28 in base 2 is 11100
    1984 in Rome was MCMLXXXIV
    84 has the factors [(2, 2), (3, 1), (7, 1)]
    primes: [2, 3, 5, 7]
    (x + 2)(x - 2) is x^2 - 4
    5
    """
    lines = [
        f"28 in base 2 is {to_base(28, 2)}",
        f"1984 in Rome was {to_roman(1984)}",
        f"84 has the factors {factorize(84)}",
        f"primes: {primes_below(10)}",
        f"(x + 2)(x - 2) is {format_polynomial(multiply([2, 1], [-2, 1]))}",
    ]
    for line in lines:
        print(line)
    return len(lines)


def show_words() -> int:
    """Print what the tools for text do and return the number of lines.

    >>> show_words()
    Dear Ann, 2 parcels arrived.
    ['fog in', 'may']
    [('o', 2), ('h', 1)]
    distance 2
    dqyf
    5
    """
    lines = [
        fill_template("Dear {name}, {what} arrived.",
                      {"name": "Ann", "what": plural(2, "parcel")}),
        str(wrap("fog in may", 6)),
        str(run_lengths("ooh")),
        f"distance {edit_distance('form', 'farms')}",
        vigenere("bond", "ccl"),
    ]
    for line in lines:
        print(line)
    return len(lines)


def show_plans() -> int:
    """Print what the tools for planning do and return the number of lines.

    >>> show_plans()
    free: [(10, 12), (14, 17)]
    busy: [(9, 10), (12, 14)]
    order: ['plan', 'build', 'test']
    stages: [['plan'], ['build'], ['test']]
    near: ['home', 'park', 'lake', 'hill']
    5
    """
    lines = [
        f"free: {find_gaps([(9, 10), (12, 14)], (9, 17))}",
        f"busy: {merge_spans([(9, 10), (12, 13), (13, 14)])}",
        f"order: {topological_order({'test': ['build'], 'build': ['plan']})}",
        f"stages: {plan_stages({'test': ['build'], 'build': ['plan']})}",
        f"near: {breadth_first({'home': ['park', 'lake'], 'lake': ['hill']}, 'home')}",
    ]
    for line in lines:
        print(line)
    return len(lines)


def show_parsers() -> list[object]:
    """Collect one result of each parser.

    >>> results = show_parsers()
    >>> results[0]
    ['7', '*', '(', '1', '+', '2', ')']
    >>> results[1]
    {'q': ['tea'], 'page': ['2']}
    >>> results[2:]
    [21, '1-3,9', {'ann': 6, 'bob': 5}, 4.0, 'Fri']
    """
    return [
        tokenize("7*(1+2)"),
        parse_query("q=tea&page=2"),
        run_lisp(read_lisp("(* 7 (+ 1 2))")),
        format_pages([9, 1, 2, 3]),
        share_bill(11, ["ann", "bob"], {"ann": 1}),
        percentile([1, 3, 5, 9], 50),
        weekday((2024, 3, 1)),
    ]
