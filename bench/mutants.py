"""Whether the tables of cases would notice a slip in a rule: each rule and figure is changed in one place, and the cases of its room are run.

    python bench/mutants.py                 # all rooms; three minutes
    python bench/mutants.py budget expense  # some rooms

A mutant flips one comparison at its boundary (where a limit has a margin for rounding, the margin goes to its other side), swaps ``&`` and
``|``, drops one ``~``, or takes all rows for ``.live`` or ``.open``. It is caught if a case fails. Those that no case catches are told; the
run fails where fewer than 97 of a hundred are caught.
"""

import __future__

import ast
import copy
import re
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
TARGET = 0.97

FLIPPED = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
SWAPPED = {ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}
SOME_ROWS = ("live", "open")
PARTS = {"expense_rules": ("opsbook.formulas.vouchers",)}  # modules that hold a rule of a room for want of room
LARGEST_MARGIN = 0.005  # half a cent

#: Mutants that change no result, as "function: old -> new", with the number of one that stands there several times, and why.
EQUIVALENT = {
    "names_are_listed: {*words(values)} <= {*known} -> {*words(values)} < {*known}":
        "A short cut: where all names are listed, those that are not are none.",
    "finished_projects_are_accepted: countif(projects.project_id, tasks.project_id) > 0 -> countif(projects.project_id, tasks.project_id) >= 0":
        "A project without tasks has no last day of its tasks either.",
    "values_are_in_line: off > policy('kpi.outlier_sigma', kpi_data) * deviation + rounding -> "
    "off >= policy('kpi.outlier_sigma', kpi_data) * deviation + rounding":
        "The margin for rounding, a billionth of the mean, lies where no value does.",
    "perf_kpi: weights.sum() > 0 -> weights.sum() >= 0":
        "Weights are not below 0, and 0 by 0 is as blank as what was not worked out.",
    "actual_to_date: expenses.end_on > end -> expenses.end_on >= end":
        "The end is the last nanosecond of a month, and a day is its first.",
    "actual_to_date: asset_events.executed_on > end -> asset_events.executed_on >= end":
        "As above.",
    "tax_adds_up: expenses.net_amount.notna() & expenses.tax_amount.notna() -> expenses.net_amount.notna() | expenses.tax_amount.notna()":
        "Without one of both there is neither a total nor a tax due, and nothing compares with a blank.",
    "deductible_tax: expenses.total_amount > 0 -> expenses.total_amount >= 0":
        "A voucher of 0 makes the share infinite, and a share of more than 1, or a blank one, counts as 1.",
    "_taken: known['key'].notna() & (known['key'] != '') -> known['key'].notna() | (known['key'] != '')":
        "No line at hand is known by a blank.",
    "nights_and_days_do_not_overlap: live.exp_type == 'hotel' -> live.exp_type != 'hotel' (3)":
        "Which of nights and days bears the odd number does not matter, as long as they bear two.",
    "_charge: len(days) > 1 -> len(days) >= 1":
        "One copy of a column is the column: what follows asks for values only, by their place.",
    "_level: likelihood.between(1, 5) & impact.between(1, 5) -> likelihood.between(1, 5) | impact.between(1, 5)":
        "The matrix has no cell beyond 1 to 5, nor one for a blank.",
}  # fmt: skip

Case = Callable[[], None]


@dataclass(frozen=True)
class Mutant:
    """A function of a room, changed in one place."""

    file: str
    function: str
    line: int
    old: str
    new: str
    code: CodeType
    number: int  # among those of the function that read alike

    @property
    def name(self) -> str:
        return f"{self.function}: {self.old} -> {self.new}" + (f" ({self.number})" if self.number > 1 else "")


def changes(tree: ast.AST) -> Iterator[tuple[ast.AST, str, Callable[[], str]]]:
    """Each change that a function can suffer: where, what stands there, and what makes the change and says what stands there then."""
    for parent in ast.walk(tree):
        for field, held in ast.iter_fields(parent):
            for place, node in enumerate(held) if isinstance(held, list) else [(None, held)]:
                for change in _of_node(node):
                    yield node, ast.unparse(node), partial(_put, parent, field, place, change)


def _of_node(node: object) -> Iterator[Callable[[], ast.AST]]:
    """What may stand in place of a node."""
    if isinstance(node, ast.Compare):
        if (margin := _margin(node.comparators[-1])) is not None:
            yield lambda: _beyond(node, margin)
        else:
            yield from (partial(_with_operator, node, n) for n, op in enumerate(node.ops) if type(op) in FLIPPED)
    elif isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in SWAPPED:
        yield lambda: _swapped(node)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        yield lambda: node.operand
    elif isinstance(node, ast.Attribute) and node.attr in SOME_ROWS:
        yield lambda: node.value


def _margin(limit: ast.AST) -> float | None:
    """What is allowed for rounding beside a limit, None where nothing is."""
    if isinstance(limit, ast.BinOp) and isinstance(limit.op, (ast.Add, ast.Sub)):
        margin = _margin(limit.right)
        return margin if margin is None or isinstance(limit.op, ast.Add) else -margin
    if isinstance(limit, ast.UnaryOp) and isinstance(limit.op, ast.USub):
        margin = _margin(limit.operand)
        return None if margin is None else -margin
    return limit.value if isinstance(limit, ast.Constant) and isinstance(limit.value, float) and 0 < limit.value <= LARGEST_MARGIN else None


