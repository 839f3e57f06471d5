"""The catalog: the rooms in tab order."""

from functools import cache

from opsbook.grammar import Catalog


@cache
def catalog() -> Catalog:
    """Our sheets with their rules and figures; built at the first call, since rooms bring pandas along."""
    from opsbook.sheets import (
        asset,
        asset_event,
        budget,
        change,
        expense,
        expense_rules,
        general,
        people,
        plan,
        policy,
        project,
        risk,
    )  # fmt: skip

    return Catalog.of(general, people, plan, project, change, budget, expense, expense_rules, asset, asset_event, risk, policy)
