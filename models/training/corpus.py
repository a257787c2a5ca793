"""Makes the folder of ordinary project files that the judge learns from.

    python models/training/corpus.py --out DIR --archives FOLDER… [--download]   # rebuild by packages.tsv
    python models/training/corpus.py --out DIR --choose FOLDER…                  # choose anew, from archives at hand

`packages.tsv` pins every archive by its sha256. Archives come from the `--archives` folders; one that is in none of
them is asked of its registry only with `--download`, by name and version through that registry's own client (pip,
npm, apt-get; wheels with machine code need the Linux and the Python in their name). Nothing of a package is ever
run: only wheels, packed npm archives and Debian packages are taken, and they are only unpacked. What is kept of a
package goes to `DIR/files/<registry>/<name>-<version>/…`. Licences: see `PERMISSIVE`.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import logging
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath

LIST = Path(__file__).with_name("packages.tsv")
FILE_LIMIT = 200_000
CODE_FILES, CODE_BYTES = 60, 500_000
OTHER_FILES, OTHER_BYTES = 600, 5_000_000
ARCHIVE_LIMIT = 400_000_000
UNPACKED_LIMIT = 600_000_000

REGISTRIES = {".whl": "pypi", ".tgz": "npm", ".deb": "debian"}
PERMISSIVE = frozenset(("MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "0BSD"))
"""SPDX identifiers that a package may be under. An `AND` needs all of its parts here, an `OR` one of them."""

_SPOKEN = (
    (re.compile(r"\bmit\b", re.I), "MIT"),
    (re.compile(r"\bapache\b(?!.{0,40}\b1\.)", re.I), "Apache-2.0"),
    (re.compile(r"\bbsd[- ]?2|\b2-clause|simplified bsd", re.I), "BSD-2-Clause"),
    (re.compile(r"\b0bsd\b|zero-clause", re.I), "0BSD"),
    (re.compile(r"\bbsd\b", re.I), "BSD-3-Clause"),
    (re.compile(r"\bisc\b", re.I), "ISC"),
)
_OTHER_TERMS = re.compile(
    r"GNU (?:LESSER |AFFERO |LIBRARY )?GENERAL PUBLIC|Mozilla Public|\b[AL]?GPL(?:v?[23]|-[23])|Server Side Public|"
    r"Business Source|Elastic License|Commons Clause|Eclipse Public|Creative Commons|\bCC[- ]BY|"
    r"PYTHON SOFTWARE FOUNDATION|"
    r"All rights reserved\. (?:Proprietary|Confidential)|Sustainable Use|Enterprise (?:Edition )?License|EULA",
    re.I,
)
_HEADER_TERMS = re.compile(
    r"GNU (?:Lesser |Affero |Library )?General Public|Mozilla Public License|"
    r"SPDX-License-Identifier:\s*\(?(?:[AL]?GPL|MPL|CC-|EPL|PSF)|"
    r"Creative Commons|proprietary and confidential",
    re.I,
)
_GENERATED = re.compile(r"do not edit|@generated|\bauto-?generated|\bgenerated (?:by|from)", re.I)
_LICENCE_NAME = re.compile(r"^(?:un)?(?:licen[cs]e|copying|notice)s?\b", re.I)
_VENDORED = re.compile(
    r"(?:^|/)(?:node_modules|bower_components|_?vendor(?:ed)?|third[_-]?party|thirdparty|external|extern|"
    r"__pycache__|locales?|static|dist-web|\.git)/|\.dist-info/|\.data/|\.egg-info/",
    re.I,
)
_BULKY = re.compile(
    r"\.(?:map|snap|lock|po|svg|csv|tsv|ipynb|css|scss|sass|less|woff2?|pyi|d\.[cm]?ts|xsd|dtd|ai|eps|log|geojson|jsonl|"
    r"cuh?|cl|hpp|hxx|cxx|inl|h|inc|pxd|f90|f|def|td|afm|tab|dat|mplstyle|list|PAR|krn|abc|gfs|scl|avsc|zi|out|rda|rds|ecsv|bib|orig|xslt?|sty|glade|pem\.sig)$|[.-]min\.(?:[cm]?js|css|html)$|"
    r"_pb2(?:_grpc)?\.py$|(?:bundle|chunk)[^/]*\.js$",
    re.I,
)
_LOCK = re.compile(r"(?:^|/)(?:package-lock\.json|yarn\.lock|pnpm-lock\.yaml|poetry\.lock|[^/]*\.lock)$", re.I)
_CODE = frozenset((".py", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".mts", ".cts"))
_TELLING = re.compile(
    r"(?:^|/)(?:tests?|__tests__|spec|fixtures?|examples?|samples?|docs?|templates?|demos?|starters?|config|settings|"
    r"deploy|conf|cookbook|example_dags)(?:/|[._-])|(?:^|/)\.env|auth|secret|credential|token|connect|client|login",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Package:
    """One pinned archive: a row of `packages.tsv`. Sizes in bytes."""

    registry: str
    name: str
    version: str
    licence: str
    archive: str
    sha256: str
    files: int
    bytes: int

    @property
    def folder(self) -> str:
        return f"{self.registry}/{self.name.lstrip('@').replace('/', '-')}-{self.version.replace(':', '-')}"


class UnusableError(Exception):
    """An archive that may not be used or cannot be had, with the reason."""


def members(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Regular files of an archive, as safe relative posix paths; at most `UNPACKED_LIMIT` bytes.

    Links, devices, absolute paths and paths with `..` are left out, and so are files above `FILE_LIMIT`.
    """
    total = 0
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for info in wheel.infolist():
                kind = info.external_attr >> 28
                if kind in (0, 8) and _safe(info.filename) and info.file_size <= FILE_LIMIT:
                    total += info.file_size
                    if total > UNPACKED_LIMIT:
                        return
                    yield info.filename, wheel.read(info)
        return
    if archive.suffix == ".deb":
        command = ["dpkg-deb", "--fsys-tarfile", str(archive)]
        done = subprocess.run(command, capture_output=True, timeout=600, check=False)
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as packed:
            yield from _tar_members(packed, "./usr/share/")
        return
    with tarfile.open(archive, "r|gz") as packed:
        yield from _tar_members(packed, "package/")


