"""A real Kannel with a fake SMSC, and handsets that write and read Chinese through it."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

EXAMPLE = Path(__file__).resolve().parents[1] / "deploy" / "kannel.conf"
KEY = "hall-key"
PATIENCE = 10.0  # seconds until a test gives up waiting


def installed() -> bool:
    """Whether this machine has Kannel."""
    return all(shutil.which(box, path="/usr/sbin:/usr/bin:/usr/local/sbin") for box in ("bearerbox", "smsbox"))


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: str, ready: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait until `ready`; an AssertionError names what did not come."""
    until = time.monotonic() + patience
    while not ready():
        assert time.monotonic() < until, f"waited {patience:g} s for {what}"
        time.sleep(0.05)


def listens(port: int) -> bool:
    """Whether something takes connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Handsets:
    """Every handset of the network at once, in the fake SMSC's protocol: one line a text."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._buffer = b""
        self.parts: list[bytes] = []  # the UTF-16 of each part as it was on air

    def write(self, number: str, text: str, to: str = "10000") -> None:
        """Send a text as UCS-2. The fake SMSC takes any length in one line."""
        raw = quote_from_bytes(text.encode("utf-16-be"), safe="")
        self._socket.sendall(f"{number} {to} ucs2 {raw}\n".encode())

    def read(self, number: str, patience: float = PATIENCE) -> str:
        """The next text to a handset, its parts joined. Others' texts are passed over.

        On air: `from to ucs-2 payload`, and of several parts `from to udh header data payload`.
        """
        pieces: dict[int, bytes] = {}
        total, until = 1, time.monotonic() + patience
        while len(pieces) < total:
            fields = self._line(until).split(b" ")
            if fields[1].decode() != number:
                continue
            udh = _decoded(fields[3]) if fields[2] == b"udh" else b""
            total, index = (udh[4], udh[5]) if udh else (1, 1)
            pieces[index] = _decoded(fields[-1])
            self.parts.append(pieces[index])
        return b"".join(pieces[index] for index in sorted(pieces)).decode("utf-16-be")

    def next_reader(self, patience: float) -> str | None:
        """Whom the next text (of one part) is for; None when none comes for so long."""
        try:
            return self._line(time.monotonic() + patience).split(b" ")[1].decode()
        except AssertionError:
            return None

    def quiet(self, seconds: float) -> bool:
        """Whether nothing comes to anybody for so long."""
        return self.next_reader(seconds) is None

    def close(self) -> None:
        """Switch them off."""
        self._socket.close()

    def _line(self, until: float) -> bytes:
        while b"\n" not in self._buffer:
            left = until - time.monotonic()
            assert left > 0, "no text came"
            self._socket.settimeout(left)
            try:
                read = self._socket.recv(65536)
            except TimeoutError:
                continue
            assert read, "the SMSC hung up"
            self._buffer += read
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line


def _decoded(field: bytes) -> bytes:
    return unquote_to_bytes(field.replace(b"+", b" "))  # Kannel writes a blank as +


@contextmanager
def kannel(folder: Path, hall_port: int, sendsms_port: int) -> Iterator[Handsets]:
    """Bearerbox and smsbox with deploy/kannel.conf on free ports; gives the handsets."""
    ports = {13000: free_port(), 13001: free_port(), 10000: free_port(), 13013: sendsms_port, 8000: hall_port}
    text = EXAMPLE.read_text(encoding="utf-8")
    text = re.sub(r"\b(13000|13001|10000|13013|8000)\b", lambda found: str(ports[int(found[0])]), text)
    conf = folder / "kannel.conf"
    conf.write_text(text, encoding="utf-8")
    with ExitStack() as stack:
        stack.enter_context(running(["bearerbox", str(conf)], folder / "bearerbox.log"))
        wait_for("bearerbox", lambda: listens(ports[13000]))
        stack.enter_context(running(["smsbox", str(conf)], folder / "smsbox.log"))
        wait_for("smsbox", lambda: listens(sendsms_port))
        handsets = Handsets(ports[10000])
        stack.callback(handsets.close)
        yield handsets


@contextmanager
def running(command: list[str], log: Path, **options: object) -> Iterator[subprocess.Popen[bytes]]:
    """A program while the block lasts, its output in `log`."""
    found = shutil.which(command[0], path="/usr/sbin:/usr/bin:/usr/local/sbin") or command[0]
    with log.open("wb") as output:
        process = subprocess.Popen([found, *command[1:]], stdout=output, stderr=output, **options)  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
