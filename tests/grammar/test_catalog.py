"""What a catalog refuses when it is loaded, with a sentence."""

from types import ModuleType

import pytest
from pydantic import Field

from opsbook.grammar import Catalog, CatalogError, Code, Line, Money, Sheet, Text, column, figure, rule


class Thing(Sheet, key="things", id="thing_id"):
    """Things. 物品。"""

    tab = Text("Things", "物品")
    thing_id: Code = column("ID", "编号")
    price: Money | None = column("Price", "价格", gt=0)


A_WAY = Text("a", "甲")


def loaded(**held):
    room = ModuleType("room")
    room.Thing = Thing
    vars(room).update(held)
    return Catalog.of(room)


def ruled(function, at="things.price", en="{price}", zh="{price}", fix=A_WAY):
    function.__doc__ = "A thing. 一物。"
    return rule("THI-001", at=at, clause="一(一)", en=en, zh=zh, fix=fix)(function)


def test_a_good_room_loads():
    assert set(loaded(r=ruled(lambda things: things[things.price > 1])).rules) == {"THI-001"}


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({"r": ruled(lambda thigns: thigns)}, "reads a sheet named 'thigns'; did you mean things?"),
        ({"r": ruled(lambda things: things[things.prise > 1])}, "things.prise, which is no column; did you mean price?"),
        ({"r": ruled(lambda things: things, at="things.prise")}, "stands at things.prise, which does not exist"),
        ({"r": ruled(lambda things: things, zh="{cost}")}, "do not name the same fields"),
        ({"r": ruled(lambda things: things, zh="")}, "do not name the same fields"),
        ({"r": ruled(lambda things: things, fix=Text("a", ""))}, "says something in one language only"),
        ({"a": ruled(lambda things: things), "b": ruled(lambda things: things)}, "two rules bear the same id"),
    ],
)  # fmt: skip
def test_refusals(held, said):
    with pytest.raises(CatalogError) as fault:
        loaded(**held)
    assert said in str(fault.value)


def test_figures_in_a_circle_are_refused():
    def one(things):
        """One. 一。"""
        return things.two

    def two(things):
        """Two. 二。"""
        return things.one

    figures = {n: figure("F-01", at=f"things.{n}", en=n, zh=n, kind=Money, clause="一(一)", source="")(f) for n, f in (("one", one), ("two", two))}
    with pytest.raises(CatalogError, match="in a circle"):
        loaded(**figures)


def test_a_computed_column_wants_a_figure():
    class Sum(Sheet, key="sums", id="sum_id"):
        """Sums. 合计。"""

        tab = Text("Sums", "合计")
        sum_id: Code = column("ID", "编号")
        total: Money | None = column("Total", "合计", computed=True)

    with pytest.raises(CatalogError, match="is computed, and no figure computes it"):
        loaded(Sum=Sum)


def test_a_reference_wants_its_column():
    class Part(Sheet, key="parts", id="part_id"):
        """Parts. 部件。"""

        tab = Text("Parts", "部件")
        part_id: Code = column("ID", "编号")
        thing: Code = column("Thing", "物品", ref="things.id")

    with pytest.raises(CatalogError, match=r"refers to things\.id, which does not exist; did you mean things"):
        loaded(Part=Part)


def test_metadata_that_cannot_be_said_is_refused():
    with pytest.raises(TypeError, match=r"^Odd\.b: MultipleOf\(multiple_of=5\) cannot be said in Excel and in a sentence; use gt, ge, lt, le, "):

        class Odd(Sheet, key="odd", id="a"):
            """Odd. 怪。"""

            tab = Text("Odd", "怪")
            a: Line = column("A", "甲")
            b: Money = Field(multiple_of=5, json_schema_extra=column("B", "乙").json_schema_extra)


def test_a_type_that_is_no_kind_is_refused():
    with pytest.raises(TypeError, match="is not a kind"):

        class Plain(Sheet, key="plain", id="a"):
            """Plain. 素。"""

            tab = Text("Plain", "素")
            a: int = column("A", "甲")


def test_an_optional_column_keeps_its_bounds():
    assert [b.sentence().en for b in Thing.columns["price"].bounds] == ["more than 0"]
    assert Thing.columns["price"].demand == "O"
