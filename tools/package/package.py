#!/usr/bin/env python3
"""The packages for Linux: package.py --cache FOLDER [--out FOLDER] [WHAT…]

WHAT is `deb`, `rpm`, `static`, or one of them with its processor (`deb-arm64`); all by default. Everything is built in a
Debian 11 root below the cache, with libuv, Jansson and libyaml inside the programs; unit tests run there too, under
qemu-user where the processor is another. The same sources give the same bytes: SOURCE_DATE_EPOCH is the changelog's date."""
import argparse
import email.utils
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))
import debroot  # noqa: E402
import sbom  # noqa: E402
import targets  # noqa: E402


class Failed(Exception):
    """A step that did not work, with what it said."""


def version():
    return re.search(r"^  version: '(.*)',", (ROOT / "meson.build").read_text(encoding="utf-8"), re.M).group(1)


def epoch():
    line = re.search(r"^ -- .*>  (.*)$", (ROOT / "packaging/debian/changelog").read_text(encoding="utf-8"), re.M)
    return int(email.utils.parsedate_to_datetime(line.group(1)).timestamp())


def copy_sources(to):
    """The files of the project as they are, with the modes of a fresh clone and one time."""
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                           capture_output=True, check=True).stdout.split(b"\0")
    for name in map(os.fsdecode, filter(None, names)):
        source, target = ROOT / name, to / name
        if not source.is_file():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(0o755 if os.access(source, os.X_OK) else 0o644)
    shutil.copytree(to / "packaging/debian", to / "debian")
    for path in sorted(to.rglob("*"), reverse=True):
        if path.is_dir():
            path.chmod(0o755)
        os.utime(path, (epoch(), epoch()))


def build_root(cache):
    """The Debian 11 root in which everything is built, made once."""
    base = debroot.pristine(cache, "bullseye")
    root = base and debroot.derived(cache, "package", base, (HERE / "root.sh").read_text(encoding="utf-8"))
    if not root:
        raise Failed("the Debian 11 root could not be made")
    return root


class Builder:
    def __init__(self, cache, out):
        self.cache, self.out = cache.resolve(), out.resolve()
        self.root = build_root(self.cache)
        subprocess.run(["bash", ROOT / "tools/sources.sh", self.cache / "windows"], check=True)
        self.out.mkdir(parents=True, exist_ok=True)
        self.built = {}

    def inside(self, work, script, *words, env=None, more=None):
        """A shell script in the root; /build is the work folder, /sources the libraries' sources."""
        binds = {work: "/build", self.cache / "windows": "/sources", **(more or {})}
        environment = {"SOURCE_DATE_EPOCH": str(epoch()), "TZ": "UTC", **(env or {})}
        done = debroot.run(self.root, ["sh", "-euc", script, "sh", *words], binds, environment, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT)
        if done.returncode:
            raise Failed(done.stdout[-4000:])
        return done.stdout

    def specs(self, target, work):
        """musl's specs, changed to link static programs that are position-independent."""
        if target.libc != "musl":
            return
        self.inside(work, (HERE / "musl_specs.sh").read_text(encoding="utf-8"), target.triplet)

    def libraries(self, target):
        recipe = b"".join((HERE / name).read_bytes() for name in ("libs.sh", "root.sh", "musl_specs.sh", "targets.py"))
        recipe += (ROOT / "tools/sources.sh").read_bytes()
        done = self.cache / f"package-libs-{target.name}-{hashlib.sha256(recipe).hexdigest()[:8]}"
        if done.exists():
            return done
        print(f"-- libraries for {target.name}", flush=True)
        with tempfile.TemporaryDirectory(prefix="zatol-libs-") as folder:
            work, prefix = pathlib.Path(folder), done.with_name(f"{done.name}.{os.getpid()}")
            self.specs(target, work)
            prefix.mkdir(parents=True)
            shutil.copy(HERE / "libs.sh", work / "libs.sh")
            compiler = f"{target.triplet}-gcc" + (" -specs=/build/musl.specs" if target.libc == "musl" else "")
            try:
                self.inside(work, 'sh /build/libs.sh "$@"', compiler, target.family, "/libs", target.flags, more={prefix: "/libs"})
            except Failed:
                shutil.rmtree(prefix, ignore_errors=True)
                raise
            return debroot.finish(prefix, done)

    def program(self, target):
        """The work folder of a target, built and tested once for all products that are made from it."""
        if target in self.built:
            return self.built[target]
        libraries = self.libraries(target)
        print(f"-- programs and unit tests for {target.name}", flush=True)
        work = pathlib.Path(tempfile.mkdtemp(prefix="zatol-package-"))
        self.built[target] = work
        copy_sources(work / "src")
        self.specs(target, work)
        (work / "cross.txt").write_text(target.meson, encoding="utf-8")
        script = "deb.sh" if target.libc == "gnu" else "static.sh"
        shutil.copy(HERE / script, work)
        said = self.inside(work, f'sh /build/{script} "$@"', target.arch, target.triplet, version(), target.machine,
                           more={libraries: "/libs"}, env={"PKG_CONFIG_LIBDIR": "/libs/lib/pkgconfig", **({"ZA_CROSS": "/build/cross.txt"} if target.qemu else {})})
        (work / "log").write_text(said, encoding="utf-8")
        return work

    def rpm(self, target):
        work = self.program(target)
        shutil.copy(HERE / "rpm.sh", work)
        self.inside(work, 'sh /build/rpm.sh "$@"', target.triplet, target.machine, version())

    def make(self, product):
        target = targets.PRODUCTS[product]
        work = self.program(target)
        if product.startswith("rpm"):
            self.rpm(target)
        pattern = {"deb": "*.deb", "rpm": "*.rpm", "sta": "*.tar.xz"}[product[:3]]
        found = [path for path in sorted(work.rglob(pattern)) if "-dbgsym" not in path.name]
        if not found:
            raise Failed(f"{product}: nothing was built")
        for path in found:
            shutil.copy(path, self.out)
            print(f"   {path.name} {path.stat().st_size} bytes", flush=True)

    def finish(self):
        for work in self.built.values():
            shutil.rmtree(work, ignore_errors=True)
        bill = self.out / f"zabbix-atol-{version()}.cdx.json"
        bill.write_text(sbom.text(version(), epoch(), self.cache / "windows/src"), encoding="utf-8")
        names = sorted(path for path in self.out.iterdir() if path.is_file() and path.name != "SHA256SUMS")
        sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in names)
        (self.out / "SHA256SUMS").write_text(sums, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/packages")
    parser.add_argument("what", nargs="*")
    args = parser.parse_args()
    try:
        products = targets.chosen(args.what)
    except KeyError as unknown:
        print(f"package: no package {unknown}; there are: deb, rpm, static, {', '.join(targets.PRODUCTS)}", file=sys.stderr)
        return 2
    if os.geteuid() != 0:
        print("package: the roots for the builds need root (chroot)", file=sys.stderr)
        return 1
    args.cache.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(args.out, ignore_errors=True)
    try:
        builder = Builder(args.cache, args.out)
        for product in products:
            builder.make(product)
        builder.finish()
    except Failed as failed:
        print(f"package: {failed}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
