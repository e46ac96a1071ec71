"""The bus on MQTT 3.1.1, with `paho-mqtt`.

The connection lives on a thread of paho's. It is tried for ever, one to thirty
seconds apart, and every reconnection begins a clean session and subscribes
anew. Nothing is queued for a broker that is not there: `publish` says no, and
the caller decides what is still worth saying later.
"""

import contextlib
import logging
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from paho.mqtt.client import Client, MQTTMessage, MQTTMessageInfo, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from xiaolaba.ports.bus import Inbound

IN_FLIGHT = 20
"""QoS 1 messages under way at once; paho searches them in a line, so more is slower."""

MAX_QUEUED = 2000
"""QoS 1 messages handed over and not acknowledged before `publish` says no."""

KEEPALIVE_S = 30

STRANGER = {134, 135}
"""The codes of a broker that does not know the user or the password."""

LAST_WORDS_S = 2.0
"""How long `stop` waits for the broker to acknowledge the last message."""

T = TypeVar("T")

log = logging.getLogger(__name__)


class PahoBus:
    """An MQTT client as `ports.Bus`; `will` is retained by the broker when the client vanishes.

    `advice` is what to do if the broker knows the user or the password not.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        client_id: str,
        user: str,
        password: str,
        will: tuple[str, bytes] | None = None,
        back_off: tuple[int, int] = (1, 30),
        keepalive: int = KEEPALIVE_S,
        advice: str = "",
    ) -> None:
        self._address, self._keepalive, self._advice = (host, port), keepalive, advice
        self._patterns: dict[str, None] = {}
        self._lock = threading.Lock()
        self._connected = threading.Event()
        self._last: MQTTMessageInfo | None = None
        self._on_message: Callable[[Inbound], None] = _ignore
        self._on_connection: Callable[[bool], None] = _ignore
        self._client = self._new_client(client_id, will)
        self._client.username_pw_set(user, password)
        self._client.reconnect_delay_set(*back_off)

    def start(
        self,
        on_message: Callable[[Inbound], None],
        on_connection: Callable[[bool], None],
    ) -> None:
        """Connect in the background and go on trying for ever."""
        self._on_message, self._on_connection = on_message, on_connection
        self._client.connect_async(*self._address, keepalive=self._keepalive)
        self._client.loop_start()

    def subscribe(self, *patterns: str) -> None:
        """Subscribe at QoS 1, now and at every reconnection."""
        with self._lock:
            self._patterns.update(dict.fromkeys(patterns))
            if patterns and self._connected.is_set():
                self._client.subscribe([(pattern, 1) for pattern in patterns])

    def unsubscribe(self, *patterns: str) -> None:
        """Give up subscriptions."""
        with self._lock:
            for pattern in patterns:
                self._patterns.pop(pattern, None)
            if patterns and self._connected.is_set():
                self._client.unsubscribe(list(patterns))

    def publish(self, topic: str, payload: bytes, qos: int = 1, retain: bool = False) -> bool:
        """Hand a message over; False if it cannot be taken now (not connected, or too many)."""
        if not self._connected.is_set():
            return False
        self._last = self._client.publish(topic, payload, qos, retain)
        return self._last.rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def stop(self) -> None:
        """Say goodbye and disconnect; what was handed over before is sent first.

        A socket that is closed with an acknowledgement unread is reset, and
        the broker may then throw the goodbye away and publish the will.
        """
        if self._last is not None and self._connected.is_set():
            with contextlib.suppress(ValueError, RuntimeError):  # it was never taken
                self._last.wait_for_publish(LAST_WORDS_S)
        self._client.disconnect()
        self._client.loop_stop()
        # paho closes its wake-up sockets only when it is freed: leave nothing that keeps it
        self._client.on_connect = self._client.on_disconnect = self._client.on_message = None
        self._on_message, self._on_connection = _ignore, _ignore

    def _new_client(self, client_id: str, will: tuple[str, bytes] | None) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=True, protocol=MQTTv311
        )
        client.max_inflight_messages_set(IN_FLIGHT)
        client.max_queued_messages_set(MAX_QUEUED)
        client.on_connect = self._when_connected
        client.on_disconnect = self._when_disconnected
        client.on_message = self._when_message
        if will is not None:
            client.will_set(will[0], will[1], qos=1, retain=True)
        return client

    def _when_connected(self, client: Client, _data: Any, _flags: Any, code: Any, _p: Any) -> None:
        if code.is_failure:
            advice = self._advice if code.value in STRANGER else ""
            log.warning("bus.refused broker=%s:%d reason=%s %s", *self._address, code, advice)
            return
        with self._lock:
            if self._patterns:
                client.subscribe([(pattern, 1) for pattern in self._patterns])
            self._connected.set()
        self._guarded(self._on_connection, True)

    def _when_disconnected(self, _c: Any, _data: Any, _flags: Any, code: Any, _p: Any) -> None:
        if self._connected.is_set():
            self._connected.clear()
            log.info("bus.disconnected broker=%s:%d reason=%s", *self._address, code)
            self._guarded(self._on_connection, False)

    def _when_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self._guarded(lambda m: self._on_message(_inbound(m)), message)

    def _guarded(self, call: Callable[[T], None], value: T) -> None:
        """Call back, and outlive what it raises: an exception here would end paho's thread."""
        try:
            call(value)
        except Exception:
            log.exception("bus.callback-failed")


def _inbound(message: MQTTMessage) -> Inbound:
    return Inbound(message.topic, bytes(message.payload), message.retain)


def _ignore(_value: object) -> None:
    """Do nothing; stands for a callback until `start` brings one."""
