"""Several questions at once where the order counts, not the speed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")
Question: TypeAlias = Coroutine[Any, Any, T]


async def ranked(questions: Sequence[Question[T]], good: Callable[[T], bool]) -> list[T]:
    """Ask all at once; give the answers in the order of the questions up to the first good one.

    The questions behind a good answer are given up.
    """
    tasks = [asyncio.create_task(question) for question in questions]
    answers: list[T] = []
    try:
        for task in tasks:
            answers.append(await task)
            if good(answers[-1]):
                break
        return answers
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def later(seconds: float, ask: Callable[[], Question[T]]) -> T:
    """The answer to a question that is asked after a while."""
    await asyncio.sleep(seconds)
    return await ask()
