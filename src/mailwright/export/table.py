"""Every format there is, in the order they are shown."""

from __future__ import annotations

from mailwright.core import BadInput, Security
from mailwright.export.form import IMAP, POP3, SMTP, Format, Group
from mailwright.export.formats import (
    aerc,
    alot,
    autoconfig,
    autodiscover,
    data,
    dns,
    emacs,
    evolution,
    fetchmail,
    getmail,
    himalaya,
    imapfilter,
    k9,
    mbsync,
    mobileconfig,
    msmtp,
    neomutt,
    offlineimap,
    pacc,
    postfix,
    qr,
    secrets,
    sheet,
    sylpheed,
)

# For programs that do without it, or use it only if the server offers it.
_NO_STARTTLS = (Security.TLS, Security.NONE)

FORMATS = (
    # phone
    Format("mobileconfig", Group.PHONE, mobileconfig.make, secret=True),
    Format("qr", Group.PHONE, qr.make, secret=True, oauth=True),
    Format("qr-png", Group.PHONE, qr.make_png, secret=True, oauth=True),
    Format("qr-text", Group.PHONE, qr.make_text, secret=True, oauth=True),
    Format("k9", Group.PHONE, k9.make, secret=True, oauth=True),
    # desktop
    Format("evolution", Group.DESKTOP, evolution.make),
    Format("claws", Group.DESKTOP, sylpheed.make_claws, sends_id=False, place="~/.claws-mail/accountrc"),
    Format("sylpheed", Group.DESKTOP, sylpheed.make, secret=True, sends_id=False, place="~/.sylpheed-2.0/accountrc"),
    Format("emacs", Group.DESKTOP, emacs.make_gnus, secret=True, sends_id=False),
    Format("mu4e", Group.DESKTOP, emacs.make_mu4e, (IMAP, SMTP), secret=True, sends_id=False),
    Format("alot", Group.DESKTOP, alot.make, (IMAP, SMTP), oauth=True, sends_id=False),
    # terminal
    Format(
        "neomutt",
        Group.TERMINAL,
        neomutt.make,
        secret=True,
        oauth=True,
        notes=neomutt.notes,
        place="~/.config/neomutt/neomuttrc",
    ),
    Format(
        "mutt",
        Group.TERMINAL,
        neomutt.make_mutt,
        secret=True,
        oauth=True,
        sends_id=False,
        place="~/.config/mutt/muttrc",
    ),
    Format(
        "aerc",
        Group.TERMINAL,
        aerc.make,
        (IMAP, SMTP),
        secret=True,
        oauth=True,
        sends_id=False,
        place="~/.config/aerc/accounts.conf",
    ),
    Format(
        "himalaya",
        Group.TERMINAL,
        himalaya.make,
        (IMAP, SMTP),
        secret=True,
        oauth=True,
        place="~/.config/himalaya/config.toml",
    ),
    Format(
        "himalaya-1",
        Group.TERMINAL,
        himalaya.make_old,
        (IMAP, SMTP),
        secret=True,
        sends_id=False,
        place="~/.config/himalaya/config.toml",
    ),
    Format("secrets", Group.TERMINAL, secrets.make, sends=False),
    # mover
    Format(
        "mbsync",
        Group.MOVER,
        mbsync.make,
        (IMAP,),
        secret=True,
        oauth=True,
        sends_id=False,
        sends=False,
        notes=mbsync.notes,
        place="~/.mbsyncrc",
    ),
    Format(
        "offlineimap",
        Group.MOVER,
        offlineimap.make,
        (IMAP,),
        _NO_STARTTLS,
        secret=True,
        oauth=True,
        sends=False,
        place="~/.offlineimaprc",
    ),
    Format(
        "getmail",
        Group.MOVER,
        getmail.make,
        (IMAP, POP3),
        _NO_STARTTLS,
        secret=True,
        oauth=True,
        sends_id=False,
        sends=False,
        place="~/.config/getmail/getmailrc",
    ),
    Format("msmtp", Group.MOVER, msmtp.make, (SMTP,), secret=True, oauth=True, reads=False, place="~/.msmtprc"),
    Format(
        "fetchmail",
        Group.MOVER,
        fetchmail.make,
        (IMAP, POP3),
        secret=True,
        sends_id=False,
        sends=False,
        notes=fetchmail.notes,
        place="~/.fetchmailrc",
    ),
    Format(
        "imapfilter",
        Group.MOVER,
        imapfilter.make,
        (IMAP,),
        _NO_STARTTLS,
        secret=True,
        oauth=True,
        sends_id=False,
        sends=False,
        notes=imapfilter.notes,
        place="~/.imapfilter/config.lua",
    ),
    # sheet
    Format("sheet", Group.SHEET, sheet.make, secret=True, oauth=True, sends=False),
    Format("sheet-outlook", Group.SHEET, sheet.make_outlook, secret=True, sends=False),
    Format("sheet-groupwise", Group.SHEET, sheet.make_groupwise, secret=True, sends_id=False, sends=False),
    Format("sheet-apple", Group.SHEET, sheet.make_apple, secret=True, sends=False),
    Format("sheet-android", Group.SHEET, sheet.make_android, secret=True, sends=False),
    Format("sheet-foxmail", Group.SHEET, sheet.make_foxmail, secret=True, sends=False),
    Format("sheet-netease", Group.SHEET, sheet.make_netease, secret=True, sends=False),
    # server
    Format("autoconfig", Group.SERVER, autoconfig.make, oauth=True),
    Format("autoconfig-1.2", Group.SERVER, autoconfig.make_new, oauth=True),
    Format("autodiscover", Group.SERVER, autodiscover.make, notes=autodiscover.notes),
    Format("autodiscover-json", Group.SERVER, autodiscover.make_json, oauth=True, reads=False, sends=False),
    Format("dns", Group.SERVER, dns.make, oauth=True, reads=False, sends=False),
    Format("pacc", Group.SERVER, pacc.make, oauth=True, reads=False, sends=False),
    Format("postfix", Group.SERVER, postfix.make, (SMTP,), secret=True, reads=False),
    # data: the sides are not looked at, so that what is missing stays empty
    Format("json", Group.DATA, data.json_document, oauth=True, sends=False),
    Format("env", Group.DATA, data.env, secret=True, oauth=True, sends=False),
    Format("csv", Group.DATA, data.csv, oauth=True, sends=False),
)


# What people call some of them.
_CALLED = {
    "android": "qr",
    "apple": "mobileconfig",
    "foxmail": "sheet-foxmail",
    "groupwise": "sheet-groupwise",
    "gnus": "emacs",
    "ios": "mobileconfig",
    "iphone": "mobileconfig",
    "isync": "mbsync",
    "k-9": "k9",
    "outlook": "sheet-outlook",
    "thunderbird": "autoconfig",
}


def get(id: str) -> Format:
    """The format of that id. Raises BadInput("export.unknown"), or "export.unknown_near" where one is near."""
    found = next((form for form in FORMATS if form.id == _CALLED.get(id, id)), None)
    if found is not None:
        return found
    import difflib

    near = difflib.get_close_matches(id.lower(), [form.id for form in FORMATS], 1, 0.6)
    if near:
        raise BadInput("export.unknown_near", format=id[:80], guess=near[0])
    raise BadInput("export.unknown", format=id[:80])