def _tar_members(packed: tarfile.TarFile, prefix: str) -> Iterator[tuple[str, bytes]]:
    total = 0
    for entry in packed:
        total += entry.size
        if total > UNPACKED_LIMIT:
            return
        if entry.isreg() and _safe(entry.name) and entry.size <= FILE_LIMIT:
            stream = packed.extractfile(entry)
            if stream is not None:
                name = entry.name.removeprefix(prefix)
                yield (name if name != entry.name else entry.name.partition("/")[2]), stream.read()


def _safe(name: str) -> bool:
    path = PurePosixPath(name)
    return (
        not path.is_absolute()
        and ".." not in path.parts
        and "\\" not in name
        and "\0" not in name
        and not name.endswith("/")
        and len(name) < 240
        and all(len(part) < 120 for part in path.parts)
    )


def licence_of(stated: str) -> str:
    """The SPDX expression of a package's own statement, if it is permissive; `UnusableError` otherwise."""
    text = stated.strip().strip("()")
    if not text:
        raise UnusableError("no licence stated")
    if re.search(r"\bOR\b", text):
        for part in re.split(r"\s+OR\s+", text):
            if part.strip("() ") in PERMISSIVE:
                return part.strip("() ")
        raise UnusableError("licence not permissive")
    parts = [part.strip("() ") for part in re.split(r"\s+AND\s+", text)]
    if all(part in PERMISSIVE for part in parts):
        return " AND ".join(sorted(set(parts)))
    if len(text) > 100 or _OTHER_TERMS.search(text) or re.search(r"GPL|MPL|PSF|Python Software|propriet", text, re.I):
        raise UnusableError("licence not permissive")
    for pattern, name in _SPOKEN:
        if pattern.search(text):
            return name
    raise UnusableError("licence not permissive")


def described(archive: Path, contents: dict[str, bytes]) -> tuple[str, str, str]:
    """Name, version and licence that the archive states of itself; `UnusableError` where they do not allow its use."""
    read = {".whl": _of_wheel, ".tgz": _of_npm, ".deb": _of_deb}[archive.suffix]
    name, version, licence = read(archive, contents)
    for path, data in contents.items():
        if _LICENCE_NAME.match(PurePosixPath(path).name) and _OTHER_TERMS.search(data.decode("utf-8", "replace")):
            raise UnusableError("a licence file has other terms")
    return name, version, licence


