"""llama.cpp for any processor of a platform: a wheel of llama-cpp-python, compiled once and kept.

`python llama.py` prints where the wheel is. Its library holds what unleak asks for and nothing else; the computing
part comes in several variants, of which llama.cpp loads the best that the processor can run.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

import locked
from content import digest_of

NAME = "llama-cpp-python"
FLAGS = (
    "-DCMAKE_BUILD_TYPE=Release",
    "-DCMAKE_PLATFORM_NO_VERSIONED_SONAME=ON",  # wheels hold no links: each library would come three times
    "-DCMAKE_BUILD_WITH_INSTALL_RPATH=ON",
    f"-DCMAKE_INSTALL_RPATH={'@loader_path' if sys.platform == 'darwin' else '$ORIGIN'}",
    "-DBUILD_SHARED_LIBS=ON",
    "-DGGML_NATIVE=OFF",
    "-DGGML_BACKEND_DL=ON",
    "-DGGML_CPU_REPACK=OFF",  # unleak switches it off at run time
    "-DGGML_METAL=OFF",
    "-DGGML_BLAS=OFF",
    "-DGGML_CCACHE=OFF",
    *(f"-DLLAMA_BUILD_{part}=OFF" for part in "COMMON TESTS TOOLS EXAMPLES SERVER APP".split()),
    "-DLLAMA_CURL=OFF",
    "-DLLAMA_OPENSSL=OFF",
    *(["-DGGML_OPENMP=OFF"] if sys.platform == "win32" else []),  # its library is not on every Windows
)
_X86 = "x64 sse42 sandybridge haswell cascadelake"
_VARIANTS = {
    ("linux", "x86_64"): _X86,
    ("win32", "x86_64"): _X86,
    ("darwin", "x86_64"): _X86,
    ("darwin", "arm64"): "apple_m1 apple_m2_m3 apple_m4",
    ("linux", "arm64"): "armv8.0_1 armv8.2_1 armv8.2_2 armv8.6_1",
}
"""The first of each runs everywhere. Further ones that llama.cpp knows are hardly quicker with so small a network."""

_MACHINES = {"amd64": "x86_64", "x64": "x86_64", "aarch64": "arm64"}
_FORM = "1"  # of the wheel; to be counted up where this file fills it in another way
_EPOCH = (1980, 1, 1, 0, 0, 0)


def variants() -> list[str]:
    machine = platform.machine().lower()
    known = _VARIANTS.get((sys.platform, _MACHINES.get(machine, machine)))
    if known is None:
        raise SystemExit(f"No variants of llama.cpp are named for {sys.platform} on {machine}: add them to {__file__}.")
    return known.split()


def wheel() -> Path:
    """The wheel, compiled where none is kept for this version, these flags and this platform."""
    lines = locked.locked([NAME])
    key = digest_of([], _FORM, lines, *FLAGS, *variants(), sysconfig.get_platform())  # for any Python 3
    kept = Path(os.environ.get("UNLEAK_WHEELS") or Path.home() / ".cache" / "unleak" / "wheels").absolute() / key
    if found := sorted(kept.glob("*.whl")):
        return found[0]
    print("Compiling llama.cpp, which takes some minutes …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="unleak-llama-") as name:
        made = _compiled(Path(name), lines)
        kept.mkdir(parents=True, exist_ok=True)
        half = kept / f"{made.name}.{os.getpid()}"
        shutil.copyfile(made, half)
        half.replace(kept / made.name)
    return kept / made.name


def _compiled(work: Path, lines: str) -> Path:
    source = _source(work, lines)
    pip("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(work), str(source),
        "--config-settings=cmake.define.LLAMA_BUILD=OFF", "--config-settings=cmake.define.LLAVA_BUILD=OFF")  # fmt: skip
    (bare,) = work.glob("*.whl")
    vendored = source / "vendor" / "llama.cpp"
    computing = [f"ggml-cpu-{variant}" for variant in variants()]
    # Two builds: in one, the library would depend on all variants that there are.
    libraries = [
        *_built(vendored, work / "variants", ["-DGGML_CPU_ALL_VARIANTS=ON"], computing),
        *_built(vendored, work / "llama", ["-DGGML_CPU=OFF"], ["ggml-base", "ggml", "llama"]),
    ]
    licence = (vendored / "LICENSE").read_bytes()
    return _filled(bare, work / "filled", libraries, licence)


def _source(work: Path, lines: str) -> Path:
    asked = work / "asked.txt"
    asked.write_text(lines, encoding="utf-8")
    pip("download", "--quiet", "--no-deps", "--no-build-isolation", "--no-binary=:all:", "--require-hashes",
        "--dest", str(work), "--requirement", str(asked))  # fmt: skip
    (archive,) = work.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        if sys.version_info >= (3, 12):
            packed.extractall(work / "source", filter="data")
        else:
            packed.extractall(work / "source")
    (source,) = (work / "source").iterdir()
    return source


def _built(source: Path, folder: Path, more: Iterable[str], targets: list[str]) -> list[Path]:
    """The libraries of these names."""
    generator = [] if sys.platform == "win32" else ["-G", "Ninja"]
    jobs = str(os.cpu_count() or 2)
    configure = [_tool("cmake"), "-S", source, "-B", folder, *generator, *FLAGS, *more]
    build = [_tool("cmake"), "--build", folder, "--config", "Release", "--parallel", jobs, "--target", *targets]
    for command in (configure, build):
        subprocess.run(command, check=True, stdout=sys.stderr)
    found = []
    for target in targets:
        names = {f"{before}{target}{end}" for before in ("", "lib") for end in (".so", ".dylib", ".dll")}
        found.append(next(path for path in sorted(folder.rglob("*")) if path.name in names))
    return found


def _tool(name: str) -> str:
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else name


def _filled(bare: Path, folder: Path, libraries: Iterable[Path], licence: bytes) -> Path:
    """The wheel with libraries in it."""
    folder.mkdir()
    rows: list[tuple[str, str, int | str]] = []
    target = folder / bare.name
    with zipfile.ZipFile(bare) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        record = next(name for name in old.namelist() if name.endswith(".dist-info/RECORD"))
        contents = {name: old.read(name) for name in old.namelist() if name != record and not name.endswith("/")}
        contents[record.replace("RECORD", "licenses/llama.cpp/LICENSE")] = licence
        contents |= {f"llama_cpp/lib/{library.name}": library.read_bytes() for library in libraries}
        for name, data in sorted(contents.items()):
            _put(new, name, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            rows.append((name, f"sha256={digest}", len(data)))
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows([*rows, (record, "", "")])
        _put(new, record, text.getvalue().encode())
    return target


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (0o100755 if "/lib/" in name else 0o100644) << 16
    archive.writestr(entry, data)


def pip(*arguments: str) -> None:
    """Run this Python's pip; what it says goes to standard error."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True, stdout=sys.stderr, env={**os.environ, "PATH": path})


if __name__ == "__main__":
    print(wheel())
