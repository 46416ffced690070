"""The refresh token in the system's keyring: macOS Keychain, Windows Credential Locker, Secret Service, KWallet.

Never a file of ours, and never a keyring that writes plaintext: where the system has none that
is safe, nothing is kept and the person signs in again next time. The calls may wait for the
person to unlock the keyring; do not make them on an event loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from mailwright.core import EmailAddress, Problem, Secret

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

T = TypeVar("T")

SERVICE = "Mailwright"
# keyrings.alt: its own library does not recommend these, plain files and keys that lie beside what they lock.
# A chain writes to the first member that takes it, safe or not: we choose among its members ourselves.
REFUSED = ("keyrings.alt", "keyring.backends.fail", "keyring.backends.null", "keyring.backends.chainer")
RECOMMENDED = 1.0
# Windows keeps no more in one entry (CRED_MAX_CREDENTIAL_BLOB_SIZE), and the library writes UTF-16.
WINDOWS, WINDOWS_BYTES = "keyring.backends.Windows", 2560


def load(address: EmailAddress, issuer: str, client_id: str) -> Secret | None:
    """The kept refresh token; None when there is none, or no keyring that opens."""
    backend = _backend()
    if backend is None:
        return None
    found, value = _tried(lambda: backend.get_password(*_place(address, issuer, client_id)))
    return Secret(value) if found and value else None


def store(address: EmailAddress, issuer: str, client_id: str, token: Secret) -> None:
    """Keep `token`, in place of an older one.

    Raises Problem: keyring.none when the system has no safe keyring, keyring.too_long when the
    token does not fit into it, keyring.failed when it would not take the token (it is locked).
    """
    backend = _backend()
    if backend is None:
        raise Problem("keyring.none")
    if _is_windows(backend) and len(token.reveal().encode("utf-16-le")) > WINDOWS_BYTES:
        raise Problem("keyring.too_long")
    done, _ = _tried(lambda: backend.set_password(*_place(address, issuer, client_id), token.reveal()))
    if not done:
        raise Problem("keyring.failed")


def forget(address: EmailAddress, issuer: str, client_id: str) -> None:
    """Remove the token, if there is one. Raises Problem("keyring.failed") when it is still there."""
    backend = _backend()
    if backend is None:
        return
    place = _place(address, issuer, client_id)
    done, _ = _tried(lambda: backend.delete_password(*place))
    if not done and _tried(lambda: backend.get_password(*place)) != (True, None):
        raise Problem("keyring.failed")


def _place(address: EmailAddress, issuer: str, client_id: str) -> tuple[str, str]:
    """Service and user name: one entry for each mailbox, issuer and client."""
    return f"{SERVICE} {issuer}", f"{address.wire} {quote(client_id, safe='')}"


def _backend() -> KeyringBackend | None:
    """The system's keyring, if it is one that keeps secrets."""
    import keyring

    found, backend = _tried(keyring.get_keyring)
    if not found or backend is None:
        return None
    members = _tried(lambda: list(getattr(backend, "backends", ())))[1] or []
    return next((one for one in (*members, backend) if _safe(one)), None)


def _is_windows(backend: KeyringBackend) -> bool:
    return any(cls.__module__ == WINDOWS for cls in type(backend).__mro__)


def _safe(backend: KeyringBackend) -> bool:
    modules = [cls.__module__ for cls in type(backend).__mro__]
    refused = any(f"{module}.".startswith(f"{name}.") for module in modules for name in REFUSED)
    recommended, priority = _tried(lambda: float(backend.priority))
    return not refused and recommended and priority is not None and priority >= RECOMMENDED


def _tried(call: Callable[[], T]) -> tuple[bool, T | None]:
    """Whether the call went through, and what it gave. Foreign code behind D-Bus and DLLs raises what it likes."""
    try:
        return True, call()
    except Exception:  # noqa: BLE001  # see above; the cause may quote the token, so it ends here
        return False, None
