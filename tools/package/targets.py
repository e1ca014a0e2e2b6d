"""THE table of what is built: one row a target. Names of processors differ by who names them."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Target:
    arch: str          # Debian's name
    libc: str          # gnu: .deb and .rpm; musl: static archives
    triplet: str       # of the compiler
    machine: str       # in names of .rpm and archives
    family: str        # Meson's cpu_family
    qemu: str          # runs its programs; "" for this processor
    flags: str = ""

    @property
    def name(self):
        return f"{self.arch}-{self.libc}"

    @property
    def meson(self):
        """A cross file: for dh it only adds what dh does not know."""
        lines = ["[binaries]"]
        if self.qemu:
            root = f", '-L', '/usr/{self.triplet}'" if self.libc == "gnu" else ""  # where the C library is
            lines.append(f"exe_wrapper = ['/usr/bin/qemu-{self.qemu}-static'{root}]")
        lines.append("pkgconfig = 'pkg-config'")
        if self.libc == "musl":
            lines += [f"c = ['{self.triplet}-gcc', '-specs=/build/musl.specs']", f"ar = '{self.triplet}-ar'",
                      f"strip = '{self.triplet}-strip'", "[host_machine]", "system = 'linux'", f"cpu_family = '{self.family}'",
                      f"cpu = '{self.machine}'", "endian = 'little'", "[properties]", f"needs_exe_wrapper = {'true' if self.qemu else 'false'}"]
        return "\n".join(lines) + "\n"


TARGETS = [
    Target("amd64", "gnu", "x86_64-linux-gnu", "x86_64", "x86_64", "", "-fcf-protection"),
    Target("arm64", "gnu", "aarch64-linux-gnu", "aarch64", "aarch64", "aarch64"),
    Target("armhf", "gnu", "arm-linux-gnueabihf", "armhf", "arm", "arm"),
    Target("amd64", "musl", "x86_64-linux-gnu", "x86_64", "x86_64", "", "-fcf-protection"),
    Target("arm64", "musl", "aarch64-linux-gnu", "aarch64", "aarch64", "aarch64"),
    Target("armel", "musl", "arm-linux-gnueabi", "armel", "arm", "arm"),
]
# What a person names on the command line, and what it is made from.
PRODUCTS = {f"deb-{t.arch}": t for t in TARGETS if t.libc == "gnu"}
PRODUCTS |= {f"rpm-{t.machine}": t for t in TARGETS if t.libc == "gnu" and t.arch != "armhf"}
PRODUCTS |= {f"static-{t.machine}": t for t in TARGETS if t.libc == "musl"}


def chosen(words):
    """The products that words like `deb`, `rpm-aarch64` name; KeyError for a word that names none."""
    found = []
    for word in words or ["deb", "rpm", "static"]:
        names = [name for name in PRODUCTS if name == word or name.startswith(word + "-")]
        if not names:
            raise KeyError(word)
        found += [name for name in names if name not in found]
    return found
