"""How the files for a mail program are put to use: the steps that fit where they are and what is in them."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from mailwright import export

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailwright import texts
    from mailwright.core import Profile


def _for_load(path: str) -> str:
    """Emacs Lisp manual, "How Programs Do Loading": variables are put in for $NAME, and $$ stands for $."""
    return export.lisp_string(path.replace("$", "$$"))


# Of programs in whose own file a line names ours: how a path is written there.
_WRITTEN = {"neomutt": export.mutt_string, "mutt": export.mutt_string, "emacs": _for_load, "mu4e": _for_load}


def steps(
    words: texts.Words, profile: Profile, one: export.Exported, *, choice: export.Choice, paths: Sequence[str] = ()
) -> tuple[str, ...]:
    """Step by step. `paths`: where its files are, none while they are on their way to stdout or a browser."""
    if not one.files:
        return ()
    return words.steps(one.format, **_files(one, choice, paths), **_secret(profile, choice))


def _files(one: export.Exported, choice: export.Choice, paths: Sequence[str]) -> dict[str, str]:
    """`moved`: has to be moved to `place`; `loose`: the same place, while nobody knows where the file is."""
    at = list(paths or (file.name for file in one.files))
    place = export.get(one.format).place
    first = Path(at[0])
    there = bool(paths and place) and first.absolute() == Path(place).expanduser()
    private = [path for path, file in zip(at, one.files, strict=True) if file.private]
    return {
        "file": at[0],
        "second": at[1] if len(at) > 1 else "",
        "folder": str(first.parent),
        "typed": shlex.quote(at[0] if "/" in at[0] else f"./{at[0]}"),
        "whole": _WRITTEN.get(one.format, str)(str(first.absolute())) if paths else "",
        "place": place,
        "moved": at[0] if paths and not there else "",
        "loose": "" if paths else place,
        "held": private[0] if private and choice.secret is not None else "",
        "unsigned": at[0] if choice.signing is None else "",
    }


def _secret(profile: Profile, choice: export.Choice) -> dict[str, str]:
    """`asked`: whose password the program asks for; `store`, `getting`, `token`: commands, as the file needs them."""
    address = str(profile.address)
    if choice.secret is not None:
        return {"address": address}
    if profile.only_oauth:
        return {"address": address, "token": export.token_command(profile, choice)}
    return {
        "address": address,
        "asked": address,
        "store": export.store_command(profile, choice),
        "getting": export.secret_command(profile, choice),
    }