def _of_wheel(archive: Path, contents: dict[str, bytes]) -> tuple[str, str, str]:
    found = [name for name in contents if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)]
    if not found:
        raise UnusableError(f"no metadata in {archive.name}")
    meta = HeaderParser().parsestr(contents[found[0]].decode("utf-8", "replace"))
    stated = str(meta.get("License-Expression") or "")
    if not stated:
        lines = [str(line) for line in meta.get_all("Classifier") or [] if str(line).startswith("License ::")]
        classified = [line.rpartition("::")[2].strip() for line in lines if not line.endswith("OSI Approved")]
        for line in classified:
            licence_of(line)
        short = str(meta.get("License") or "").strip()
        usable = 0 < len(short) <= 100 and "\n" not in short and "://" not in short
        stated = short if usable and not re.match(r"licen[cs]e\b", short, re.I) else (classified or [""])[0]
    return str(meta["Name"]), str(meta["Version"]), licence_of(stated)


def _of_npm(archive: Path, contents: dict[str, bytes]) -> tuple[str, str, str]:
    try:
        package = json.loads(contents.get("package.json", b"{}"))
    except ValueError as error:
        raise UnusableError(f"no metadata in {archive.name}") from error
    name, version, stated = package.get("name"), package.get("version"), package.get("license")
    if not (isinstance(name, str) and isinstance(version, str) and isinstance(stated, str)):
        raise UnusableError("no licence stated")
    return name, version, licence_of(stated)


def _of_deb(archive: Path, contents: dict[str, bytes]) -> tuple[str, str, str]:
    name, version, *_ = archive.name.replace("%3a", ":").split("_")
    text = contents.get(f"doc/{name}/copyright", b"").decode("utf-8", "replace")
    under: set[str] = set()
    for stanza in re.split(r"\n\s*\n", text):
        stated = re.search(r"^License:[ \t]*(\S[^\n]*)", stanza, re.M)
        if stated and re.match(r"\s*Files:", stanza) and not re.match(r"\s*Files:\s*debian/\S*\s*\n[A-Z]", stanza):
            for short in re.split(r"\s+and\s+", stated[1].strip()):
                under.add(licence_of(re.sub(r"^Expat$", "MIT", short)))
    if not under:
        raise UnusableError("no licence stated")
    return name, version, " AND ".join(sorted(under))


def wanted(path: str, data: bytes) -> bool:
    """Whether a file reads like text that a person wrote in a project: UTF-8, short lines, not generated."""
    if not 40 <= len(data) <= FILE_LIMIT or _VENDORED.search(path) or _BULKY.search(path):
        return False
    if _LOCK.search(path) or _LICENCE_NAME.match(PurePosixPath(path).name) or b"\0" in data:
        return False
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    lines = text.splitlines()
    if sum(len(line) for line in lines if len(line) > 2000) * 3 > len(text) or len(text) > 250 * len(lines):
        return False
    if PurePosixPath(path).suffix.lower() in (".json", ".txt", ".xml", ".html") and len(data) > 40_000:
        return False
    head = text[:1500]
    return not (_GENERATED.search(head[:600]) or _HEADER_TERMS.search(head))


def chosen(package: str, contents: dict[str, bytes]) -> list[str]:
    """The paths to keep: what tells most first (tests, examples, credentials), then by an order fixed by the names.

    Python and JavaScript are bounded by `CODE_FILES` and `CODE_BYTES`, everything else by `OTHER_FILES` and
    `OTHER_BYTES`: packages are mostly code, projects are not.
    """

    def order(path: str) -> tuple[bool, str]:
        return _TELLING.search(path) is None, hashlib.sha256(f"{package}/{path}".encode()).hexdigest()

    kept: list[str] = []
    files = {True: CODE_FILES, False: OTHER_FILES}
    room = {True: CODE_BYTES, False: OTHER_BYTES}
    for path in sorted((path for path, data in contents.items() if wanted(path, data)), key=order):
        code = PurePosixPath(path).suffix.lower() in _CODE
        if files[code] and len(contents[path]) <= room[code]:
            kept.append(path)
            files[code] -= 1
            room[code] -= len(contents[path])
    return kept


