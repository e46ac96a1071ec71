"""edge-tts against a stand-in for the service on loopback.

The package itself runs unmodified, over TLS with a certificate made here; it
proves the adapter, not that the real service still answers it.
"""

import asyncio
import io
import json
import select
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any

import numpy as np
import pytest
import soundfile
from aiohttp import TCPConnector, web
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from edge_tts import communicate
from edge_tts.drm import DRM

from xiaolaba.adapters.edge import ATTEMPTS, HOST, Edge
from xiaolaba.adapters.flac import speech as decoded
from xiaolaba.core.errors import VoiceError
from xiaolaba.core.units import Language
from xiaolaba.ports.voice import Speech, Utterance

PATH = "/consumer/speech/synthesize/readaloud/edge/v1"
CMN = Language("cmn")
SECONDS = 2.0
UTTERANCE = Utterance(CMN, "别转账，有诈。", ("bie2",), 0.9)


@dataclass
class Service:
    """The stand-in: `script` says how the next requests go, `asked` what they said."""

    port: int = 0
    script: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    up: threading.Event = field(default_factory=threading.Event)
    leave: Callable[[], object] = lambda: None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Speak the service's frames, or fail as the script says."""
        how = self.script.pop(0) if self.script else "ok"
        self.tokens.append(request.query["Sec-MS-GEC"])
        if how.isdigit():
            return web.Response(status=int(how))
        if how == "another hour":
            ahead = datetime.now(UTC) + timedelta(hours=2)
            return web.Response(status=403, headers={"Date": format_datetime(ahead, usegmt=True)})
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive_str()
        self.asked.append(await socket.receive_str())
        if how == "hang":
            async for _ in socket:
                pass
            return socket
        await self._speak(socket, how)
        await socket.close()
        return socket

    async def _speak(self, socket: web.WebSocketResponse, how: str) -> None:
        await socket.send_str(_text("turn.start", {}))
        sound = b"" if how == "silent" else _mp3()
        if how == "cut":
            sound = sound[: len(sound) // 2]
        for start in range(0, len(sound), 720):
            await socket.send_bytes(_binary(sound[start : start + 720]))
        if how == "cut":
            return
        if how == "cut late":
            await socket.send_str(_text("audio.metadata", _boundary("别转账，", SECONDS / 2)))
            return
        end = SECONDS * (2 if how == "short" else 1)
        await socket.send_str(_text("audio.metadata", _boundary("别转账，有诈。", end)))
        await socket.send_str(_text("turn.end", {}))


def _text(path: str, body: object) -> str:
    return f"Content-Type:application/json\r\nPath:{path}\r\n\r\n{json.dumps(body)}"


def _binary(sound: bytes) -> bytes:
    header = b"X-RequestId:0\r\nContent-Type:audio/mpeg\r\nPath:audio\r\n"
    return len(header).to_bytes(2, "big") + header + sound


def _boundary(text: str, seconds: float) -> object:
    data = {"Offset": 0, "Duration": round(seconds * 10_000_000), "text": {"Text": text}}
    return {"Metadata": [{"Type": "SentenceBoundary", "Data": data}]}


def _wave():
    time = np.arange(round(24_000 * SECONDS))
    return 0.3 * np.sin(time * (0.05 + time * 2e-6))


def _mp3() -> bytes:
    """Return the sound as the service sends it: frames of one length and no header."""
    file = io.BytesIO()
    soundfile.write(
        file, _wave(), 24_000, format="MP3", bitrate_mode="CONSTANT", compression_level=0.8
    )
    return file.getvalue()


class ToLoopback(AbstractResolver):
    """Every name is this machine."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        """Return the stand-in's address."""
        at = ResolveResult(
            hostname=host, host="127.0.0.1", port=self._port, family=2, proto=0, flags=0
        )
        return [at]

    async def close(self) -> None:
        """Hold nothing."""


def _certificate(folder: Path) -> Path:
    """Write a key and a certificate of its own for the service's name."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "service.pem"
    pem.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pem


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run the stand-in on a thread of its own."""
    pem = _certificate(tmp_path_factory.mktemp("tls"))
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    trusted = communicate._SSL_CTX  # the package knows no other way to trust a test authority
    trusted.load_verify_locations(pem)
    service = Service()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(service, context)))
    thread.start()
    assert service.up.wait(30)
    yield service
    service.leave()
    thread.join()


