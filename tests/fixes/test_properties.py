"""Properties after the fix, as the libraries that read them resolve them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fixes.corpus import Case, cases
from unleak.fixes.change import applied
from unleak.fixes.properties import move

SPRING = "/usr/share/maven-repo/org/springframework/spring-core/debian/spring-core-debian.jar"
LOG4J = "/usr/share/java/log4j-core.jar"
JARS = [SPRING, "/usr/share/java/commons-logging.jar", LOG4J, "/usr/share/java/log4j-api.jar"]
PROGRAM = """
import java.io.FileReader;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

class Show {
    public static void main(String[] args) throws Exception {
        Properties read = new Properties();
        try (FileReader file = new FileReader(args[1])) {
            read.load(file);
        }
        UnaryOperator<String> resolve = args[0].equals("spring")
            ? new org.springframework.core.env.StandardEnvironment()::resolveRequiredPlaceholders
            : new org.apache.logging.log4j.core.lookup.StrSubstitutor(
                new org.apache.logging.log4j.core.lookup.Interpolator())::replace;
        new TreeMap<>(read).forEach((key, value) -> System.out.println(key + " " + resolve.apply((String) value)));
    }
}
"""
RESOLVED = [
    case for case in cases() if case.language == "Properties" and not case.refused and "microprofile" not in case.file
]


def shown(case: Case, text: str, folder: Path, variables: dict[str, str]) -> str:
    (folder / "Show.java").write_text(PROGRAM, encoding="utf-8")
    (folder / "read.properties").write_text(text, encoding="utf-8", newline="")
    reader = "log4j" if "log4j" in case.file else "spring"
    done = subprocess.run(
        ["java", "-cp", ":".join(JARS), "Show.java", reader, "read.properties"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **variables},
        capture_output=True,
        timeout=300,
        check=False,
    )
    return done.stdout.decode() + str(done.returncode)


@pytest.mark.skipif(
    shutil.which("java") is None or not all(map(os.path.exists, JARS)), reason="Java, Spring or Log4j are not installed"
)
@pytest.mark.parametrize("case", RESOLVED, ids=str)
def test_the_library_reads_what_it_read_before(case: Case, tmp_path: Path) -> None:
    moved = move(case.source(), case.secrets)
    text = applied(case.text, moved.changes)
    before = shown(case, case.text, tmp_path, {})
    assert before.endswith("0")
    assert shown(case, text, tmp_path, dict(moved.values)) == before
    assert shown(case, text, tmp_path, {}) != before
