"""Emacs reads and sends by what was made for it, and every string is what it was."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwright import export
from mailwright.core import EmailAddress, Protocol, Secret
from mailwright.export.formats import emacs
from mailwright.texts import Words
from tests.export import letters
from tests.export.conftest import NASTY, Desk, nasty, password_of, profile_of

Program = Callable[[str], str]
ANNA = "anna@wellknown.test"
STARTTLS = "anna@starttls.test"
BERT = "bert@auto.test"

READ = """
(require 'gnus) (require 'nnimap)
(nnheader-init-server-buffer)
(let ((server (cadr gnus-select-method)))
  (or (nnimap-open-server server (cddr gnus-select-method)) (error "%%s" (nnimap-status-message server)))
  (nnimap-request-group "INBOX" server)
  (with-temp-buffer
    (nnimap-request-article "<%s@letters.test>" "INBOX" server (current-buffer))
    (princ (buffer-string))))
"""
FETCH = """
(require 'gnus) (require 'mail-source)
(setq gnus-select-method nil)
(defun yes-or-no-p (text) (princ text) (kill-emacs 1))
(mail-source-fetch
 (car mail-sources)
 (lambda (file _) (with-temp-buffer (insert-file-contents file) (princ (buffer-string))) 1))
"""
# Debian keeps mu4e where only the start without -Q looks.
MU4E = ("--no-site-file", "-f", "package-initialize")
SEND = """
(with-temp-buffer
  (insert "From: " user-mail-address "\\nTo: %s\\nSubject: %s\\n" mail-header-separator "\\nby Emacs\\n")
  (funcall send-mail-function))
"""


def load(desk: Desk, format: str, address: str, choice: export.Choice, **more: Protocol) -> str:
    """The Lisp in the person's home, where Emacs has been before: it keeps there which certificates it saw."""
    for folder in (".emacs.d", "Mail"):
        (desk.home / folder).mkdir(exist_ok=True)
    choice = replace(choice, ca_file=str(desk.lab.ca), say=Words("zh").client)
    (path,) = desk.put(export.render(export.get(format), profile_of(address, **more), choice))
    return str(path)


def batch(desk: Desk, file: str, script: str) -> str:
    """What Emacs printed after it loaded the file."""
    (desk.home / "script.el").write_text(script, encoding="utf-8")
    ran = desk.run("emacs", "--batch", "-Q", "-l", file, "-l", "script.el")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def by_command(address: str) -> export.Choice:
    return export.Choice(command=f"printf '%s\\n' {shlex.quote(password_of(address))}; echo oh >&2")


@pytest.mark.parametrize("address", [ANNA, STARTTLS])
def test_gnus_with_the_secret_from_a_command(desk: Desk, program: Program, address: str) -> None:
    """Gnus reads by IMAP and sends by SMTP, over TLS and over STARTTLS."""
    program("emacs")
    subject = f"gnus-{address[5:8]}"
    file = load(desk, "emacs", address, by_command(address))
    batch(desk, file, SEND % (address, subject))
    letters.arrived(desk.lab, address, subject)
    letters.put(desk.lab, address, f"{subject}-in")
    assert f"Subject: {subject}-in" in batch(desk, file, READ % f"{subject}-in")


def test_gnus_with_the_secret_in_the_file(desk: Desk, program: Program) -> None:
    """A secret with spaces and letters beyond ASCII stands in a file nobody else may read."""
    program("emacs")
    file = load(desk, "emacs", BERT, export.Choice(secret=Secret(password_of(BERT))))
    assert (desk.home / "mail-gnus.el").stat().st_mode & 0o777 == 0o600
    batch(desk, file, SEND % (BERT, "gnus-clear"))
    letters.arrived(desk.lab, BERT, "gnus-clear")
    letters.put(desk.lab, BERT, "gnus-clear-in")
    assert "Subject: gnus-clear-in" in batch(desk, file, READ % "gnus-clear-in")


@pytest.mark.parametrize("address", [ANNA, STARTTLS])
def test_gnus_by_pop3(desk: Desk, program: Program, address: str) -> None:
    """Gnus fetches by POP3, over TLS and over STARTTLS, and leaves the mail where it is."""
    program("emacs")
    subject = f"gnus-pop-{address[5:8]}"
    letters.put(desk.lab, address, subject)
    file = load(desk, "emacs", address, by_command(address), incoming=Protocol.POP3)
    assert f"Subject: {subject}" in batch(desk, file, FETCH)
    letters.arrived(desk.lab, address, subject)


@pytest.mark.parametrize("address", [ANNA, STARTTLS])
def test_nobody_vouches(desk: Desk, program: Program, address: str) -> None:
    """A certificate that nobody vouches for ends it before the secret is asked for."""
    program("emacs")
    choice = export.Choice(command="touch asked; echo x")
    (path,) = desk.put(export.render(export.get("emacs"), profile_of(address), choice))
    (desk.home / "script.el").write_text(SEND % (address, "never"), encoding="utf-8")
    ran = desk.run("emacs", "--batch", "-Q", "-l", str(path), "-l", "script.el", SSL_CERT_FILE="/dev/null")
    assert ran.returncode != 0
    assert not (desk.home / "asked").exists()


