"""The worker alone, as a real process behind pipes."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from processes import PATIENCE, is_gone

from unleak.judge import frames
from unleak.judge.child import worker_command

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")
QUESTION = ["<|file|>a.py\n", ["<|ask|>one<|answer|>", "<|ask|>two<|answer|>"]]
ENDLESS = [["x" * 400, ["y" * 100] * 8]] * 5000
"""Minutes of work."""
NOISY = """
import ctypes, os, sys
from unleak.judge import worker
judge = worker.Model.judge
def noisy(self, *arguments):
    print("noise of Python", flush=True)
    os.write(1, b"noise of a library")
    ctypes.CDLL(None).puts(b"noise of C")
    ctypes.CDLL(None).fflush(None)
    return judge(self, *arguments)
worker.Model.judge = noisy
sys.exit(worker.main(sys.argv[1:]))
"""


class Worker:
    """A worker's pipes."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._watchdog = threading.Timer(PATIENCE, self.process.kill)  # what hangs fails and does not stay
        self._watchdog.start()

    def send(self, message: frames.Message) -> None:
        frames.write(self.process.stdin, message)

    def ask(self, number: int, questions: list[object], seconds: float = PATIENCE) -> None:
        self.send({"id": number, "questions": questions, "until": time.monotonic() + seconds})

    def read(self) -> frames.Message | None:
        """The next message that is no sign of life."""
        while (message := frames.read(self.process.stdout)) and ("loading" in message or "working" in message):
            pass
        return message

    def close(self) -> None:
        self._watchdog.cancel()
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with suppress(OSError):
                stream.close()


@pytest.fixture
def worker(bundle: Path) -> Iterator[Worker]:
    """A worker that has loaded."""
    worker = Worker(worker_command(bundle, 1))
    assert worker.read() == {"ready": True}
    yield worker
    worker.close()


class TestAnswers:
    def test_come_with_the_number_of_their_request(self, worker: Worker) -> None:
        worker.ask(7, [QUESTION, QUESTION])
        answer = worker.read()
        assert answer["id"] == 7
        assert [[len(row) for row in rows] for rows in answer["verdicts"]] == [[3, 3], [3, 3]]

    def test_come_in_the_order_of_the_requests(self, worker: Worker) -> None:
        for number in (3, 1, 2):
            worker.ask(number, [QUESTION])
        assert [worker.read()["id"] for _ in range(3)] == [3, 1, 2]

    def test_no_questions_are_answered_with_nothing(self, worker: Worker) -> None:
        worker.ask(1, [])
        assert worker.read() == {"id": 1, "verdicts": []}

    def test_what_libraries_print_does_not_get_between(self, bundle: Path) -> None:
        worker = Worker([sys.executable, "-c", NOISY, str(bundle)])
        assert worker.read() == {"ready": True}
        worker.ask(1, [QUESTION])
        assert worker.read()["id"] == 1
        worker.process.stdin.close()
        worker.process.wait(PATIENCE)
        noise = worker.process.stderr.read().replace(b"\n", b" ")
        worker.close()
        assert b"noise of Python noise of a librarynoise of C" in noise

    def test_standard_error_stays_empty(self, worker: Worker) -> None:
        worker.ask(1, [QUESTION])
        worker.read()
        worker.process.stdin.close()
        worker.process.wait(PATIENCE)
        assert worker.process.stderr.read() == b""

    def test_run_as_a_module_it_is_the_same(self, bundle: Path) -> None:
        worker = Worker([sys.executable, "-m", "unleak.judge.worker", str(bundle)])
        first = worker.read()
        worker.close()
        assert first == {"ready": True}

    def test_modules_of_the_current_folder_are_not_taken(self, bundle: Path, tmp_path: Path) -> None:
        for name in ("json", "struct", "llama_cpp", "ctypes"):
            (tmp_path / f"{name}.py").write_text("raise SystemExit(9)")
        command = worker_command(bundle, 1)
        subprocess.run(command, input=b"", stdout=subprocess.DEVNULL, cwd=tmp_path, timeout=PATIENCE, check=True)


class TestStopping:
    def test_a_cancel_stops_what_is_running(self, worker: Worker) -> None:
        worker.ask(1, ENDLESS)
        time.sleep(0.3)
        worker.send({"cancel": 1})
        assert worker.read() == {"id": 1, "stopped": True}

    def test_a_cancel_drops_what_is_waiting(self, worker: Worker) -> None:
        worker.ask(1, ENDLESS)
        worker.ask(2, ENDLESS)
        worker.send({"cancel": 2})
        worker.send({"cancel": 1})
        assert [worker.read(), worker.read()] == [{"id": 1, "stopped": True}, {"id": 2, "stopped": True}]

    def test_a_deadline_stops_what_is_running(self, worker: Worker) -> None:
        worker.ask(1, ENDLESS, seconds=0.3)
        assert worker.read() == {"id": 1, "stopped": True}

    def test_what_comes_too_late_is_not_begun(self, worker: Worker) -> None:
        worker.ask(1, [QUESTION], seconds=-1)
        assert worker.read() == {"id": 1, "stopped": True}

    def test_what_comes_after_is_answered(self, worker: Worker) -> None:
        worker.ask(1, ENDLESS)
        worker.send({"cancel": 1})
        worker.ask(2, [QUESTION])
        assert worker.read() == {"id": 1, "stopped": True}
        assert "verdicts" in worker.read()

    @pytest.mark.parametrize("number", [1, 99, "x", None])
    def test_a_cancel_of_what_is_not_there_is_nothing(self, number: object, worker: Worker) -> None:
        worker.ask(1, [QUESTION])
        worker.read()
        worker.send({"cancel": number})
        worker.ask(2, [QUESTION])
        assert "verdicts" in worker.read()