async def _serve(service: Service, context: SSLContext) -> None:
    """Serve until told to leave, and leave when the last client has gone."""
    left = asyncio.Event()
    service.leave = partial(asyncio.get_running_loop().call_soon_threadsafe, left.set)
    application = web.Application()
    application.router.add_get(PATH, service.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    service.port = runner.addresses[0][1]
    service.up.set()
    await left.wait()
    assert runner.server
    async with asyncio.timeout(30):
        while runner.server.connections:
            await asyncio.sleep(0.01)
    await runner.cleanup()


@pytest.fixture
def service(running: Service) -> Service:
    """The stand-in with an empty script."""
    running.script.clear()
    running.asked.clear()
    running.tokens.clear()
    DRM.clock_skew_seconds = 0.0
    return running


def ask(service: Service, *script: str) -> tuple[Speech, list[float]]:
    """Ask for one utterance while the service goes by the script; return the pauses too."""
    service.script.extend(script)
    pauses: list[float] = []
    connector = partial(_connector, service.port)
    return Edge(CMN, connector=connector, pause=pauses.append).synthesize(UTTERANCE), pauses


def _connector(port: int) -> TCPConnector:
    return TCPConnector(resolver=ToLoopback(port))


def test_a_whole_answer_is_taken_and_the_pace_is_asked_for(service):
    speech, pauses = ask(service)

    assert len(speech.frames) / 4 / speech.rate == pytest.approx(SECONDS, abs=0.2)
    assert pauses == []
    assert "rate='-10%'" in service.asked[0]
    assert "别转账，有诈。" in service.asked[0]


@pytest.mark.parametrize("trouble", ["cut", "cut late", "short", "silent", "403", "429", "503"])
def test_what_goes_wrong_once_is_asked_again_after_a_pause(service, trouble):
    speech, pauses = ask(service, trouble)

    assert len(speech.frames) / 4 / speech.rate == pytest.approx(SECONDS, abs=0.2)
    assert len(pauses) == 1
    assert 0.5 <= pauses[0] <= 1.5


@pytest.mark.parametrize(
    ("trouble", "told"), [("cut", "cut off"), ("silent", "NoAudio"), ("429", "HTTP 429")]
)
def test_what_stays_wrong_is_told_after_growing_pauses(service, trouble, told):
    pauses: list[float] = []
    service.script.extend([trouble] * ATTEMPTS)
    connector = partial(_connector, service.port)

    with pytest.raises(VoiceError, match=told):
        Edge(CMN, connector=connector, pause=pauses.append).synthesize(UTTERANCE)

    assert len(pauses) == ATTEMPTS - 1
    assert all(0.5 * 2**n <= pause <= 1.5 * 2**n for n, pause in enumerate(pauses))


def test_a_refusal_for_good_is_not_asked_again(service):
    service.script.append("404")
    pauses: list[float] = []

    with pytest.raises(VoiceError, match="HTTP 404"):
        Edge(CMN, connector=partial(_connector, service.port), pause=pauses.append).synthesize(
            UTTERANCE
        )

    assert pauses == []


def test_it_is_known_to_go_online_and_which_languages_it_speaks():
    assert not Edge(CMN).capability.offline
    assert Edge(Language("yue")).capability.voice == "zh-HK-HiuGaaiNeural"
    assert Edge(Language("hak")).capability.languages == frozenset()


def test_a_wrong_clock_of_ours_is_noticed_and_allowed_for(service):
    speech, _ = ask(service, "another hour")

    assert len(speech.frames) / 4 / speech.rate == pytest.approx(SECONDS, abs=0.2)
    assert DRM.clock_skew_seconds == pytest.approx(7200, abs=60)
    assert len(set(service.tokens)) == 2


def test_a_service_that_hangs_is_left_after_a_while(service):
    service.script.extend(["hang"] * ATTEMPTS)
    hasty = Edge(
        CMN,
        connector=partial(_connector, service.port),
        pause=lambda _: None,
        patience=0.5,
    )

    with pytest.raises(VoiceError, match="TimeoutError"):
        hasty.synthesize(UTTERANCE)


def test_a_stream_without_a_header_is_decoded_to_the_last_sample():
    data = _mp3()

    found = np.frombuffer(decoded(data).frames, "<f4")

    assert b"Info" not in data
    assert b"Xing" not in data
    assert len(found) % 576 == 0
    assert len(found) >= len(_wave())
    lag = int(np.argmax(np.correlate(found[8_000:18_000], _wave()[8_000:16_000], "valid")))
    heard, sent = found[lag + 2_000 : lag + 44_000], _wave()[2_000:44_000]
    assert np.corrcoef(heard, sent)[0, 1] > 0.999


class Proxy(socketserver.ThreadingTCPServer):
    """Knows CONNECT, and leads everything to the stand-in."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), Tunnel)
        self.port, self.asked = port, list[bytes]()


class Tunnel(socketserver.StreamRequestHandler):
    """One connection through the proxy."""

    def handle(self) -> None:
        """Answer CONNECT and carry bytes both ways until one end is closed."""
        assert isinstance(self.server, Proxy)
        self.server.asked.append(self.rfile.readline().strip())
        while self.rfile.readline().strip():
            pass
        with socket.create_connection(("127.0.0.1", self.server.port)) as there:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            ends = {self.connection: there, there: self.connection}
            while ready := select.select(list(ends), [], [], 10)[0]:
                for end in ready:
                    data = end.recv(65_536)
                    if not data:
                        return
                    ends[end].sendall(data)


@pytest.fixture
def proxy(service: Service) -> Iterator[Proxy]:
    """Run a proxy before the stand-in."""
    with Proxy(service.port) as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def test_it_goes_through_the_proxy_that_the_environment_names(service, proxy, monkeypatch):
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.server_address[1]}")

    speech = Edge(CMN, pause=lambda _: None).synthesize(UTTERANCE)

    assert len(speech.frames) / 4 / speech.rate == pytest.approx(SECONDS, abs=0.2)
    assert proxy.asked == [f"CONNECT {HOST}:443 HTTP/1.1".encode()]


def test_a_proxy_that_is_not_there_is_told_by_the_probe(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")

        trouble = Edge(CMN).probe() or ""

    assert f"连不上 127.0.0.1:{port}" in trouble


def test_a_reachable_way_out_satisfies_the_probe(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as way_out:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{way_out.getsockname()[1]}")

        assert Edge(CMN).probe() is None


@pytest.mark.online
def test_the_real_service_still_answers():
    said = Utterance(CMN, "国家反诈中心提醒您，不要轻信陌生来电。", ("guo2",) * 17, 0.9)

    speech = Edge(CMN).synthesize(said)

    assert 2 < len(speech.frames) / 4 / speech.rate < 8
