"""Real documents against docs/document.schema.json, judged by python3-jsonschema of the system.

The file lets unknown keys pass, as keys may be added. Here they must not: what the program prints, the schema names."""
import json
import os
import subprocess
import unittest

from harness import ROOT, ClosedPort, Emulator, default_state, run

SCHEMA = ROOT / "docs" / "document.schema.json"
GROUPS = "device,printer,shift,fn,ofd,faults,registration,counters,power,marking"
# In the python3 that the package belongs to: the suite may run under another one. One line a fault, on stdout.
VALIDATE = """
import json, sys
import jsonschema
schema, document = json.load(sys.stdin)
jsonschema.Draft202012Validator.check_schema(schema)
for fault in jsonschema.Draft202012Validator(schema).iter_errors(document):
    print("/".join(map(str, fault.absolute_path)) + ": " + fault.message[:300])
"""


def strict(schema):
    """The same schema with unknown keys forbidden wherever keys are listed."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(value) for key, value in schema.items()}
    return {**closed, "additionalProperties": False} if schema.get("type") == "object" else closed


def faults(document):
    schema = strict(json.loads(SCHEMA.read_text(encoding="utf-8")))
    done = subprocess.run(["/usr/bin/python3", "-c", VALIDATE], input=json.dumps([schema, document]), capture_output=True, text=True,
                          check=True, env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    return done.stdout.splitlines()


class Schema(unittest.TestCase):
    def holds(self, result, status, *states):
        document = result.document
        self.assertEqual(status, result.status, result.stdout)
        self.assertIn(document["state"], states, document["error"])
        self.assertEqual([], faults(document))
        return document

    def test_a_register_that_was_read_at_both_protocols(self):
        for protocol in (3, 5):
            with self.subTest(protocol=protocol), Emulator("--protocol", protocol) as kkt:
                document = self.holds(run("get", kkt.connect, "--groups", GROUPS), 0, "ok")
                self.assertGreater(sum(map(len, document["metrics"].values())), 80)

    def test_a_register_with_an_empty_state(self):
        for protocol in (3, 5):
            with self.subTest(protocol=protocol), Emulator("--protocol", protocol, state={}) as kkt:
                self.holds(run("get", kkt.connect), 0, "ok", "partial")

    def test_one_of_which_a_part_was_read(self):
        for protocol, fault in ((3, "error:91@A4-20"), (5, "error:>a@FN-20"), (3, "busy@91-39"), (5, "busy@11")):
            with self.subTest(protocol=protocol, fault=fault), Emulator("--protocol", protocol, "--fault", fault) as kkt:
                self.holds(run("get", kkt.connect), 0, "partial")

    def test_one_that_is_not_there(self):
        with ClosedPort() as address:
            self.holds(run("get", address), 1, "unreachable")

    def test_a_refused_command_line_and_an_unknown_name(self):
        for words in (("--no-such-option", "tcp://127.0.0.1:1"), ("--register=-oFILE", "--configured"), ()):
            with self.subTest(words=words):
                self.holds(run("get", *words), 2, "prerequisite")

    def test_the_schema_finds_what_no_document_may_be(self):
        with Emulator("--protocol", 5, state=default_state()) as kkt:
            good = run("get", kkt.connect).document

        def changed(**keys):
            return {**good, **keys}

        bad = {
            "no metrics in ok": {key: value for key, value in good.items() if key != "metrics"},
            "metrics in busy": changed(state="busy", error="The port is used."),
            "a failure without a sentence": changed(state="partial", error=""),
            "a sentence in ok": changed(error="Something."),
            "an unknown state": changed(state="fine"),
            "another schema": changed(schema=2),
            "null for a value": changed(metrics={"fn": {"days_left": None}}),
            "text for a number": changed(metrics={"fn": {"days_left": "20"}}),
            "a boolean of JSON": changed(metrics={"printer": {"paper_present": True}}),
            "no such day": changed(metrics={"fn": {"valid_until": ""}}),
            "an unknown metric": changed(metrics={"fn": {"colour": 1}}),
            "no health": {key: value for key, value in good.items() if key != "health"},
        }
        self.assertEqual([], faults(good))
        for name, document in bad.items():
            with self.subTest(name):
                self.assertNotEqual([], faults(document))
