"""What the setup tool makes beside templates and dashboards: correlation of lists of faults, coordinates, services, auto-registration."""
from .names import technical

CORRELATION = ("ATOL KKT: a newer list of faults ends the older one", "ККТ АТОЛ: новый список неисправностей закрывает прежний")
ROOT_SERVICE = ("Sales in the chain", "Продажи в сети")
TAG = "supersedes"      # of a list of faults: the same value at the older one
METADATA = "atol-kkt"   # HostMetadata of a till's agent
ACTION = ("ATOL KKT: registers of their own agents", "ККТ АТОЛ: кассы с собственным агентом")


def correlation(setup):
    """Each change of a list opens a problem that names all of it; this rule ends the one before."""
    name = CORRELATION[setup.i]
    wanted = {"filter": {"evaltype": 1, "conditions": [{"type": 3, "oldtag": TAG, "newtag": TAG}]}}
    found = setup.api("correlation.get", {"filter": {"name": [name]}, "output": ["correlationid"], "selectFilter": "extend"})
    if not found:
        setup.api("correlation.create", {"name": name, "status": 0, "operations": [{"type": 0}], **wanted})
        setup.changed.append(f"created the event correlation {name}")
    elif [c.get("oldtag") for c in found[0]["filter"]["conditions"]] != [TAG]:
        setup.api("correlation.update", {"correlationid": found[0]["correlationid"], **wanted})
        setup.changed.append(f"updated the event correlation {name}")


def coordinates(setup):
    """The configuration's `location` comes with the discovery as macros; the geomap reads the inventory."""
    hosts = setup.api("host.get", {"groupids": [setup.group], "output": ["hostid", "host"], "selectMacros": ["macro", "value"],
                                   "selectInventory": ["location_lat", "location_lon"]})
    moved = 0
    for host in hosts:
        macros = {m["macro"]: m.get("value", "") for m in host["macros"]}
        place = {"location_lat": macros.get("{$KKT.LAT}", ""), "location_lon": macros.get("{$KKT.LON}", "")}
        have = host["inventory"] if isinstance(host["inventory"], dict) else {}
        if all(place.values()) and any(have.get(key, "") != value for key, value in place.items()):
            setup.api("host.update", {"hostid": host["hostid"], "inventory": place})
            moved += 1
    if moved:
        setup.changed.append(f"put coordinates into the inventory of {moved} hosts")


def services(setup):
    """A tree by the tag `city`: a city is as bad as its registers that cannot sell (tag sells: no)."""
    tags = setup.api("host.get", {"groupids": [setup.group], "output": ["hostid"], "selectTags": ["tag", "value"]})
    cities = sorted({t["value"] for host in tags for t in host["tags"] if t["tag"] == "city"})
    mark = [{"tag": "sla", "value": "kkt"}]
    ours = {"output": ["serviceid", "name"], "tags": [{**mark[0], "operator": 1}]}  # others may have services that are named like a city
    have = {s["name"]: s["serviceid"] for s in setup.api("service.get", ours)}
    root = have.get(ROOT_SERVICE[setup.i])
    if not root:
        root = setup.api.created("service.create", {"name": ROOT_SERVICE[setup.i], "algorithm": 1, "sortorder": 0, "tags": mark}, "serviceids")
        setup.changed.append(f"created the service {ROOT_SERVICE[setup.i]}")
    for n, city in enumerate(c for c in cities if c not in have):
        setup.api("service.create", {"name": city, "algorithm": 1, "sortorder": n, "parents": [{"serviceid": root}], "tags": mark,
                                     "problem_tags": [{"tag": "city", "operator": 0, "value": city}, {"tag": "sells", "operator": 0, "value": "no"}]})
        setup.changed.append(f"created the service {city}")


def autoregister(setup):
    """An agent whose HostMetadata holds `atol-kkt` becomes a host with the agent's template."""
    name = ACTION[setup.i]
    if setup.api("action.get", {"filter": {"name": [name]}, "output": ["actionid"]}):
        return
    agent = technical("agent", setup.language)
    template = setup.api.first("template.get", {"filter": {"host": [agent]}}, f"the template {agent}")["templateid"]
    setup.api("action.create", {
        "name": name, "eventsource": 2, "status": 0,
        "filter": {"evaltype": 0, "conditions": [{"conditiontype": 24, "operator": 2, "value": METADATA}]},
        "operations": [{"operationtype": 2}, {"operationtype": 4, "opgroup": [{"groupid": setup.group}]},
                       {"operationtype": 6, "optemplate": [{"templateid": template}]},
                       {"operationtype": 10, "opinventory": {"inventory_mode": 1}}]})
    setup.changed.append(f"created the action {name}: agents with HostMetadata={METADATA}")
