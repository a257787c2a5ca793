"""Bundles that go to a repository of a team, and come back: the client of a Hub as it is, a Hub on loopback."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from adapters import adapted
from bundles import DECISION, copied
from hub_server import Fault, HubServer
from pulls import TEAM, TOKEN, ended, environment, ran, there, whole

from unleak.judge import hub, hub_client
from unleak.judge.shelf import InstalledError

pytest.importorskip("huggingface_hub", reason="needs huggingface_hub, the extra `hub`")
_CODE = """
import sys
from pathlib import Path
from unleak.judge import hub, hub_client
from unleak.judge.shelf import InstalledError
hub_client.PAUSES = (0.01,) * 4
try:
    print(hub.push(Path(sys.argv[1]), sys.argv[2]))
except InstalledError as error:
    sys.exit(f'unleak: {error}')
"""


@pytest.fixture
def server() -> Iterator[HubServer]:
    with HubServer().running() as running:
        running.tokens.add(TOKEN)
        yield running


@pytest.fixture
def folder(bundle: Path, tmp_path: Path) -> Path:
    made = copied(bundle, tmp_path / "made", {"name": '"ours"'})
    with (made / "manifest.toml").open("a") as manifest:
        manifest.write(DECISION)
    (made / "notes.txt").write_text("not part of it")
    return made


@pytest.fixture
def how(server: HubServer, tmp_path: Path) -> dict[str, str]:
    return environment(server, tmp_path, HF_TOKEN=TOKEN)


def pushed(folder: Path, how: dict[str, str], repository: str = TEAM) -> tuple[int, str]:
    command = [sys.executable, "-c", _CODE, str(folder), repository]
    pipe = subprocess.PIPE
    code, said = ended(subprocess.Popen(command, env=how, stdout=pipe, stderr=pipe, text=True))
    return code, said.rstrip("\n")


def test_it_comes_back_as_it_went(
    server: HubServer, folder: Path, how: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNLEAK_DATA_DIR", how["UNLEAK_DATA_DIR"])
    code, commit = pushed(folder, how)
    repository = server.repositories[TEAM]
    assert (code, commit) == (0, repository.refs["main"])
    assert repository.is_private
    assert sorted(repository.commits[commit]) == [".gitattributes", "judge.gguf", "manifest.toml"]
    assert repository.commits[commit]["judge.gguf"] == (folder / "judge.gguf").read_bytes()
    assert ran("pull", f"{TEAM}@{commit}", environment=how)[0] == 0
    assert there() == ["ours@1"]
    assert whole("ours")


def test_a_new_version_is_a_new_commit(server: HubServer, folder: Path, how: dict[str, str]) -> None:
    _, first = pushed(folder, how)
    text = (folder / "manifest.toml").read_text()
    (folder / "manifest.toml").write_text(text.replace('version = "1"', 'version = "2"'))
    code, second = pushed(folder, how)
    assert (code, second != first) == (0, True)
    assert set(server.repositories[TEAM].commits) > {first, second}


class TestAnAdapter:
    """It goes without the network that it changes, as long as others have that."""

    @pytest.fixture
    def adapter(self, folder: Path, tmp_path: Path) -> Path:
        return adapted(folder, tmp_path / "adapter")

    def test_comes_back_to_its_base(
        self, server: HubServer, folder: Path, adapter: Path, how: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("UNLEAK_DATA_DIR", how["UNLEAK_DATA_DIR"])
        _, commit = pushed(adapter, how)
        assert sorted(server.repositories[TEAM].commits[commit]) == [".gitattributes", "adapter.gguf", "manifest.toml"]
        assert ran("import", str(folder), environment=how)[0] == 0
        assert ran("pull", TEAM, "--use", environment=how)[0] == 0
        assert there() == ["chosen", "ours@1", "team@1"]
        assert whole("team")

    def test_without_its_base(self, server: HubServer, adapter: Path, how: dict[str, str]) -> None:
        pushed(adapter, how)
        code, said = ran("pull", TEAM, environment=how)
        assert (code, "the model that this adapter was made for is not installed" in said) == (2, True)
        assert server.files_asked() == []

    def test_with_its_base_in_the_same_repository(
        self, server: HubServer, folder: Path, adapter: Path, how: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("UNLEAK_DATA_DIR", how["UNLEAK_DATA_DIR"])
        (adapter / "judge.gguf").write_bytes((folder / "judge.gguf").read_bytes())
        pushed(adapter, how)
        assert ran("pull", TEAM, environment=how)[0] == 0
        assert whole("team")
        assert len(server.files_asked()) == 2


def test_its_storage_never_sees_the_token(server: HubServer, folder: Path, how: dict[str, str]) -> None:
    pushed(folder, how)
    stored = [each for each in server.asked if each.server == "storage"]
    assert [each.method for each in stored] == ["PUT"]
    assert "authorization" not in stored[0].headers


def test_trouble_that_passes(server: HubServer, folder: Path, how: dict[str, str]) -> None:
    server.faults += [Fault("/upload/", 1, 500), Fault("/api/repos/create", 1, 503)]
    assert pushed(folder, how)[0] == 0


class TestRefused:
    def test_where_everybody_can_read_it(self, server: HubServer, folder: Path, how: dict[str, str]) -> None:
        commit = server.repository(TEAM).commit({})
        code, said = pushed(folder, how)
        assert (code, "is open to everybody, and a judge tells of what it learned from" in said) == (1, True)
        assert server.repositories[TEAM].refs["main"] == commit
        assert server.uploads == {}

    def test_without_a_token(self, folder: Path, how: dict[str, str]) -> None:
        code, said = pushed(folder, {**how, "HF_TOKEN": ""})
        assert (code, "set HF_TOKEN, or log in with `hf auth login`" in said) == (1, True)

    def test_with_a_token_that_may_only_read(self, server: HubServer, folder: Path, how: dict[str, str]) -> None:
        server.repository(TEAM, is_private=True).commit({})
        server.faults.append(Fault("/commit/", 9, 403))
        code, said = pushed(folder, how)
        assert (code, "the token may not do this" in said) == (1, True)

    def test_with_a_model_that_is_not_that_of_the_manifest(
        self, server: HubServer, folder: Path, how: dict[str, str]
    ) -> None:
        data = (folder / "judge.gguf").read_bytes()
        (folder / "judge.gguf").write_bytes(data[:-1] + b"X")
        code, said = pushed(folder, how)
        assert (code, "is not the file that its manifest describes: nothing was uploaded" in said) == (1, True)
        assert server.asked == []

    def test_for_a_name_that_is_none(self, folder: Path) -> None:
        with pytest.raises(InstalledError, match="is no name of a repository"):
            hub.push(folder, "ours")


def test_where_the_client_is_not_installed_it_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InstalledError, match=r"pip install 'unleak\[hub\]'"):
        hub_client.Hub(lambda _: None)