def unpack(archive: Path, out: Path) -> Package:
    """Writes the chosen files of `archive` under `out`/files; `UnusableError` if it has none or its licence bars it."""
    if archive.stat().st_size > ARCHIVE_LIMIT:
        raise UnusableError("archive too large")
    contents = dict(members(archive))
    name, version, licence = described(archive, contents)
    kept = chosen(name, contents)
    if not kept:
        raise UnusableError("no file worth keeping")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    total = sum(len(contents[path]) for path in kept)
    package = Package(REGISTRIES[archive.suffix], name, version, licence, archive.name, digest, len(kept), total)
    folder = out / "files" / package.folder
    shutil.rmtree(folder, ignore_errors=True)
    for path in kept:
        target = folder / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(contents[path])
        except OSError as error:
            logging.info("left out a file of %s: %s", name, error.strerror)
    return package


def fetch(package: Package, folder: Path) -> Path:
    """Downloads the pinned archive into `folder`, running nothing of it; `UnusableError` says what to do next."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        pin = f"{package.name}=={package.version}"
        command = {
            "pypi": [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", pin],
            "debian": ["apt-get", "download", "-q", f"{package.name}={package.version}"],
            "npm": ["npm", "pack", "--ignore-scripts", "--silent", f"{package.name}@{package.version}"],
        }[package.registry]
        done = subprocess.run(command, cwd=scratch, capture_output=True, timeout=600, check=False)
        got = sorted(Path(scratch).iterdir())
        if done.returncode or len(got) != 1:
            raise UnusableError(f"not to be had as {pin}; try again later, or drop its row")
        return got[0].replace(folder / package.archive)


def rebuild(out: Path, archives: list[Path], download: bool) -> int:
    """Unpacks every row of `packages.tsv` that is not there yet; the count of rows that failed."""
    cache = out / "archives"
    cache.mkdir(parents=True, exist_ok=True)
    failed = 0
    for package in read_list():
        if (out / "files" / package.folder).is_dir():
            continue
        try:
            known = [folder / package.archive for folder in (*archives, cache)]
            archive = next((path for path in known if path.is_file()), None)
            if archive is None and not download:
                raise UnusableError("in no --archives folder; add the folder that has it, or --download")
            archive = archive or fetch(package, cache)
            if hashlib.sha256(archive.read_bytes()).hexdigest() != package.sha256:
                raise UnusableError("its sha256 is not the pinned one; remove the archive and try again")
            unpack(archive, out)
        except (UnusableError, OSError, subprocess.TimeoutExpired, tarfile.TarError, zipfile.BadZipFile) as error:
            failed += 1
            logging.warning("%s %s %s: %s", package.registry, package.name, package.version, error)
    return failed


def choose(out: Path, archives: list[Path]) -> list[Package]:
    """Unpacks what may be used of the archives in the given folders, one version of each package."""
    found: dict[tuple[str, str], Package] = {}
    for archive in sorted(path for folder in archives for path in folder.iterdir()):
        if archive.suffix not in REGISTRIES:
            continue
        try:
            package = unpack(archive, out)
        except (UnusableError, OSError, tarfile.TarError, zipfile.BadZipFile) as error:
            logging.info("%s: %s", archive.name, error)
            continue
        before = found.get((package.registry, package.name))
        if before is not None and before.version != package.version:
            shutil.rmtree(out / "files" / before.folder)
        found[package.registry, package.name] = package
    return [found[key] for key in sorted(found)]


def read_list(path: Path = LIST) -> list[Package]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            Package(**{**row, "files": int(row["files"]), "bytes": int(row["bytes"])})
            for row in csv.DictReader(stream, delimiter="\t")
        ]


def write_list(packages: list[Package], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
        writer.writerow(field.name for field in fields(Package))
        writer.writerows(astuple(package) for package in packages)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--archives", type=Path, nargs="*", default=[], help="folders that may hold pinned archives")
    parser.add_argument("--download", action="store_true", help="ask the registries for what the folders lack")
    parser.add_argument("--choose", type=Path, nargs="+", metavar="FOLDER", help="choose anew from these folders")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(filename=options.out / "corpus.log", level=logging.INFO, format="%(message)s")
    if options.choose:
        packages = choose(options.out, options.choose)
        write_list(packages, options.out / "packages.tsv")
        print(len(packages), "packages,", sum(package.bytes for package in packages), "bytes")
        return 0
    failed = rebuild(options.out, options.archives, options.download)
    print(failed, "packages failed" if failed else "packages failed: the corpus is complete")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
