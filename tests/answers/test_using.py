"""The steps fit the file: where it is, whether the password is in it, and how the program gets it."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from mailwright import answers, export
from mailwright.core import Auth, EmailAddress, Endpoint, Login, Profile, Protocol, Secret, Security
from mailwright.texts import LANGUAGES, Words

ANNA = EmailAddress.parse("anna@example.org")
PROFILE = Profile(
    ANNA,
    Login(Endpoint(Protocol.IMAP, "imap.example.org", 993, Security.TLS), str(ANNA)),
    Login(Endpoint(Protocol.SMTP, "smtp.example.org", 465, Security.TLS), str(ANNA)),
)
OAUTH = replace(
    PROFILE,
    incoming=replace(PROFILE.incoming, auth=Auth.OAUTH2),
    outgoing=Login(Endpoint(Protocol.SMTP, "smtp.example.org", 465, Security.TLS), str(ANNA), Auth.OAUTH2),
)
SECRET = Secret("correct-horse-7")
PLACED = [form.id for form in export.FORMATS if form.place]
HOLDING = [form.id for form in export.FORMATS if form.secret]
ASKING = ("pass insert", "pass show", "secret-tool", "Enter the password for", "输入 anna@example.org 的密码")


def steps(
    id: str,
    language: str = "en",
    *,
    profile: Profile = PROFILE,
    folder: str = "",
    paths: tuple[str, ...] = (),
    **chosen: object,
) -> str:
    """The steps of a format as lines; `folder`: where its files are under their own names; else `paths`."""
    words = Words(language)
    choice = replace(export.Choice(say=words.client, language=language), **chosen)  # type: ignore[arg-type]  # by name
    one = export.render(export.get(id), profile, choice)
    paths = tuple(f"{folder}/{file.name}" for file in one.files) if folder else paths
    return "\n".join(answers.using.steps(words, profile, one, choice=choice, paths=paths))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("id", [form.id for form in export.FORMATS])
def test_every_format_has_steps(id: str, language: str) -> None:
    """Whatever is chosen there is something to do, and no fact is left open."""
    for profile in (PROFILE, OAUTH):
        if profile is OAUTH and not export.get(id).oauth:
            continue
        for folder in ("", "/srv/out"):
            told = steps(id, language, profile=profile, folder=folder)
            assert told
            assert "{" not in told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("id", HOLDING)
def test_the_password_is_in_the_file(id: str, language: str) -> None:
    """Nobody is told to store a password that the file holds, nor that they will be asked for it."""
    told = steps(id, language, secret=SECRET)
    assert told
    assert not [words for words in ASKING if words in told]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("id", PLACED)
def test_where_the_file_is(id: str, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is moved from where it is; one that is in its place already is not."""
    monkeypatch.setenv("HOME", str(tmp_path))
    place = export.get(id).place
    name = export.render(export.get(id), PROFILE, export.Choice()).files[0].name
    assert f"/srv/out/{name}" in steps(id, language, folder="/srv/out")
    assert place in steps(id, language)
    there = Path(place).expanduser()
    assert str(there) not in steps(id, language, paths=(str(there),))


def test_a_file_that_another_one_reads() -> None:
    """Where a line names the file it is the whole path."""
    assert 'source "/srv/out/neomuttrc"' in steps("neomutt", folder="/srv/out")
    assert '(load "/srv/out/mail-gnus.el")' in steps("emacs", folder="/srv/out")
    assert '(load "~/mail-gnus.el")' in steps("emacs")


AWKWARD = 'my $HOME `id` "mail" \\ \' #;'


def line(told: str, pattern: str) -> str:
    found = re.search(pattern, told, re.MULTILINE)
    assert found is not None, told
    return found[1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("program", ["mutt", "neomutt"])
def test_mutt_finds_what_the_line_names(program: str, language: str, tmp_path: Path) -> None:
    """Whatever signs the path has, the program itself reads that file."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    (tmp_path / AWKWARD).mkdir()
    (tmp_path / AWKWARD / f"{program}rc").write_text('set realname="read"\n', encoding="utf-8")
    own = tmp_path / "own"
    told = steps(program, language, folder=str(tmp_path / AWKWARD))
    own.write_text(line(told, "(source .*)$") + "\n", encoding="utf-8")
    argv = [program, "-n", "-F", str(own), "-Qrealname"]
    ran = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    assert '"read"' in ran.stdout, ran.stdout + ran.stderr


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("id", "name"), [("emacs", "mail-gnus.el"), ("mu4e", "mail-mu4e.el")])
def test_emacs_finds_what_the_line_names(id: str, name: str, language: str, tmp_path: Path) -> None:
    """Whatever signs the path has, Emacs itself loads that file."""
    if shutil.which("emacs") is None:
        pytest.skip("emacs is not installed")
    (tmp_path / AWKWARD).mkdir()
    (tmp_path / AWKWARD / name).write_text('(princ "read")\n', encoding="utf-8")
    load = line(steps(id, language, folder=str(tmp_path / AWKWARD)), r"(\(load .*\))$")
    argv = ["emacs", "--batch", "-Q", "--eval", load]
    ran = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    assert ran.stdout == "read", ran.stdout + ran.stderr


def test_a_line_for_a_shell() -> None:
    """Where a command names the file, it is quoted for a shell."""
    assert "mailwright export --from '/srv/a b/mail-profile.json'" in steps("json", folder="/srv/a b")
    assert ". ./mail.env" in steps("env")


def test_how_the_password_gets_there() -> None:
    """The command is that of the store that was chosen; a command of one's own needs none, a token has another."""
    assert "pass insert -- mail/anna@example.org" in steps("mbsync")
    assert "secret-tool store --label='Mail anna@example.org'" in steps("mbsync", command="secret-tool")
    own = steps("mbsync", command="my-secrets get")
    assert "Store the password" not in own
    assert "oama access anna@example.org" in steps("mbsync", profile=OAUTH)
    assert "pass insert" not in steps("mbsync", profile=OAUTH)


@pytest.mark.parametrize("language", LANGUAGES)
def test_several_files(language: str) -> None:
    """Each is named where it is."""
    told = steps("postfix", language, folder="/srv/out")
    assert "/srv/out/main.cf" in told
    assert "sh /srv/out/make-sasl_passwd.sh" in told
    assert "/srv/out/sasl_passwd" in steps("postfix", language, folder="/srv/out", secret=SECRET)
    assert "/srv/out/sources" in steps("evolution", language, folder="/srv/out")
    assert {"/srv/out/alot/config", "/srv/out/notmuch-config"} <= set(
        steps("alot", language, folder="/srv/out").replace("，", " ").replace(",", " ").split()
    )
