#!/usr/bin/env python3
"""The installer's source with one component for each template of the folder: wxs.py ZABBIX-ATOL.WXS FOLDER"""
import pathlib
import re
import sys


def main(source, folder):
    names = sorted(p.relative_to(folder).as_posix() for p in pathlib.Path(folder, "templates").rglob("*.yaml"))
    lines, refs, depth = [], [], []
    indent = " " * 10
    for name in names:
        parts = name.split("/")[:-1]
        while depth != parts[:len(depth)]:
            depth.pop()
            lines.append(indent + "</Directory>")
        while len(depth) < len(parts):
            depth.append(parts[len(depth)])
            lines.append(f'{indent}<Directory Id="{ident("/".join(depth))}" Name="{depth[-1]}">')
        lines.append(f'{indent}  <Component Win64="$(var.Win64)" Id="{ident(name)}_c" Guid="*"><File Id="{ident(name)}" Name="{name.split("/")[-1]}" '
                     f'Source="{folder}/{name}" KeyPath="yes"/></Component>')
        refs.append(f'      <ComponentRef Id="{ident(name)}_c"/>')
    lines += [indent + "</Directory>" for _ in depth]
    text = pathlib.Path(source).read_text(encoding="utf-8")
    print(text.replace("@TEMPLATES@\n", "\n".join(lines) + "\n").replace("@TEMPLATE_REFS@\n", "\n".join(refs) + "\n"), end="")


def ident(name):
    return re.sub(r"[^A-Za-z0-9_.]", "_", name)


main(*sys.argv[1:])
