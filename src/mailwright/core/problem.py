"""Problems as data: an id and its parameters; the sentence is made at a face."""

from __future__ import annotations

Param = str | int | float | bool


class Problem(Exception):
    """Something stopped us that a person must know about.

    `id` is the key of its texts (`input.address.no_at`); `params` fill the placeholders.
    Whoever raises one must keep secrets out of `params`.
    """

    def __init__(self, id: str, /, **params: Param) -> None:
        self.id = id
        self.params = params
        super().__init__(id)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id!r}, {self.params!r})"


class BadInput(Problem):
    """What the person typed, or a file they named, cannot be used (exit code 2)."""