def _beyond(node: ast.Compare, margin: float) -> ast.AST:
    """The limit with its margin on the other side: what lies exactly at the limit is judged otherwise."""
    node.comparators[-1] = ast.BinOp(node.comparators[-1], ast.Sub(), ast.Constant(2 * margin))
    return node


def _with_operator(node: ast.Compare, place: int) -> ast.AST:
    node.ops[place] = FLIPPED[type(node.ops[place])]()
    return node


def _swapped(node: ast.BinOp | ast.AugAssign) -> ast.AST:
    node.op = SWAPPED[type(node.op)]()
    return node


def _put(parent: ast.AST, field: str, place: int | None, change: Callable[[], ast.AST]) -> str:
    node = change()
    if place is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[place] = node
    return ast.unparse(node)


def _without_types(tree: ast.AST) -> None:
    """A type is no condition, though it may hold a ``|``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)


def mutants(function: ast.FunctionDef, file: str) -> Iterator[Mutant]:
    """Every mutant of a function of a room, in the order of its text."""
    bare = copy.deepcopy(function)
    bare.decorator_list = []
    _without_types(bare)
    places = [(node.lineno, node.col_offset, number) for number, (node, _, _) in enumerate(changes(bare))]  # type: ignore[attr-defined]
    alike: Counter[tuple[str, str]] = Counter()
    for line, _, number in sorted(places):
        changed = copy.deepcopy(bare)
        _, old, change = list(changes(changed))[number]
        new = change()
        alike[old, new] += 1
        module = compile(ast.fix_missing_locations(ast.Module([changed], [])), "mutant", "exec", __future__.annotations.compiler_flag)
        code = next(held for held in module.co_consts if isinstance(held, CodeType))
        yield Mutant(Path(file).relative_to(ROOT).as_posix(), function.name, line, old, new, code, alike[old, new])


def reached(functions: dict[str, ast.FunctionDef], name: str, known: set[str] | None = None) -> set[str]:
    """A function and those of its room that it calls."""
    known = known if known is not None else set()
    known.add(name)
    for node in ast.walk(functions[name]):
        if isinstance(node, ast.Name) and node.id in functions and node.id not in known:
            reached(functions, node.id, known)
    return known


def cases() -> dict[str, list[Case]]:
    """The cases of each rule and figure by its id, with the tests that stand beside the tables."""
    import test_beside_cases
    import test_cases

    found: dict[str, list[Case]] = {}
    for section in test_cases.sections():
        id_, body = section.values
        found.setdefault(id_, []).append(lambda id_=id_, body=body: test_cases.test_case(id_, body))
    for name, test in vars(test_beside_cases).items():
        if said := re.match("test_([a-z]{3})_([0-9]{3})_", name):
            found[f"{said[1].upper()}-{said[2]}"].append(test)
    return found


def fails(tests: list[Case]) -> bool:
    """Whether one of the cases fails."""
    for test in tests:
        try:
            test()
        except Exception:  # a rule that stumbles is caught as well
            return True
    return False


def of_room(module: ModuleType, known: dict[str, list[Case]]) -> Iterator[tuple[Mutant, bool]]:
    """Each mutant of a room's rules and figures that have cases, and whether these catch it."""
    from opsbook.grammar import Rule
    from opsbook.grammar.figure import Figure

    holders = [module, *map(import_module, PARTS.get(module.__name__.rpartition(".")[2], ()))]
    functions, at = {}, {}
    for holder in holders:
        for node in ast.parse(Path(str(holder.__file__)).read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                functions[node.name], at[node.name] = node, holder
    declared = {name: held for name, held in vars(module).items() if isinstance(held, (Rule, Figure)) and name in functions and held.id in known}
    asked: dict[str, list[str]] = {}  # function → the ids whose cases run it
    for name, held in declared.items():
        for function in reached(functions, name):
            if function == name or isinstance(vars(at[function])[function], FunctionType):
                asked.setdefault(function, []).append(held.id)
    of_all = {held.id for held in declared.values()}
    for function, ids in asked.items():
        held = vars(at[function])[function]
        patched = held if isinstance(held, FunctionType) else held.function
        tests = [test for id_ in dict.fromkeys([*ids, *sorted(of_all)]) for test in known[id_]]  # its own first
        right = patched.__code__
        for mutant in mutants(functions[function], str(at[function].__file__)):
            patched.__code__ = mutant.code
            try:
                yield mutant, fails(tests)
            finally:
                patched.__code__ = right


def main(*asked: str) -> int:
    from opsbook.sheets import ROOMS

    warnings.simplefilter("ignore")
    known = cases()
    if broken := [id_ for id_, tests in known.items() if fails(tests)]:
        sys.exit(f"cases of {', '.join(broken)} fail by themselves")
    caught = made = same = 0
    for room in asked or ROOMS:
        module = import_module(f"opsbook.sheets.{room}")
        of_this: list[bool] = []
        for mutant, found in of_room(module, known):
            if mutant.name in EQUIVALENT:
                same += 1
                if found:
                    sys.exit(f"{mutant.name} is listed as equivalent, and a case catches it")
                continue
            of_this.append(found)
            if not found:
                print(f"{mutant.file}:{mutant.line}  {mutant.old} -> {mutant.new}", flush=True)
        if of_this:
            print(f"{room}: caught {sum(of_this)} of {len(of_this)}", flush=True)
        caught, made = caught + sum(of_this), made + len(of_this)
    print(f"caught {caught} of {made}: {caught / max(made, 1):.1%} (target {TARGET:.0%}); {same} more change no result")
    return 0 if caught >= TARGET * made else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
