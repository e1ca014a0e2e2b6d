"""Caches of the Zabbix server by its own statistics: items and triggers of the collector's host, and what the setup tool says of them.

A server whose CacheSize or HistoryIndexCacheSize is used up stops: docs/zabbix.md, Costs and caches.
"""
from typing import NamedTuple


class Cache(NamedTuple):
    key: str            # internal item: per cent used
    name: str           # in zabbix_server.conf
    severity: str       # HIGH: the server stops when nothing is left


CACHES = (Cache("zabbix[rcache,buffer,pused]", "CacheSize", "HIGH"), Cache("zabbix[wcache,index,pused]", "HistoryIndexCacheSize", "HIGH"),
          Cache("zabbix[wcache,history,pused]", "HistoryCacheSize", "AVERAGE"), Cache("zabbix[wcache,trend,pused]", "TrendCacheSize", "HIGH"),
          Cache("zabbix[vcache,buffer,pused]", "ValueCacheSize", "WARNING"))
FULL = 75  # per cent
MACROS = {
    "{$KKT.CACHE.INTERVAL}": ("1m", "How often Zabbix's own caches are looked at.", "Как часто смотреть кеши самого Zabbix."),
    "{$KKT.CACHE.PUSED.MAX}": (str(FULL), "Per cent of a cache of Zabbix in use.", "Занятость кеша Zabbix, процентов."),
}


def item(t, cache):
    """What the server does not tell (a proxy has no value cache) gives no value."""
    text = ("Zabbix: {} in use", "Zabbix: занято {}")[t.i].format(cache.name)
    about = ("How full this cache of Zabbix is, by its own statistics.", "Насколько занят этот кеш Zabbix, по его собственным данным.")[t.i]
    return {"uuid": t.id("item", cache.key), "name": text, "type": "INTERNAL", "key": cache.key, "delay": "{$KKT.CACHE.INTERVAL}", "history": "30d",
            "value_type": "FLOAT", "units": "%", "description": about,
            "preprocessing": [{"type": "CHECK_NOT_SUPPORTED", "parameters": ["-1" if t.new else ""]}],
            "tags": [{"tag": "component", "value": "zabbix"}]}


def trigger(t, cache):
    """The highest of the last minutes counts: a burst is what fills a cache."""
    used = f"{{?floor(last(/{{HOST.HOST}}/{cache.key}))}}"
    return {"uuid": t.id("trigger", cache.key), "expression": f"max(/{t.name}/{cache.key},{{$KKT.SERVE.WINDOW}})>{{$KKT.CACHE.PUSED.MAX}}",
            "name": (f"Zabbix: {cache.name} is nearly full", f"Zabbix: {cache.name} почти занят")[t.i],
            "event_name": (f"Zabbix: {cache.name} is {used} % used. Raise it in zabbix_server.conf, restart the server",
                           f"Zabbix: {cache.name} занят на {used} %. Увеличьте его в zabbix_server.conf, перезапустите сервер")[t.i],
            "opdata": "{ITEM.LASTVALUE1}", "priority": cache.severity,
            "description": ("docs/zabbix.md of zabbix-atol, Costs and caches, has the sizes by the number of registers.",
                            "Размеры по числу касс: docs/zabbix.ru.md проекта zabbix-atol, «Нагрузка на Zabbix и размеры кешей».")[t.i],
            "tags": [{"tag": "subject", "value": "Zabbix"}, {"tag": "who", "value": "it"}]}


def short_caches(api):
    """Sentences about the caches that are nearly full."""
    names = {cache.key: cache.name for cache in CACHES}
    items = api("item.get", {"filter": {"key_": list(names)}, "monitored": True, "output": ["key_", "lastvalue", "lastclock"]})
    used = {}
    for found in items:
        if found["lastclock"] != "0":
            used[found["key_"]] = max(float(found["lastvalue"]), used.get(found["key_"], 0))
    for key, name in names.items():
        if used.get(key, 0) > FULL:
            yield (f"warning: {used[key]:.0f} % of the server's {name} are used: raise it in zabbix_server.conf before you add registers (docs/zabbix.md, "
                   "Costs and caches)")
