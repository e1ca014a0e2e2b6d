"""What bash offers after `zabbix-atol`: it comes from the program's own --help."""
import os
import subprocess
import unittest

import harness

FILE = harness.ROOT / "packaging/completion/zabbix-atol.bash"


def offered(*words):
    """The completions of the last word."""
    script = ('source "$1"; shift; COMP_WORDS=(zabbix-atol "$@"); COMP_CWORD=$#; _zabbix_atol; printf "%s\\n" "${COMPREPLY[@]}"')
    path = f"{harness.program().parent}:{os.environ['PATH']}"
    done = subprocess.run(["bash", "-c", script, "bash", FILE, *words], env={**os.environ, "PATH": path}, capture_output=True,
                          text=True, check=True)
    return done.stdout.split()


class Completion(unittest.TestCase):
    def test_commands(self):
        self.assertLessEqual({"get", "show", "serve", "discover", "check", "metrics"}, set(offered("")))
        self.assertEqual(offered("sho"), ["show"])

    def test_options_of_a_command(self):
        self.assertLessEqual({"--format", "--groups", "--timeout", "--output", "-o"}, set(offered("get", "-")))
        self.assertNotIn("--format", offered("serve", "-"))

    def test_choices_of_an_option(self):
        self.assertEqual(set(offered("get", "--format", "")), {"json", "seed", "prometheus"})

    def test_addresses(self):
        self.assertIn("tcp://", offered("get", ""))
