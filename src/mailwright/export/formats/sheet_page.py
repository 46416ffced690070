"""The look of a sheet: one page of HTML that needs nothing but itself, on paper one A4 page."""

from __future__ import annotations

import base64
import hashlib

CSS = """\
:root{color-scheme:light dark;--paper:#fff;--ground:#eef2f5;--ink:#17222b;--soft:#4d5c68;--line:#cfd9e0;--key:#0b5c7a;\
--on-key:#fff;--fill:#f3f7f9;--warn:#7a4a00;--warn-fill:#fff4dc;--warn-line:#e0b65c}
@media (prefers-color-scheme:dark){:root{--paper:#161d23;--ground:#0d1216;--ink:#e8eef2;--soft:#a9b8c3;--line:#33424d;\
--key:#7cc8e6;--on-key:#08222e;--fill:#1e2830;--warn:#ffd78a;--warn-fill:#33280f;--warn-line:#7d6428}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,"Segoe UI","Helvetica Neue",Arial,\
"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif;overflow-wrap:anywhere}
main{max-width:56rem;margin:0 auto;background:var(--paper);padding:1.25rem}
header{border-bottom:3px solid var(--key);padding-bottom:.7rem;margin-bottom:1rem}
h1{font-size:1.55rem;line-height:1.25;margin:0 0 .35rem;text-wrap:balance}
h2{font-size:1.06rem;line-height:1.35;margin:0 0 .45rem;color:var(--key)}
p{margin:.3rem 0}
.address{font-size:1.15rem;font-weight:600}
.who{color:var(--soft)}
.part{margin:0 0 1.1rem}
.step{counter-increment:part}
.step>h2{display:flex;gap:.55rem;align-items:flex-start}
.step>h2::before{content:counter(part);flex:none;width:1.45rem;height:1.45rem;border-radius:50%;background:var(--key);\
color:var(--on-key);font-size:.86rem;font-weight:700;line-height:1.45rem;text-align:center}
body{counter-reset:part}
ol,ul{margin:.25rem 0;padding-left:1.4rem}
li{margin:.18rem 0}
table{width:100%;border-collapse:collapse;background:var(--fill);border:1px solid var(--line);\
margin:0 0 .8rem;break-inside:avoid}
caption{text-align:left;font-weight:600;padding:.1rem 0 .3rem}
th,td{text-align:left;vertical-align:top;padding:.34rem .6rem;border-top:1px solid var(--line)}
tr:first-child>*{border-top:0}
th{font-weight:400;color:var(--soft);width:42%}
td{font-weight:600}
code{font-family:ui-monospace,"Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono","Noto Sans Mono CJK SC",monospace;\
font-size:.95em}
.copy{list-style:none;padding:0;display:grid;gap:.3rem}
.copy code{user-select:all;-webkit-user-select:all;font-weight:600}
.copy span{color:var(--soft);margin-right:.5rem}
.warn{background:var(--warn-fill);border-left:4px solid var(--warn-line);color:var(--warn);padding:.5rem .75rem;\
margin:0 0 .9rem}
.warn p{margin:.15rem 0}
a{color:var(--key)}
footer{border-top:1px solid var(--line);margin-top:1rem;padding-top:.5rem;color:var(--soft);font-size:.86rem}
@media (min-width:46rem){main{padding:2rem 2.25rem;margin:1.5rem auto;border-radius:.5rem;\
box-shadow:0 1px 4px #0002}.pair{display:grid;grid-template-columns:1fr 1fr;gap:0 1.6rem}\
.tables{columns:2;column-gap:1.6rem}.copy{grid-template-columns:max-content max-content;gap:.3rem 1.6rem}}
@page{size:A4;margin:11mm 12mm}
@media print{:root{color-scheme:light;\
--paper:#fff;--ground:#fff;--ink:#000;--soft:#39444c;--line:#b9c4cb;--key:#0b5c7a;\
--on-key:#fff;--fill:#fff;--warn:#000;--warn-fill:#fff;--warn-line:#000}
html{font-size:10pt}
html.dense{font-size:8.8pt}
html.tight{font-size:7.8pt}
body{line-height:1.4}
main{max-width:none;margin:0;padding:0;border-radius:0;box-shadow:none}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:0 1.4rem}
.tables{columns:2;column-gap:1.4rem}
.copy{grid-template-columns:max-content max-content;gap:.2rem 1.4rem}
table{margin-bottom:.5rem}
header,.part,footer{margin-bottom:.6rem}
th,td{padding:.22rem .5rem}
li,.warn{break-inside:avoid}
.step>h2::before{-webkit-print-color-adjust:exact;print-color-adjust:exact}
a{color:inherit;text-decoration:none}}
"""

# CSP 3, "hash-source": the only style a browser takes is the one above.
_HASH = base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"

PAGE = """\
<!DOCTYPE html>
<html lang="{lang}" class="{density}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{css}</style>
</head>
<body>
<main>
<header>
<h1>{title}</h1>
<p class="address">{address}</p>
{who}</header>
{parts}
<footer>
{foot}
</footer>
</main>
</body>
</html>
"""
