"""Push with TLS and certificates, by the agent's own settings: zabbix_sender and a server that shows and asks for certificates.
A server with a certificate of somebody else gets nothing, nor does one that asks a certificate which this computer has not."""
import shutil
import ssl
import subprocess
import unittest

from harness import Emulator
from serving import Serve, wait_for
from test_serve import kkt
from trapper import Trapper


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def authority(folder, name):
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", f"{name}.key",
            "-out", f"{name}.crt", "-addext", "basicConstraints=critical,CA:TRUE")


def certificate(folder, name, signed_by):
    openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{signed_by}.crt", "-CAkey", f"{signed_by}.key", "-CAcreateserial",
            "-days", "2", "-out", f"{name}.crt")


class Certificates(unittest.TestCase):
    def setUp(self):
        if not shutil.which("openssl"):
            self.skipTest("needs openssl")
        self.kkt = Emulator()
        self.addCleanup(self.kkt.__exit__)
        self.serve = Serve([])
        self.addCleanup(self.serve.__exit__)
        self.folder = self.serve.folder
        for name in ("ours", "theirs"):
            authority(self.folder, name)
        for name, signed_by in (("server", "ours"), ("impostor", "theirs"), ("till", "ours"), ("stranger", "theirs")):
            certificate(self.folder, name, signed_by)

    def zabbix(self, name):
        """A server with that certificate, which wants one of ours of its client."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        context.load_verify_locations(self.folder / "ours.crt")
        context.verify_mode = ssl.CERT_REQUIRED
        trapper = Trapper(tls=context)
        self.addCleanup(trapper.close)
        return trapper

    def push(self, zabbix, client):
        agent = self.folder / "agent.conf"
        agent.write_text(f"ServerActive=127.0.0.1:{zabbix.port}\nHostname=x\nTLSConnect=cert\nTLSCAFile={self.folder}/ours.crt\n"
                         f"TLSCertFile={self.folder}/{client}.crt\nTLSKeyFile={self.folder}/{client}.key\n")
        self.serve.configure([kkt("a", self.kkt.connect)],
                             f"push: {{agent_config: {agent}, spool: {self.folder}/spool, interval: 1s}}")
        self.serve.start()

    def nothing_comes(self, zabbix):
        self.serve.wait_log("they are kept in the spool")
        self.serve.wait("_serve", lambda d: d["spool"]["length"] > 0)
        self.assertEqual([], zabbix.values)

    def test_values_arrive_at_the_server_of_our_authority(self):
        zabbix = self.zabbix("server")
        self.push(zabbix, "till")
        wait_for("values", lambda: zabbix.of("kkt.document"))

    def test_a_server_of_another_authority_gets_nothing(self):
        zabbix = self.zabbix("impostor")
        self.push(zabbix, "till")
        self.nothing_comes(zabbix)

    def test_a_client_of_another_authority_is_let_in_nowhere(self):
        zabbix = self.zabbix("server")
        self.push(zabbix, "stranger")
        self.nothing_comes(zabbix)


if __name__ == "__main__":
    unittest.main()
