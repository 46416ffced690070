"""Real providers: the hosts of each protocol, and how their servers greet."""

from __future__ import annotations

from typing import Any

HOSTS = {
    "gmail": {"imap": "imap.gmail.com", "pop3": "pop.gmail.com", "smtp": "smtp.gmail.com"},
    "microsoft": {"imap": "outlook.office365.com", "pop3": "outlook.office365.com", "smtp": "smtp.office365.com"},
    "outlook": {"imap": "outlook.office365.com", "pop3": "outlook.office365.com", "smtp": "smtp-mail.outlook.com"},
    "qq": {"imap": "imap.qq.com", "pop3": "pop.qq.com", "smtp": "smtp.qq.com"},
    "exmail": {"imap": "imap.exmail.qq.com", "pop3": "pop.exmail.qq.com", "smtp": "smtp.exmail.qq.com"},
    "163": {"imap": "imap.163.com", "pop3": "pop.163.com", "smtp": "smtp.163.com"},
    "yahoo": {"imap": "imap.mail.yahoo.com", "pop3": "pop.mail.yahoo.com", "smtp": "smtp.mail.yahoo.com"},
    "icloud": {"imap": "imap.mail.me.com", "pop3": "pop.mail.me.com", "smtp": "smtp.mail.me.com"},
    "yandex": {"imap": "imap.yandex.ru", "pop3": "pop.yandex.ru", "smtp": "smtp.yandex.ru"},
    "mailru": {"imap": "imap.mail.ru", "pop3": "pop.mail.ru", "smtp": "smtp.mail.ru"},
    "fastmail": {"imap": "imap.fastmail.com", "pop3": "pop.fastmail.com", "smtp": "smtp.fastmail.com"},
    "zoho": {"imap": "imap.zoho.com", "pop3": "pop.zoho.com", "smtp": "smtp.zoho.com"},
}
BANNERS: dict[str, dict[str, dict[str, Any]]] = {
    "gmail": {
        "imap": {"banner": "Gimap ready for requests from 203.0.113.9 d9443c01a7336mb1",
                 "capabilities": "IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 XYZZY SASL-IR"},
        "pop3": {"banner": "Gpop ready for requests from 203.0.113.9 d9443c01a7336mb1"},
        "smtp": {"banner": "smtp.gmail.com ESMTP d9443c01a7336-2cde01d1f4amb1 - gsmtp"},
    },
    "microsoft": {
        "imap": {"banner": "The Microsoft Exchange IMAP4 service is ready.",
                 "capabilities": "IMAP4 IMAP4rev1 SASL-IR UIDPLUS ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+",
                 "mechanisms": "PLAIN XOAUTH2"},
        "pop3": {"banner": "The Microsoft Exchange POP3 service is ready."},
        "smtp": {"banner": "AS4P250CA0012.outlook.office365.com Microsoft ESMTP MAIL Service ready",
                 "mechanisms": "LOGIN XOAUTH2"},
    },
    "qq": {
        "imap": {"banner": "QQMail XMIMAP4Server ready",
                 "capabilities": "IMAP4 IMAP4rev1 ID NAMESPACE", "encoding": "gb18030"},
        "pop3": {"banner": "XMail POP3 Server v1.0 Service Ready(XMail v1.0)", "encoding": "gb18030"},
        "smtp": {"banner": "newxmesmtplogicsvrszc5-0.qq.com XMail Esmtp QQ Mail Server.", "encoding": "gb18030"},
    },
    "163": {
        "imap": {"banner": "Coremail System IMap Server Ready(163com[10774b260cc7a37d26d71b52404dcf5c])",
                 "capabilities": "IMAP4rev1 XLIST SPECIAL-USE ID LITERAL+ XAPPLEPUSHSERVICE UIDPLUS X-CM-EXT-1"},
        "pop3": {"banner": "Welcome to coremail Mail Pop3 Server (163coms[10774b260cc7a37d26d71b52404dcf5cs])"},
        "smtp": {"banner": "163.com Anti-spam GT for Coremail System (163com[20141201])"},
    },
}  # fmt: skip
BANNERS |= {"exmail": BANNERS["qq"], "outlook": BANNERS["microsoft"]}
