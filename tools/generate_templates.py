#!/usr/bin/env python3
"""Writes templates/VERSION/*.yaml and their README from `zabbix-atol metrics --format json` and the tables of
tools/zbx. `--check` writes nothing and fails when a committed file is not what would be written."""
import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from zbx import readme, yaml_out  # noqa: E402
from zbx.catalogue import Catalogue  # noqa: E402
from zbx.names import KINDS, LANGUAGES, VERSIONS, file_name  # noqa: E402
from zbx.template import Template  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent


def load_metrics(build):
    return Catalogue(build)


def outputs(catalogue):
    files = {}
    for version in VERSIONS:
        exports = {(kind, language): Template(version, kind, language, catalogue).export() for kind in KINDS for language in LANGUAGES}
        for (kind, language), export in exports.items():
            files[ROOT / "templates" / version / file_name(kind, language)] = yaml_out.dump(export)
        for language in LANGUAGES:
            name = "README.md" if language == "en" else "README.ru.md"
            files[ROOT / "templates" / version / name] = readme.text(version, language, {k: exports[k, language] for k in KINDS})
    return files


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=str(ROOT / "build"))
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    files = outputs(load_metrics(args.build))
    stray = [p for p in (ROOT / "templates").rglob("*.*") if p.is_file() and p not in files]
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text] + stray
    for path in stale:
        print(("not fresh: " if args.check else "wrote ") + str(path.relative_to(ROOT)))
        if args.check:
            continue
        if path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path])
        else:
            path.unlink()
    return 1 if stale and args.check else 0


if __name__ == "__main__":
    sys.exit(main())
