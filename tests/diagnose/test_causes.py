"""Every cause is yielded by what speaks for it, and not by what merely looks like it."""

from __future__ import annotations

import pytest

from mailwright.core import Examination
from mailwright.diagnose import causes
from tests.diagnose import cases
from tests.diagnose.examined import first, judged


def test_every_cause_has_a_case() -> None:
    """A new cause needs an examination that yields it and a near miss."""
    assert {entry.id for entry in causes.TABLE} == set(cases.ALL)


@pytest.mark.parametrize(("id", "yields"), [(id, pair[0]) for id, pair in cases.ALL.items()], ids=list(cases.ALL))
def test_what_yields_it(id: str, yields: Examination) -> None:
    """What speaks for a cause puts it first, surer than not."""
    found = judged(yields)
    assert [diagnosis.causes[0].id for diagnosis in found] == [id]
    cause = found[0].causes[0]
    assert cause.confidence > 0.45, [(c.id, c.confidence) for c in found[0].causes]
    assert cause.speaks_for
    assert [name for name, _ in cause.params] == list(causes.entry(id).all_params)


@pytest.mark.parametrize(("id", "misses"), [(id, pair[1]) for id, pair in cases.ALL.items()], ids=list(cases.ALL))
def test_near_misses(id: str, misses: Examination) -> None:
    """What only looks like it is something else."""
    assert id not in first(misses)
