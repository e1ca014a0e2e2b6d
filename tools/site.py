#!/usr/bin/env python3
"""The pages of docs/ and the README as a small site: build/site, to be opened from a disk or put on any web server.

A page is its Markdown and nothing more: links between pages stay, a list of all pages stands beside the text, and each page leads to its twin
in the other language. `site.py [--out build/site]`; needs Debian's python3-markdown."""
import argparse
import html
import pathlib
import re
import shutil

import markdown

ROOT = pathlib.Path(__file__).resolve().parents[1]
STYLE = """
:root { color-scheme: light dark; --back: #ffffff; --ink: #1d2329; --soft: #f3f5f7; --line: #d9dee3; --link: #0b62c4 }
@media (prefers-color-scheme: dark) { :root { --back: #181b1f; --ink: #d9dde2; --soft: #22272d; --line: #363d45; --link: #74aef5 } }
body { margin: 0; background: var(--back); color: var(--ink); font: 16px/1.55 system-ui, "DejaVu Sans", sans-serif }
a { color: var(--link) }
.all { display: flex; max-width: 1240px; margin: 0 auto }
nav { flex: 0 0 220px; padding: 24px 16px; border-right: 1px solid var(--line); font-size: 15px }
nav a { display: block; padding: 3px 8px; text-decoration: none; border-radius: 4px }
nav a.here { background: var(--soft); font-weight: 600 }
nav .language { margin-bottom: 16px; border-bottom: 1px solid var(--line); padding-bottom: 12px }
main { flex: 1; min-width: 0; padding: 24px 32px 80px }
pre, code { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 14px }
code { background: var(--soft); padding: 1px 4px; border-radius: 3px }
pre { background: var(--soft); padding: 12px 14px; overflow-x: auto; border-radius: 6px; line-height: 1.4 }
pre code { background: none; padding: 0 }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { border: 1px solid var(--line); padding: 5px 10px; text-align: left; vertical-align: top }
img { max-width: 100% }
@media (max-width: 800px) { .all { display: block } nav { border: 0 } main { padding: 0 16px 60px } }
"""
PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<link rel="stylesheet" href="{up}style.css"></head>
<body><div class="all"><nav><div class="language">{switch}</div>{list}</nav><main>{body}</main></div></body></html>
"""


def anchor(heading, _separator="-"):
    """As GitHub makes it, so that one link serves both."""
    return re.sub(r"[^\w\- ]", "", html.unescape(heading).strip().lower()).replace(" ", "-")


def language_of(page):
    return "ru" if page.name.endswith(".ru.md") else "en"


def twin(page):
    other = page.with_name(page.name.replace(".ru.md", ".md") if language_of(page) == "ru" else page.name.replace(".md", ".ru.md"))
    return other if other.exists() else None


def title(page):
    found = re.search(r"(?m)^# (.*)$", page.read_text(encoding="utf-8"))
    return found[1].replace("`", "") if found else page.stem


def target(page):
    """Where a page stands in the site, from its top."""
    return page.relative_to(ROOT).with_suffix(".html")


def relative(page, other):
    return ("../" if page.parent != ROOT else "") + str(target(other))


def rewrite(page, pages, body):
    def link(m):
        name, _, tail = m[2].partition("#")
        file = (page.parent / name).resolve() if name and not re.match(r"[a-z]+:", name) else None
        if file in pages:
            return f'{m[1]}="{name[:-3]}.html{"#" + tail if tail else ""}"'
        return m[0]
    return re.sub(r'(href)="([^"]*)"', link, body)


def indented(m):
    """A fenced block of a list's item, which Python's Markdown knows only at the beginning of a line, as a block by its indentation."""
    return "\n" + "".join("    " + line[len(m[1]):] + "\n" for line in m[2].splitlines()) + "\n"


def render(page, pages):
    language, other = language_of(page), twin(page)
    maker = markdown.Markdown(tab_length=2, extensions=["tables", "fenced_code", "sane_lists", "toc", "md_in_html"], extension_configs={"toc": {"slugify": anchor}})
    # Lists that follow a sentence at once, as GitHub takes them
    text = re.sub(r"(?m)^(?![-*|>\s\d#`])(.+)\n(?=[-*] |\d+\. )", r"\1\n\n", page.read_text(encoding="utf-8"))
    text = re.sub(r"(?ms)^( +)```\w*\n(.*?)^ +```$", indented, text)
    body = rewrite(page, pages, maker.convert(text))
    listed = "".join(f'<a href="{relative(page, p)}"{" class=" + chr(34) + "here" + chr(34) if p == page else ""}>{html.escape(title(p))}</a>'
                     for p in pages if language_of(p) == language or not twin(p))
    switch = f'<a href="{relative(page, other)}">{"English" if language == "ru" else "По-русски"}</a>' if other else ("English only" if language == "en" else "")
    return PAGE.format(language=language, title=html.escape(title(page)), switch=switch, list=listed, body=body, up="../" if page.parent != ROOT else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default=str(ROOT / "build/site"))
    out = pathlib.Path(parser.parse_args().out)
    pages = [ROOT / "README.md", ROOT / "README.ru.md", *(ROOT / "docs" / name for name in ("README.md", "README.ru.md"))]
    pages += sorted(p for p in (ROOT / "docs").glob("*.md") if p not in pages)
    pages += [ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md")]
    shutil.rmtree(out, ignore_errors=True)
    (out / "docs").mkdir(parents=True)
    for page in pages:
        (out / target(page)).write_text(render(page, pages), encoding="utf-8")
    for file in (ROOT / "docs").rglob("*"):  # pictures, the schema, tables
        if file.is_file() and file.suffix != ".md":
            copy = out / file.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)
    (out / "style.css").write_text(STYLE.lstrip(), encoding="utf-8")
    (out / "index.html").write_text('<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=docs/README.html"><a href="docs/README.html">docs</a>\n')
    print(f"{len(pages)} pages: {out}/index.html")


if __name__ == "__main__":
    main()
