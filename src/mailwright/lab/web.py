"""nginx: the HTTPS names of the lab, plain HTTP that redirects, and the files they serve."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mailwright.lab import plan, settings

if TYPE_CHECKING:
    from pathlib import Path

    from mailwright.lab.network import Network

_AUTODISCOVER_PATH = "/autodiscover/autodiscover.xml"
_PACC_PATH = "/.well-known/user-agent-configuration.json"
_MTA_STS = "version: STSv1\r\nmode: enforce\r\nmx: mx.auto.test\r\nmax_age: 86400\r\n"
_HOME = "<!doctype html><title>Mailwright lab</title><p>A web site, and nothing about mail.\n"


def files() -> dict[str, bytes]:
    """Host and path ("nothing.test/index.html") → body."""
    found = {name: settings.autoconfig(domain).encode() for domain, name in _settings_files()}
    found |= {f"ua-auto-config.{domain}{_PACC_PATH}": settings.pacc(domain) for domain in plan.PACC}
    for domain, host in plan.AUTODISCOVER.items():
        found[host + _AUTODISCOVER_PATH] = settings.autodiscover(domain).encode()
    found["mta-sts.auto.test/.well-known/mta-sts.txt"] = _MTA_STS.encode()
    for host in ("nothing.test", "www.nothing.test", "wellknown.test"):
        found[f"{host}/index.html"] = _HOME.encode()
    return found


def _settings_files() -> list[tuple[str, str]]:
    parts = [(domain, urlsplit(url)) for domain, urls in plan.SETTINGS.items() for url in urls]
    return [(domain, f"{url.netloc}{url.path}") for domain, url in parts]


def write(folder: Path, pki: Path, network: Network) -> None:
    """Write the served files and nginx.conf."""
    (folder / "spare").mkdir(parents=True)
    for name, body in files().items():
        path = folder / "www" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    (folder / "nginx.conf").write_text(_nginx(folder, pki, network), encoding="utf-8")


def _nginx(folder: Path, pki: Path, network: Network) -> str:
    web, plain = (network.address(plan.WEB_OCTETS[name]) for name in ("web", "plainweb"))
    temporary = "".join(
        f"  {kind}_temp_path {folder}/spare/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "scgi", "uwsgi")
    )
    # As root the workers must read the lab's folder, which need not be open to others.
    user = "user root;\n" if os.geteuid() == 0 else ""
    http, https = plan.OFFSET + 80, plan.OFFSET + 443
    tls = f"ssl_certificate {pki}/web.pem; ssl_certificate_key {pki}/web.key; ssl_protocols TLSv1.2 TLSv1.3;"
    root = f"""root {folder}/www/$host;
    location / {{ index index.html; try_files $uri $uri/ =404; }}"""
    return f"""{user}daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 512; }}
http {{
{temporary}  access_log off;
  server_tokens off;
  types {{ text/xml xml; application/json json; text/plain txt; text/html html; }}
  default_type text/xml;
  server {{
    listen {web}:{https} ssl default_server;
    {tls}
    {root}
    location = {_AUTODISCOVER_PATH} {{ charset utf-8; error_page 405 =200 $uri; }}
  }}
  server {{
    listen {web}:{https} ssl;
    server_name {urlsplit(plan.ISSUER).netloc};
    {tls}
    location / {{
      proxy_pass http://{network.address(plan.ISSUER_OCTET)}:{plan.ISSUER_PORT};
      proxy_set_header Host $host;
    }}
  }}
  server {{
    listen {web}:{http} default_server;
    return 301 https://$host$request_uri;
  }}
  server {{
    listen {plain}:{http} default_server;
    {root}
  }}
}}
"""
