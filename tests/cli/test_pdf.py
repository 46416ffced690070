"""The browser that prints a page is ended with all it started, whatever happens."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import pytest

from mailwright import export
from mailwright.cli import pdf
from mailwright.core import BadInput

PAGE = export.File("sheet.html", b"<p>hello</p>", "text/html", private=True)
# Its helper keeps writing into the profile, as those of Chromium do.
STUCK = """\
#!/bin/sh
for word in "$@"; do case $word in --user-data-dir=*) profile=${word#*=} ;; esac; done
(
    for i in $(seq 500); do mkdir -p "$profile" && echo x > "$profile/$i"; done
    sleep 30
) > /dev/null 2>&1 &
echo $! > "HELPER"
sleep 60
"""


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a stand-in for a browser is put, and the only folder with temporary files."""
    path = tmp_path / "bin" / "chromium"
    path.parent.mkdir()
    monkeypatch.setenv("PATH", str(path.parent), prepend=":")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return path


def write(path: Path, script: str) -> None:
    path.write_text(script, encoding="utf-8")
    path.chmod(0o755)


def test_a_browser_that_hangs(browser: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time-out its helpers are gone too, and the person is told what failed."""
    helper = tmp_path / "helper.pid"
    write(browser, STUCK.replace("HELPER", str(helper)))
    monkeypatch.setattr(pdf, "SECONDS", 0.5)
    with pytest.raises(BadInput) as caught:
        pdf.printed(PAGE)
    assert caught.value.id == "export.pdf"
    status = Path(f"/proc/{helper.read_text().strip()}/stat")
    deadline = time.monotonic() + 5
    while status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < deadline, "the helper lives on"
        time.sleep(0.02)


def test_a_browser_that_prints(browser: Path, tmp_path: Path) -> None:
    """What it wrote is the file, and nothing is left behind."""
    write(browser, '#!/bin/sh\nfor w in "$@"; do case $w in --print-to-pdf=*) echo %PDF > "${w#*=}" ;; esac; done\n')
    made = pdf.printed(PAGE)
    assert (made.name, made.data, made.private) == ("sheet.pdf", b"%PDF\n", True)
    assert not list(tmp_path.glob("mailwright-*"))


def test_a_browser_that_fails(browser: Path) -> None:
    """A status of failure is told as one."""
    write(browser, "#!/bin/sh\nexit 3\n")
    with pytest.raises(BadInput) as caught:
        pdf.printed(PAGE)
    assert caught.value.id == "export.pdf"
