"""`mailwright export`: what is known of an account, written for mail programs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mailwright import answers, book, export, setup, texts
from mailwright.cli import exported, placed, reach, secrets
from mailwright.cli.main import Exit
from mailwright.cli.parser import Arguments
from mailwright.cli.screen import Screen, pad
from mailwright.cli.setup import CODES, TerminalFace, searched
from mailwright.core import (
    BadInput,
    Candidate,
    Credentials,
    Discovery,
    EmailAddress,
    Probe,
    Problem,
    Profile,
    Proof,
    Protocol,
    Secret,
    Service,
    ServiceEvidence,
)

if TYPE_CHECKING:
    from mailwright.core import Json

SCHEMA = 1
ALL = "all"
_SECRETS = ("password_stdin", "password_command", "token_command", "oauth")
_ASKED = ("login", *_SECRETS)


def run(arguments: Arguments, screen: Screen) -> int:
    """The verb. Raises BadInput."""
    if arguments.list:
        return _listed(arguments, screen)
    _check(arguments, screen)
    forms, every = _forms(arguments.formats)
    # What can be refused is refused before a password is asked for.
    choice = _choice(arguments, screen)
    if arguments.pdf and not any(form.group is export.Group.SHEET for form in forms):
        raise BadInput("export.no_page")
    if choice.signing is not None and export.get("mobileconfig") not in forms:
        only = screen.words.say("usage.only_with", option="--sign-cert", other="--for mobileconfig")
        raise BadInput("input.usage", detail=only, verb="export")
    place = placed.Place(arguments.output, several=len(forms) > 1, force=arguments.force)
    if not arguments.dry_run:
        place.check()
    try:
        known = _known(arguments, screen)
    except BadInput as problem:
        raise BadInput("export.no_terminal") if problem.id == "input.no_terminal" else problem from problem
    if isinstance(known, int):
        return known
    profile, secret = known
    choice = replace(choice, secret=secret)
    made = _made(forms, profile, choice)
    if arguments.pdf:
        made = placed.printed(screen, made)
    paths = place.put(screen, made, dry=arguments.dry_run, json=arguments.json)
    if arguments.json:
        screen.document(exported.as_json(profile, made, paths))
    else:
        exported.told(screen, profile, choice, exported.Written(made, paths, dry=arguments.dry_run))
    return Exit.WORKS if (any if every else all)(one.files for one in made) else Exit.BROKEN


def _made(forms: list[export.Format], profile: Profile, choice: export.Choice) -> tuple[export.Exported, ...]:
    """Each format; one that cannot be made is empty and says why. Raises BadInput when none can be."""
    made, refused = [], []
    for form in forms:
        try:
            made.append(export.render(form, profile, choice))
        except BadInput as problem:
            refused.append(problem)
            why = export.Note(problem.id, tuple(problem.params.items()), stops=True)
            made.append(export.Exported(form.id, notes=(why,)))
    if len(refused) == len(forms):
        raise refused[0]
    return tuple(made)


def _check(arguments: Arguments, screen: Screen) -> None:
    """Refuse what would be ignored. Raises BadInput."""
    wrong = screen.words.say
    if arguments.formats is None:
        raise BadInput("input.usage", detail=wrong("usage.missing", what="--for"), verb="export")
    if (arguments.address is None) is (arguments.from_file is None):
        if arguments.address is not None:
            raise BadInput("input.together", first="ADDRESS", second="--from")
        raise BadInput("input.usage", detail=wrong("usage.missing", what="ADDRESS"), verb="export")
    given = [name for name in _SECRETS if arguments.options[name] not in (None, False)]
    clashes = [given[:2]]
    if arguments.from_file is not None:
        clashes += [["from", name] for name in ("offline", "login", "oauth") if arguments.options[name]]
    elif arguments.offline:
        clashes += [["offline", name] for name in _ASKED if arguments.options[name] not in (None, False)]
    for clash in clashes:
        if len(clash) == 2:
            raise BadInput("input.together", first=_spelt(clash[0]), second=_spelt(clash[1]))


def _spelt(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _forms(typed: str) -> tuple[list[export.Format], bool]:
    """The formats that were named, each once, and whether that was all of them. Raises BadInput."""
    names = [name.strip().lower() for name in typed.split(",") if name.strip()]
    if ALL in names:
        return list(export.FORMATS), True
    if not names:
        raise BadInput("export.unknown", format=typed[:80])
    return list(dict.fromkeys(map(export.get, names))), False


def _choice(arguments: Arguments, screen: Screen) -> export.Choice:
    return export.Choice(
        say=screen.words.client,
        languages={code: texts.Words(code).client for code in texts.LANGUAGES},
        language=screen.words.language,
        command=arguments.secret_command or arguments.password_command or "",
        token_command=arguments.token_command or "",
        signing=placed.signing(arguments),
        ca_file=str(Path(arguments.ca).absolute()) if arguments.ca else "",
        proxy=_proxy(arguments),
    )


def _proxy(arguments: Arguments) -> export.Proxy | None:
    if not arguments.proxy:
        return None
    from mailwright import wire

    made = wire.Proxy.parse(arguments.proxy)
    return export.Proxy(made.kind, made.host, made.port)


def _known(arguments: Arguments, screen: Screen) -> tuple[Profile, Secret | None] | int:
    """The account and, if it is to be written, its secret; an exit code when signing in failed."""
    incoming = Protocol(arguments.protocol) if arguments.protocol else None
    name = arguments.person or ""
    if arguments.from_file is not None:
        path = Path(arguments.from_file)
        profile = answers.profiles.saved(path, placed.read(path), name=name, incoming=incoming)
        return _as_wished(arguments, profile), _secret(arguments, screen, profile.address)
    address = EmailAddress.parse(arguments.address or "")
    shelf = book.Book(reach.own_book(arguments))
    if arguments.offline:
        result, face = setup.offline(address, shelf), None
    else:
        result, face = searched(arguments, screen, address, shelf, kind=ExportFace)
        if face.login and result.account is None and result.discovery.candidate is not None:
            if face.lacking is not None:
                raise face.lacking
            screen.remark(BadInput("export.refused", address=str(address)))
            return CODES[result.verdict] or Exit.UNKNOWN
    try:
        profile = answers.profiles.of_result(result, name=name, incoming=incoming)
    except BadInput as problem:
        if problem.id != "export.nothing" or not result.findings:
            raise
        screen.problem(_why_not(screen.words, result))
        return CODES[result.verdict] or Exit.UNKNOWN
    kept = face.kept if face is not None else None
    secret = kept.secret if kept is not None and arguments.with_secret and not kept.token else None
    return _as_wished(arguments, profile), secret or _secret(arguments, screen, address)


def _why_not(words: texts.Words, result: setup.Result) -> Problem:
    """What setup says where there is no way to read mail."""
    candidate, address = result.discovery.candidate, result.discovery.address
    text = answers.remedy.text(words, answers.said.findings(result)[0], candidate, address)
    near = [words.say("near", address=result.near)] if result.near is not None else []
    fix = ("" if words.language == "zh" else " ").join([*near, text.fix])
    return Problem("export.unfound", why=text.title, fix=fix, address=str(address))


def _as_wished(arguments: Arguments, profile: Profile) -> Profile:
    """With the user name the person named."""
    if not arguments.user or profile.proof is Proof.VERIFIED:
        return profile
    logins = [replace(login, username=arguments.user) for login in profile.logins]
    incoming, rest = logins[0], logins[1:]
    outgoing = rest.pop(0) if profile.outgoing is not None else None
    return replace(profile, incoming=incoming, outgoing=outgoing, others=tuple(rest))


def _secret(arguments: Arguments, screen: Screen, address: EmailAddress) -> Secret | None:
    """What --with-secret writes, from where the person keeps it. Raises BadInput."""
    if not arguments.with_secret:
        return None
    ready = secrets.ready(arguments, address) if arguments.token_command is None else None
    return ready or secrets.from_prompt(
        screen.words.say("ask.password", what=screen.words.say("fill.password"), address=str(address))
    )


class ExportFace(TerminalFace):
    """Says what is waited for; stdout belongs to the file."""

    def __init__(self, arguments: Arguments, screen: Screen, address: EmailAddress) -> None:
        super().__init__(arguments, screen, address)
        self.kept: Credentials | None = None

    @property
    def login(self) -> bool:
        """True when that was asked for."""
        return any(self._arguments.options[name] not in (None, False) for name in _ASKED)

    def settings(self, discovery: Discovery) -> None:
        """Nothing to show."""

    def probed(self, service: Service, probe: Probe) -> None:
        """Say where we are."""
        self._screen.progress(self._screen.words.say("progress.service", where=service.endpoint.value.shown))

    def seen(self, evidence: ServiceEvidence) -> None:
        """Say where we are."""
        self._screen.progress(self._screen.words.say("progress.service", where=evidence.service.endpoint.value.shown))

    async def credentials(self, candidate: Candidate) -> Credentials | None:
        """As setup asks; what was given is kept for --with-secret."""
        self.kept = await super().credentials(candidate)
        return self.kept


def _listed(arguments: Arguments, screen: Screen) -> int:
    """All formats with what each is for."""
    words = screen.words
    if arguments.json:
        rows: list[Json] = [
            {"id": form.id, "group": form.group.value, "secret": form.secret, "oauth": form.oauth}
            for form in export.FORMATS
        ]
        screen.document(json.dumps({"schema": SCHEMA, "formats": rows}, indent=2))
        return Exit.WORKS
    for group in export.Group:
        screen.data(screen.paint(words.client(f"group.{group.value}"), "bold"))
        for form in export.FORMATS:
            if form.group is group:
                screen.data(f"  {pad(form.id, 20)}{words.client(f'name.{form.id}')}")
    return Exit.WORKS
