"""Emacs Lisp for Gnus and for mu4e, both of which send by smtpmail."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from mailwright.core import Protocol, Security
from mailwright.export.form import File
from mailwright.export.formats.label import label
from mailwright.export.formats.remark import remark
from mailwright.export.placing import secret, secret_command

if TYPE_CHECKING:
    from mailwright.core import Login, Profile
    from mailwright.export.form import Choice

SKELETON = """\
;; -*- coding: utf-8; lexical-binding: t -*-
{head}

(require 'auth-source)
(require 'cl-lib)
(require 'smtpmail)
{trust}
{secret}
{program}
"""
# Auth-source manual, "Overview": a backend is asked with host, port and user, each a string or a list, and gives the
# user and a function for the secret. Ours answers for the servers of this account only. smtpmail sends the octets of
# what it is given, nnimap wants letters.
SECRET = """
(defun {own}-secret ()
{printed})

(cl-defun {own}-search (&key host port user &allow-other-keys)
  (cl-loop for (server service name octets) in {own}-servers
           when (and (member server (ensure-list host))
                     (or (memq port '(nil t))
                         (cl-member service (ensure-list port) :key (lambda (one) (format "%s" one)) :test #'equal))
                     (or (memq user '(nil t)) (member name (ensure-list user))))
           collect (let ((coded (if octets (lambda (text) (encode-coding-string text 'utf-8)) #'identity)))
                     (list :host server :port service :user (funcall coded name)
                           :secret (lambda () (funcall coded ({own}-secret)))))))

(unless (fboundp 'ensure-list)
  (defun ensure-list (object) (if (listp object) object (list object))))
(defvar {own}-servers
  '({servers}))
(defvar {own}-backend
  (make-instance 'auth-source-backend :source "{own}" :type '{own} :search-function #'{own}-search))
(add-hook 'auth-source-backend-parser-functions
          (lambda (entry) (and (eq entry '{own}) {own}-backend)))
(add-to-list 'auth-sources '{own})
"""
CLEAR = "  {text}"
COMMAND = """\
  (with-temp-buffer
    (let ((coding-system-for-read 'utf-8))
      (unless (eql 0 (call-process "/bin/sh" nil '(t nil) nil "-c" {command}))
        (user-error "%s" {failed})))
    (buffer-substring-no-properties (point-min) (progn (goto-char (point-min)) (line-end-position))))"""
GNUS = """
(setq user-full-name {name}
      user-mail-address {address}
      send-mail-function #'smtpmail-send-it
      message-send-mail-function #'smtpmail-send-it
{sending})

{reading}
"""
IMAP = """\
(setq gnus-select-method
      '(nnimap {label}
               (nnimap-address {host})
               (nnimap-server-port {port})
               (nnimap-user {user})
               (nnimap-stream {stream})))"""
POP3 = """\
(setq gnus-select-method '(nnml "")
      mail-sources
      '((pop :server {host} :port {port} :user {user} :stream {stream}
             :password ({own}-secret) :leave t)))"""
MU4E = """
(setq mu4e-maildir (expand-file-name "~/Mail")
      mu4e-get-mail-command "mbsync -a"
      send-mail-function #'smtpmail-send-it
      message-send-mail-function #'smtpmail-send-it)

(with-eval-after-load 'mu4e-context
  (add-to-list
   'mu4e-contexts
   (make-mu4e-context
    :name {label}
    :match-func
    (lambda (message)
      (and message (string-prefix-p {folder} (or (plist-get message :maildir) ""))))
    :vars
    '((user-full-name . {name})
      (user-mail-address . {address})
      (mu4e-sent-folder . {sent})
      (mu4e-drafts-folder . {drafts})
      (mu4e-trash-folder . {trash})
{sending}))
   t))
"""
# Emacs manual, "Sending Mail": ssl from the first byte; starttls ends where the server has none; plain never tries.
_STREAMS = {Security.TLS: "ssl", Security.STARTTLS: "starttls", Security.NONE: "plain"}


def make_gnus(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """Gnus, by IMAP or POP3."""
    login, own = profile.incoming, _own(profile)
    reading = (IMAP if login.endpoint.protocol is Protocol.IMAP else POP3).format(
        label=string(label(profile.address)),
        host=string(login.endpoint.host),
        port=login.endpoint.port,
        user=string(login.username),
        stream=_STREAMS[login.endpoint.security],
        own=own,
    )
    names = {"name": string(profile.name), "address": string(profile.address.wire)}
    program = GNUS.format(sending=_sending(profile, "      {} {}"), reading=reading, **names)
    return (_file("mail-gnus.el", program, profile, choice),)


def make_mu4e(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """A context of mu4e, for mail that mbsync fetches."""
    name = label(profile.address)
    program = MU4E.format(
        label=string(name),
        folder=string(f"/{name}/"),
        name=string(profile.name),
        address=string(profile.address.wire),
        sent=string(f"/{name}/Sent"),
        drafts=string(f"/{name}/Drafts"),
        trash=string(f"/{name}/Trash"),
        sending=_sending(profile, "      ({} . {})"),
    )
    return (_file("mail-mu4e.el", program, profile, choice),)


def string(text: str) -> str:
    r"""Emacs Lisp manual, "Syntax for Strings": \ stands before " and before itself; all else is what it is."""
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def _own(profile: Profile) -> str:
    """What the names of this account begin with, so that two accounts do not meet."""
    return f"mail-{hashlib.sha256(str(profile.address).encode()).hexdigest()[:8]}"


def _sending(profile: Profile, line: str) -> str:
    login = profile.outgoing
    assert login is not None  # rendering stops without one
    values = {
        "smtpmail-smtp-server": string(login.endpoint.host),
        "smtpmail-smtp-service": login.endpoint.port,
        "smtpmail-smtp-user": string(login.username),
        "smtpmail-stream-type": ("{}" if line.lstrip().startswith("(") else "'{}").format(
            _STREAMS[login.endpoint.security]
        ),
    }
    return "\n".join(line.format(name, value) for name, value in values.items())


def _file(name: str, program: str, profile: Profile, choice: Choice) -> File:
    form = "emacs" if name == "mail-gnus.el" else "mu4e"
    text = SKELETON.format(
        head=remark(choice, f"file.{form}.head", ";;", file=name),
        trust=f"\n(require 'gnutls)\n(add-to-list 'gnutls-trustfiles {string(choice.ca_file)})"
        if choice.ca_file
        else "",
        secret=SECRET.format(own=_own(profile), printed=_printed(profile, choice), servers=_servers(profile)).strip(),
        program=program.rstrip(),
    )
    return File(name, text.encode(), "text/x-emacs-lisp; charset=utf-8", private=choice.secret is not None)


def _printed(profile: Profile, choice: Choice) -> str:
    written = secret(choice)
    if written:
        return CLEAR.format(text=string(written))
    failed = string(choice.say("file.emacs.no_secret", address=str(profile.address)))
    return COMMAND.format(command=string(secret_command(profile, choice)), failed=failed)


def _servers(profile: Profile) -> str:
    def row(login: Login, octets: str) -> str:
        host, user = string(login.endpoint.host), string(login.username)
        return f'({host} "{login.endpoint.port}" {user} {octets})'

    rows = [row(profile.incoming, "nil")]
    if profile.outgoing is not None:
        rows.append(row(profile.outgoing, "t"))
    return "\n    ".join(rows)