class TestEnd:
    def test_with_its_input(self, worker: Worker) -> None:
        worker.process.stdin.close()
        assert worker.process.wait(PATIENCE) == 0

    def test_with_its_input_in_the_middle_of_a_computation(self, worker: Worker) -> None:
        worker.ask(1, ENDLESS)
        worker.process.stdin.close()
        assert worker.process.wait(PATIENCE) == 0

    def test_with_its_input_while_it_loads(self, bundle: Path) -> None:
        worker = Worker(worker_command(bundle, 1))
        worker.process.stdin.close()
        code = worker.process.wait(PATIENCE)
        worker.close()
        assert code == 0

    @pytest.mark.parametrize(
        "data",
        [b"GET / HTTP/1.1\r\n", b"\xff" * 4, struct.pack(">I", 2) + b"[]", struct.pack(">I", 9) + b'{"id": 1}'],
        ids=["other protocol", "impossible length", "no object", "no questions"],
    )
    def test_with_what_is_no_request(self, data: bytes, worker: Worker) -> None:
        worker.process.stdin.write(data)
        worker.process.stdin.flush()
        assert worker.process.wait(PATIENCE) == 1
        assert worker.process.stderr.read() == b""

    def test_when_nobody_reads_its_answers(self, worker: Worker) -> None:
        worker.process.stdout.close()
        worker.ask(1, [QUESTION])
        assert worker.process.wait(PATIENCE) == 0

    @posix
    def test_with_a_parent_that_is_killed_in_the_middle_of_a_computation(self, bundle: Path) -> None:
        code = f"""
import sys, time
from pathlib import Path
from unleak.judge.client import Judge
from unleak.judge.protocol import Question
judge = Judge(Path({str(bundle)!r}))
judge.submit([], deadline_seconds=60).result()
judge.submit([Question("x" * 400, ("y" * 100,) * 8)] * 5000, deadline_seconds=600)
print(judge.pid, flush=True)
time.sleep(600)
"""
        parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        pid = int(parent.stdout.readline())
        parent.kill()
        parent.communicate()
        assert is_gone(pid)


class TestFailedStart:
    @pytest.mark.parametrize("name", ["manifest.toml", "judge.gguf"])
    def test_a_missing_file_is_named_and_final(self, name: str, bundle: Path, tmp_path: Path) -> None:
        from networks import write_bundle

        (write_bundle(tmp_path / "judge") / name).unlink()
        worker = Worker(worker_command(tmp_path / "judge", 1))
        first = worker.read()
        worker.close()
        assert name in first["failed"]
        assert first["final"] is True

    def test_weights_that_are_no_numbers_are_final(self, bundle: Path, tmp_path: Path) -> None:
        from networks import Network, write_bundle

        worker = Worker(worker_command(write_bundle(tmp_path, Network(broken=True)), 1))
        first = worker.read()
        worker.close()
        assert "no numbers" in first["failed"]
        assert first["final"] is True

    def test_llama_cpp_that_is_not_installed_is_told_with_how_to_get_it(self, bundle: Path) -> None:
        code = "import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p]; " + (
            f"sys.path.append({str(Path(frames.__file__).parents[2])!r}); "
            "from unleak.judge.worker import main; sys.exit(main(sys.argv[1:]))"
        )
        worker = Worker([sys.executable, "-c", code, str(bundle)])
        first = worker.read()
        worker.close()
        assert "pip install 'unleak[judge]'" in first["failed"]
        assert first["final"] is True


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
class TestModesty:
    def test_gives_way_to_others(self, worker: Worker) -> None:
        assert os.getpriority(os.PRIO_PROCESS, worker.process.pid) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 5)

    def test_memory_is_bounded_and_crashes_leave_no_dump(self, worker: Worker) -> None:
        limits = Path(f"/proc/{worker.process.pid}/limits").read_text()
        assert "unlimited" not in next(line for line in limits.split("\n") if line.startswith("Max address space"))
        assert "Max core file size        0                    0 " in limits

    def test_the_model_is_mapped_and_not_copied(self, bundle: Path, worker: Worker) -> None:
        assert str(bundle / "judge.gguf") in Path(f"/proc/{worker.process.pid}/maps").read_text()

    def test_heavy_packages_are_not_loaded(self, worker: Worker) -> None:
        assert "numpy" not in Path(f"/proc/{worker.process.pid}/maps").read_text()
