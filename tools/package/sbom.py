"""CycloneDX 1.5: what is linked into the programs, from Debian's .dsc files. The same sources give the same bytes."""
import hashlib
import json
import re
import time
import uuid

LICENCES = {"libuv1": "MIT", "jansson": "MIT", "libyaml": "MIT"}


def _component(dsc):
    text = dsc.read_text(encoding="utf-8")
    name = re.search(r"^Source: (.*)$", text, re.M).group(1)
    if name not in LICENCES:
        return None
    full = re.search(r"^Version: (.*)$", text, re.M).group(1)
    origin = re.search(r"^ ([0-9a-f]{64}) \d+ (\S+orig\.tar\.\S+)$", text, re.M).group(1)
    return {"type": "library", "bom-ref": f"deb:{name}", "name": name, "version": full, "scope": "required",
            "licenses": [{"license": {"id": LICENCES[name]}}], "hashes": [{"alg": "SHA-256", "content": origin}],
            "purl": f"pkg:deb/debian/{name}@{full}?arch=source"}


def text(version, epoch, sources):
    components = [found for found in map(_component, sorted(sources.glob("*.dsc"))) if found]
    if len(components) != len(LICENCES):
        raise ValueError(f"{sources}: of {sorted(LICENCES)} only {[c['name'] for c in components]} are there")
    program = {"type": "application", "bom-ref": "zabbix-atol", "name": "zabbix-atol", "version": version,
               "licenses": [{"license": {"id": "MIT"}}], "purl": f"pkg:generic/zabbix-atol@{version}"}
    bill = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
            "metadata": {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch)), "component": program},
            "components": components, "dependencies": [{"ref": "zabbix-atol", "dependsOn": [c["bom-ref"] for c in components]}]}
    bill["serialNumber"] = "urn:uuid:" + str(uuid.uuid5(uuid.NAMESPACE_URL, hashlib.sha256(json.dumps(bill).encode()).hexdigest()))
    return json.dumps(bill, indent=1, ensure_ascii=False) + "\n"