def test_a_command_that_fails(desk: Desk, program: Program) -> None:
    """When the command prints no secret, Emacs says so in the person's language and sends nothing."""
    program("emacs")
    file = load(desk, "emacs", ANNA, export.Choice(command="false"))
    (desk.home / "script.el").write_text(SEND % (ANNA, "never"), encoding="utf-8")
    ran = desk.run("emacs", "--batch", "-Q", "-l", file, "-l", "script.el")
    assert ran.returncode != 0
    assert "密码的命令运行失败" in ran.stderr


def test_two_accounts_in_one_emacs(desk: Desk, program: Program) -> None:
    """Each account answers for its own servers only, with its own secret."""
    program("emacs")
    files = []
    for address in (ANNA, STARTTLS):
        made = export.render(export.get("emacs"), profile_of(address), export.Choice(secret=Secret(f"of {address}")))
        (path,) = desk.put(made, address)
        files.append(path)
    ask = """
(let ((found (car (auth-source-search :host "%s" :port %s :max 1))))
  (princ (and found (funcall (plist-get found :secret)))))
"""
    script = f'(load "{files[0]}")' + ask % ("box.wellknown.test", "20993") + ask % ("box.starttls.test", '"20143"')
    script += ask % ("box.wellknown.test", "1") + ask % ("elsewhere.test", "20993")
    assert batch(desk, str(files[1]), script) == f"of {ANNA}of {STARTTLS}nilnil"


def test_mu4e(desk: Desk, program: Program) -> None:
    """mu4e has the context, picks it for mail of its folder, and sends by it; the file loads without mu4e too."""
    program("emacs")
    program("mu")
    file = load(desk, "mu4e", STARTTLS, by_command(STARTTLS))
    batch(desk, file, "")
    script = f"""
(require 'mu4e-context) (require 'sendmail)
(defvar found (mu4e-context-determine '(:maildir "/{STARTTLS}/INBOX")))
(or (null (mu4e-context-determine '(:maildir "/{ANNA}/INBOX") nil)) (error "two"))
(princ (mu4e-context-name found))
(dolist (pair (mu4e-context-vars found)) (set (car pair) (cdr pair)))
(princ (list mu4e-sent-folder mu4e-get-mail-command))
"""
    ran = desk.run(
        "emacs", "--batch", *MU4E, "-l", file, "--eval", f"(progn {script}\n{SEND % (STARTTLS, 'mu4e-out')})"
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == f"{STARTTLS}(/{STARTTLS}/Sent mbsync -a)"
    letters.arrived(desk.lab, STARTTLS, "mu4e-out")


@pytest.mark.parametrize("format", ["emacs", "mu4e"])
def test_every_sign_stays_what_it_is(desk: Desk, program: Program, format: str) -> None:
    """Name, user name and command full of signs arrive unchanged, and nothing of them is run."""
    program("emacs")
    profile = nasty(profile_of(ANNA))
    profile = replace(
        profile, address=EmailAddress.parse("a#'{|}`$b@wellknown.test"), name=f'{NASTY}") (delete-file "x"'
    )
    command = f"printf %s {shlex.quote(NASTY)}"
    choice = export.Choice(command=command, say=Words("en").client)
    (path,) = desk.put(export.render(export.get(format), profile, choice))
    show = """
(let ((vars (if (boundp 'vars) vars)))
  (with-temp-buffer
    (insert-file-contents (car command-line-args-left))
    (let (form)
      (while (setq form (ignore-errors (read (current-buffer))))
        (dolist (part (flatten-tree form)) (and (stringp part) (princ (concat part "\n"))))))))
"""
    (desk.home / "show.el").write_text(show, encoding="utf-8")
    ran = desk.run("emacs", "--batch", "-Q", "-l", str(path), "-l", "show.el", str(path))
    assert ran.returncode == 0, ran.stderr
    strings = ran.stdout.splitlines()
    for wanted in (profile.name, profile.incoming.username, str(profile.address), command):
        assert wanted in strings


@settings(max_examples=5, deadline=None)
@given(texts=st.lists(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=40), max_size=60))
def test_quoting(texts: list[str]) -> None:
    """Emacs reads back what was quoted."""
    if shutil.which("emacs") is None:
        pytest.skip("emacs is not installed")
    form = f"(dolist (one (list {' '.join(map(emacs.string, texts))})) (princ one) (terpri))"
    command = ["emacs", "--batch", "-Q", "--eval", form]
    environment = {"LANG": "C.UTF-8", "HOME": "/nonexistent", "PATH": "/usr/bin:/bin"}
    ran = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=30)
    assert ran.stdout.decode() == "".join(f"{text}\n" for text in texts)
