"""No circle of modules: x.c and x.h (with x_posix.c, x_win32.c, x_none.c and x_internal.h) are one module; it depends on another when
one of its files includes a header of that one."""
import re

PARTS = r"(_posix|_win32|_none|_internal)$"


def module(path):
    """The module of a file, by its path from src/ (or emulator/) without the ending."""
    return re.sub(PARTS, "", re.sub(r"\.\w+$", "", path))


def graph(files):
    """{module: {module that it includes: "file:line"}} of {path: text}; a header is named from the root of the files or beside its file."""
    edges = {module(path): {} for path in files}
    for path, text in files.items():
        folder = path.rpartition("/")[0]
        for number, line in enumerate(text.splitlines(), 1):
            found = re.match(r'\s*#\s*include "([\w/.]+)"', line)
            if not found or not found.group(1).endswith(".h"):
                continue
            beside = f"{folder}/{found.group(1)}" if folder else found.group(1)
            target = beside if beside in files else found.group(1)
            if target in files and module(target) != module(path):
                edges[module(path)].setdefault(module(target), f"{path}:{number}")
    return edges


def shortest_circle(edges, start):
    """The modules of the shortest way from `start` back to itself; None when there is none."""
    ways = [[start]]
    seen = set()
    for way in ways:
        for following in sorted(edges[way[-1]]):
            if following == start:
                return way + [start]
            if following not in seen:
                seen.add(following)
                ways.append(way + [following])
    return None


def circles(files):
    """One line a circle: its modules, and where each includes the next."""
    edges, told, lines = graph(files), set(), []
    for start in sorted(edges):
        way = None if start in told else shortest_circle(edges, start)
        if way:
            told.update(way)
            lines.append(" -> ".join(way) + "  (" + ", ".join(edges[a][b] for a, b in zip(way, way[1:])) + ")")
    return lines
