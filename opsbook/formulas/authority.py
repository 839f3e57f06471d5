"""Authority: who a person is, and whether an approval was theirs to give."""

from typing import Any

import pandas as pd
from pandas import Series

from opsbook.formulas.lookup import same, xlookup


def holds_role(people: Series, employees: Any, *roles: str) -> Series:
    """Whether each person holds one of the roles (False for a blank or unknown person)."""
    return xlookup(people, employees.employee_id, employees.role).isin(list(roles))


def works_in(people: Series, employees: Any, department: str) -> Series:
    """Whether each person works in the department."""
    return xlookup(people, employees.employee_id, employees.department) == department


def director_approved(approver: Series, party: Series, employees: Any, superior: str) -> Series:
    """Whether the director gave the approval, or the superior where the director is party to the matter.

    ``party`` is who asks; ``superior`` is Policy ``org.superior`` (an employee number or a name, may be empty).
    """
    is_party = holds_role(party, employees, "director")
    by_superior = (approver == superior) if superior else Series(False, index=approver.index)
    return (holds_role(approver, employees, "director") & ~same(approver, party)) | (is_party & by_superior)


def director_approved_all(approver: Series, parties: list[Series], employees: Any, superior: str) -> Series:
    """As :func:`director_approved` where several people are party: the superior serves if the director is one of them,
    and nobody approves what they are party to."""
    by = [director_approved(approver, party, employees, superior) for party in parties]
    own = [same(approver, party) for party in parties]
    return pd.concat(by, axis=1).any(axis=1) & ~pd.concat(own, axis=1).any(axis=1)

