"""What a real Kafka needs of the machine is said in a sentence, and only pinned jars are run."""

from pathlib import Path

import pytest

from sandbox import maven
from sandbox.kafka.apache import JARS
from sandbox.processes import PartFailedError


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder programs are found in."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return tmp_path


def _program(path: Path, says: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
    path.chmod(0o755)


def test_missing_java_says_what_to_install(programs: Path) -> None:
    """One sentence, with the command."""
    with pytest.raises(
        PartFailedError, match=r"^there is no java here; .*apt-get install openjdk-17-jre-headless maven"
    ):
        maven.java()


@pytest.mark.parametrize("says", ['openjdk version "11.0.2"', 'java version "1.8.0_292"', "no Java runtime present"])
def test_a_java_too_old_is_refused(programs: Path, says: str) -> None:
    """Also the old numbering, and the placeholder that some systems ship."""
    _program(programs / "java", says)
    with pytest.raises(PartFailedError, match="is not Java 17 or newer"):
        maven.java()


def test_java_home_comes_first(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As everywhere in the Java world."""
    _program(programs / "java", 'java version "1.8.0_292"')
    _program(programs / "home" / "bin" / "java", 'openjdk version "21" 2023-09-19')
    monkeypatch.setenv("JAVA_HOME", str(programs / "home"))
    assert maven.java() == programs / "home" / "bin" / "java"


def test_missing_maven_says_what_to_install(programs: Path, tmp_path: Path) -> None:
    """Only when something must be fetched."""
    _program(programs / "java", 'openjdk version "17.0.15"')
    with pytest.raises(PartFailedError, match=r"^there is no mvn here; "):
        maven.fetch_jars(_folder(tmp_path, pinned=""))


def test_other_jars_than_pinned_are_refused(programs: Path, tmp_path: Path) -> None:
    """A jar with other bytes, one that nobody pinned and one that did not come are named; nothing is stamped."""
    folder = _folder(tmp_path, pinned=f"{'0' * 64}  other.jar\n{'0' * 64}  absent.jar\n")
    _program(programs / "java", 'openjdk version "17.0.15"')
    mvn = programs / "mvn"
    mvn.write_text("#!/bin/sh\n/bin/mkdir jars; echo a > jars/other.jar; echo b > jars/new.jar\n")
    mvn.chmod(0o755)
    for _ in range(2):
        with pytest.raises(PartFailedError, match=r"absent\.jar, new\.jar, other\.jar$"):
            maven.fetch_jars(folder)


def test_the_pom_names_no_host() -> None:
    """Where jars come from is Maven's settings' affair."""
    assert "<repositor" not in (JARS / "pom.xml").read_text()
    assert "<pluginRepositor" not in (JARS / "pom.xml").read_text()


def _folder(tmp_path: Path, pinned: str) -> Path:
    folder = tmp_path / "part"
    folder.mkdir()
    (folder / "pom.xml").write_text("<project/>")
    (folder / "jars.sha256").write_text(pinned)
    return folder
