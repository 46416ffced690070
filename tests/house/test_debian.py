"""Packages are installed only as root, only when missing, and never start or enable a service."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tools import debian

if TYPE_CHECKING:
    from pathlib import Path

APT = """#!/bin/sh
echo "apt-get $*" >> {log}
[ -x {policy} ] && {policy} && echo started >> {log}
case "$*" in *" install "*) [ -e {tmp}/fails ] && rm {tmp}/fails && exit 100; touch {tmp}/done;; esac
exit 0
"""
DPKG_QUERY = """#!/bin/sh
echo "installed postfix"
[ -e {tmp}/done ] && echo "installed nsd"
exit 0
"""
DPKG = """#!/bin/sh
echo /lib/systemd/system/nsd.service
echo /lib/systemd/system/nsd@.service
echo /usr/share/doc/nsd
"""
SYSTEMCTL = """#!/bin/sh
echo "systemctl $*" >> {log}
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Debian machine where nsd is missing and postfix is there; gives the log of what was called."""
    log = tmp_path / "log"
    policy = tmp_path / "policy-rc.d"
    programs = {"apt-get": APT, "dpkg-query": DPKG_QUERY, "dpkg": DPKG, "systemctl": SYSTEMCTL}
    for name, text in programs.items():
        program = tmp_path / name
        program.write_text(text.format(log=log, policy=policy, tmp=tmp_path), encoding="utf-8")
        program.chmod(0o755)
    (tmp_path / "list").write_text("# servers\n\nnsd\npostfix\n", encoding="utf-8")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(debian, "POLICY", policy)
    monkeypatch.setattr(debian, "LIST", tmp_path / "list")
    monkeypatch.setattr(debian, "PAUSE", 0)
    return log


def test_only_what_is_missing_and_nothing_starts(machine: Path) -> None:
    """nsd is installed while services may not start, then disabled; the policy is gone afterwards."""
    debian.provide()
    log = machine.read_text(encoding="utf-8")
    assert "--no-install-recommends nsd\n" in log
    assert "started" not in log
    assert "systemctl disable --quiet nsd.service\n" in log
    assert not debian.POLICY.exists()


def test_what_the_archive_has_not_is_left_out(machine: Path) -> None:
    """Of the packages with a ? only those are installed that there are; alone and unknown they ask no mirror."""
    debian.LIST.write_text("?aerc\n?chromium\nnsd\n", encoding="utf-8")
    cache = machine.parent / "apt-cache"
    cache.write_text('#!/bin/sh\n[ "$2" = aerc ] && echo "  Candidate: 0.14"\nexit 0\n', encoding="utf-8")
    cache.chmod(0o755)
    debian.provide()
    assert "--no-install-recommends aerc nsd\n" in machine.read_text(encoding="utf-8")
    machine.unlink()
    debian.LIST.write_text("?chromium\n", encoding="utf-8")
    debian.provide()
    assert not machine.exists()


def test_the_system_keeps_its_own_policy(machine: Path) -> None:
    """A policy that was there before stays as it was."""
    debian.POLICY.write_text("#!/bin/sh\nexit 104\n", encoding="utf-8")
    debian.provide()
    assert debian.POLICY.read_text(encoding="utf-8").endswith("104\n")


def test_a_failing_mirror_is_tried_again(machine: Path) -> None:
    """One bad moment does not stop the tests."""
    (machine.parent / "fails").touch()
    debian.provide()
    assert machine.read_text(encoding="utf-8").count(" install ") == 2


def test_nothing_missing_calls_nothing(machine: Path) -> None:
    """The second run asks no mirror."""
    (machine.parent / "done").touch()
    debian.provide()
    assert not machine.exists()


def test_an_ordinary_user_changes_nothing(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without root nothing is tried."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    debian.provide()
    assert not machine.exists()


def test_no_mirror_at_all_fails_loudly(machine: Path) -> None:
    """When the packages cannot be had the run stops, and leaves no policy behind."""
    (machine.parent / "apt-get").write_text("#!/bin/sh\nexit 100\n", encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError):
        debian.provide()
    assert not debian.POLICY.exists()
