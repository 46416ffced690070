"""A request that is not granted: the status, and the problem that says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailwright.core import Problem


class Refusal(Exception):
    """Answered with `status`; `retry`: seconds after which it may be tried again, 0 for no such promise."""

    def __init__(self, status: int, problem: Problem, *, retry: float = 0.0) -> None:
        self.status = status
        self.problem = problem
        self.retry = retry
        super().__init__(problem.id)
