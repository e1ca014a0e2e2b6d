"""The soak as a picture: one panel a measure, time across, what was done to it as coloured bands."""
BANDS = {"away": "#fde2c8", "full": "#f6cfcf", "clock": "#d8e6f7", "storm": "#e3d7f0"}
NAMES = {"away": "Zabbix away", "full": "disk full", "clock": "clock jumped", "storm": "reload storm"}
PANELS = [("rss_mib", "memory, MiB", "#1f77b4"), ("fds", "descriptors", "#2a7f3f"), ("threads", "threads", "#7f3f98"),
          ("children", "child processes", "#d95f02"), ("polls_per_s", "polls a second", "#444444")]
LEFT, WIDTH, HEIGHT, GAP = 70, 860, 90, 34


def steps(low, high):
    return [low + (high - low) * i / 2 for i in range(3)]


def panel(parts, y, title, colour, samples, key, end):
    values = [(s["t"], s[key]) for s in samples if s.get(key) is not None]
    high = max([v for _, v in values] + [1]) * 1.1
    px = lambda t: LEFT + t / end * WIDTH
    py = lambda v: y + HEIGHT - v / high * HEIGHT
    parts.append(f'<text x="{LEFT}" y="{y - 6}" font-weight="bold">{title}</text>')
    for v in steps(0, high):
        parts.append(f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{py(v):.1f}" y2="{py(v):.1f}" stroke="#cccccc"/>'
                     f'<text x="{LEFT - 6}" y="{py(v) + 4:.1f}" text-anchor="end">{v:.0f}</text>')
    parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="'
                 + " ".join(f"{px(t):.1f},{py(v):.1f}" for t, v in values) + '"/>')


def svg(samples, bands, title):
    end = max(s["t"] for s in samples) or 1
    height = 60 + len(PANELS) * (HEIGHT + GAP) + 40
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 30}" height="{height}" font-family="sans-serif" '
             f'font-size="12"><rect width="100%" height="100%" fill="#ffffff"/><text x="{LEFT}" y="20" font-size="15">{title}</text>']
    for n, (kind, colour) in enumerate(BANDS.items()):
        parts.append(f'<rect x="{LEFT + n * 150}" y="30" width="14" height="12" fill="{colour}"/><text x="{LEFT + 20 + n * 150}" y="41">{NAMES[kind]}</text>')
    for i, (key, name, colour) in enumerate(PANELS):
        y = 76 + i * (HEIGHT + GAP)
        for kind, begun, ended in bands:
            parts.append(f'<rect x="{LEFT + begun / end * WIDTH:.1f}" y="{y}" width="{max(1.5, (ended - begun) / end * WIDTH):.1f}" height="{HEIGHT}" fill="{BANDS[kind]}"/>')
        panel(parts, y, name, colour, samples, key, end)
    minutes = int(end // 60)
    step = max(1, minutes // 10)
    for minute in range(0, minutes + 1, step):
        parts.append(f'<text x="{LEFT + minute * 60 / end * WIDTH:.1f}" y="{height - 12}" text-anchor="middle">{minute} min</text>')
    return "\n".join(parts) + "</svg>\n"
