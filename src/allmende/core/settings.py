# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Everything that can be set, with its default: the only list of settings.

Values come from, weakest first: the defaults here, `allmende.toml`, the environment
(`ALLMENDE_BASE_URL`, …), options of the command line. A secret stands in the environment
or in a file named by the environment (`ALLMENDE_METRICS_TOKEN_FILE=/run/secrets/metrics`),
never in `allmende.toml`. docs/reference/settings.md is written from this list:

    python -m allmende.core.settings_page > docs/reference/settings.md
"""

from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct, field
from msgspec.structs import replace

PREFIX = "ALLMENDE_"
FILE = "allmende.toml"

Seconds = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]
Bytes = Annotated[int, Meta(ge=1)]
Port = Annotated[int, Meta(ge=0, le=65535)]


def _about(text: str, *, secret: bool = False) -> Meta:
    """The sentence of the documented table, and whether the value is a secret."""
    return Meta(description=text, extra={"secret": secret})


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of one Allmende; sizes in bytes, times in seconds."""

    # The place
    base_url: Annotated[
        str, _about("Public address without a final slash; every address of a thing begins so.")
    ] = "http://127.0.0.1:8000"
    site_name: Annotated[str, _about("Name of the platform in titles and descriptions.")] = (
        "Allmende"
    )
    operator: Annotated[str, _about("Who runs the platform; stands in the imprint.")] = ""
    operator_address: Annotated[str, _about("Postal address for the imprint.")] = ""
    operator_email: Annotated[str, _about("Address for questions, imprint and mistakes.")] = ""
    catalogue: Annotated[str, _about("Id of the city's own catalogue.")] = "local"
    language: Annotated[str, Meta(pattern="^(de|en)$"), _about("Language when none is asked.")] = (
        "de"
    )
    timezone: Annotated[
        str, _about("The city's time zone; days, months and years of measurements are those there.")
    ] = "Europe/Berlin"

    # Storage
    data: Annotated[Path, _about("Folder for the database, files and indexes.")] = Path("data")
    database: Annotated[
        str,
        _about("postgresql://… for PostgreSQL; empty for SQLite in the data folder.", secret=True),
    ] = ""
    read_seconds: Annotated[Seconds, _about("Time limit of one short read.")] = 2.0
    slow_read_seconds: Annotated[Seconds, _about("Time limit of one scan or export.")] = 60.0
    write_queue: Annotated[Count, _about("Writes that may wait for the writer; then 503.")] = 10_000
    busy_seconds: Annotated[
        Seconds, _about("How long a process waits for another one that is writing.")
    ] = 10.0
    connections: Annotated[Count, _about("PostgreSQL connections of one process.")] = 8

    # Server
    host: Annotated[str, _about("Address to listen on.")] = "127.0.0.1"
    port: Annotated[Port, _about("Port to listen on; 0 takes a free one.")] = 8000
    workers: Annotated[Count, _about("Serving processes.")] = 1
    jobs: Annotated[bool, _about("Whether a serving process also works through the jobs.")] = True
    hosts: Annotated[
        tuple[str, ...],
        _about("Host names that are answered, besides the one of base_url and this machine's."),
    ] = ()
    trusted_proxies: Annotated[
        tuple[str, ...],
        _about("Addresses or networks of proxies whose X-Forwarded-* headers are believed."),
    ] = ()
    graceful_seconds: Annotated[
        Seconds, _about("How long running requests may take when the program is told to stop.")
    ] = 20.0

    # Limits of a request
    url_limit: Annotated[Bytes, _about("Longest address with its query; longer is 414.")] = 8_192
    header_limit: Annotated[Bytes, _about("Largest sum of header names and values; 431.")] = 32_768
    header_count: Annotated[Count, _about("Most headers of one request; more is 431.")] = 100
    body_limit: Annotated[Bytes, _about("Largest request body; a larger one is 413.")] = 10_000_000
    upload_limit: Annotated[Bytes, _about("Largest body where files are uploaded; 413.")] = (
        500_000_000
    )
    json_depth: Annotated[Count, _about("Deepest nesting of a JSON body; deeper is 413.")] = 64
    json_values: Annotated[Count, _about("Most values in one JSON body; more is 413.")] = 1_000_000
    form_fields: Annotated[Count, _about("Most fields of one form; more is 413.")] = 1_000
    form_files: Annotated[Count, _about("Most files of one form; more is 413.")] = 20
    form_field_limit: Annotated[Bytes, _about("Largest field of a form; larger is 413.")] = (
        1_000_000
    )
    request_seconds: Annotated[
        Seconds, _about("Time until an answer begins; after it the work is cancelled and 503 said.")
    ] = 30.0
    head_seconds: Annotated[
        Seconds, _about("Time in which a client has to send the head of a request; then closed.")
    ] = 10.0
    body_seconds: Annotated[
        Seconds, _about("Longest silence while a client sends a body; then 408.")
    ] = 15.0
    body_rate: Annotated[
        Count, _about("Slowest bytes a second of a body, after the first body_seconds; then 408.")
    ] = 10_000
    answer_seconds: Annotated[
        Seconds, _about("Longest silence within an answer or from a client reading it; then cut.")
    ] = 60.0
    upload_seconds: Annotated[
        Seconds, _about("Time for the work on an uploaded file; then cancelled and 503.")
    ] = 300.0
    keep_alive_seconds: Annotated[Count, _about("How long an idle connection is kept.")] = 5
    concurrency: Annotated[
        Count, _about("Requests one process works on at a time; more are told 503.")
    ] = 256
    clients: Annotated[
        Count, _about("Connections one process holds, idle ones included; more are told 503.")
    ] = 4_096

    # Rates
    writes_per_minute: Annotated[
        Count, _about("Changing requests of one signed-in subject or token; more are told 429.")
    ] = 600
    sensor_writes_per_minute: Annotated[
        Count,
        _about("Changing requests to SensorThings of one subject or token; more are told 429."),
    ] = 600_000
    anonymous_writes_per_minute: Annotated[
        Count, _about("Changing requests of one network address that is not signed in; 429.")
    ] = 30
    signins_per_minute: Annotated[
        Count, _about("Sign-in attempts of one network address; more are told 429.")
    ] = 10

    live_connections: Annotated[
        Count, _about("Event streams (/events) one process holds open; more are told 429.")
    ] = 100
    live_per_address: Annotated[
        Count, _about("Event streams open to one network address; more are told 429.")
    ] = 20

    cors_origins: Annotated[
        tuple[str, ...],
        _about("Web sites whose pages may read public data; * is every site, empty is none."),
    ] = ("*",)

    # Sign-in
    session_hours: Annotated[Count, _about("How long a session lives without being used.")] = 12
    session_days: Annotated[Count, _about("How long a session lives in any case.")] = 7
    signin_failures: Annotated[
        Count,
        _about(
            "Wrong passwords for one login from one address, then it is locked; ten times as "
            "many from all addresses."
        ),
    ] = 10
    signin_lock_minutes: Annotated[
        Count, _about("How long a login stays locked after too many wrong passwords.")
    ] = 15
    token_days: Annotated[Count, _about("Days a service token lives unless said; at most 365.")] = (
        90
    )

    # Watching
    metrics_token: Annotated[
        str, _about("Bearer token that may read /metrics from anywhere.", secret=True)
    ] = ""
    metrics_networks: Annotated[
        tuple[str, ...], _about("Networks that may read /metrics without a token.")
    ] = ("127.0.0.0/8", "::1/128")
    access_log: Annotated[bool, _about("One line a request, without address and search words.")] = (
        True
    )

    # Uploads
    virus_scanner: Annotated[
        str,
        _about("clamd that looks at uploaded files: unix:/run/clamd.ctl or host:3310; or none."),
    ] = ""
    virus_scanner_seconds: Annotated[
        Seconds, _about("Longest wait for the virus scanner; then the upload is refused.")
    ] = 60.0

    # SPARQL
    sparql_seconds: Annotated[Seconds, _about("Time limit of one SPARQL query.")] = 10.0
    sparql_rows: Annotated[Count, _about("Most rows or triples one SPARQL answer has.")] = 100_000

    # Harvest
    harvest_seconds: Annotated[Seconds, _about("Time limit of one request to a source.")] = 60.0
    harvest_bytes: Annotated[Bytes, _about("Largest answer taken from a source.")] = 500_000_000
    harvest_pause: Annotated[Seconds, _about("Pause between two requests to one host.")] = 0.5
    harvest_grace_days: Annotated[
        Count, _about("Days after which a record gone from its source is archived.")
    ] = 7
    harvest_private: Annotated[
        bool, _about("Whether sources in private networks and on this machine are allowed.")
    ] = False

    # Upkeep
    event_days: Annotated[
        Count, _about("Days the list of writes is kept; what a subscriber has not heard stays.")
    ] = 400
    least_counted: Annotated[Count, _about("Road users behind a traffic camera's figure.")] = 5
    alert_secret: Annotated[
        str, _about("What alerts to web addresses are signed by; empty: unsigned.", secret=True)
    ] = ""

    # MQTT
    mqtt_broker: Annotated[
        str,
        _about("Broker for SensorThings: mqtt://host:1883 or mqtts://host:8883; empty is none."),
    ] = ""
    mqtt_public: Annotated[
        str, _about("Address of the broker that clients are told, if it is another one.")
    ] = ""
    mqtt_user: Annotated[str, _about("Name of the platform at the broker.")] = ""
    mqtt_password: Annotated[
        str, _about("Password of the platform at the broker.", secret=True)
    ] = ""
    mqtt_authorities: Annotated[
        str, _about("File with the certificates (PEM) the broker is checked by; empty: system's.")
    ] = ""
    mqtt_client: Annotated[
        str, _about("Client id at the broker; another one for each platform there.")
    ] = "allmende"
    mqtt_topic: Annotated[
        str, _about("What all topics begin with; messages of clients are expected below it.")
    ] = "v1.1"
    mqtt_qos: Annotated[
        int, Meta(ge=0, le=2), _about("Quality of service of what is published and subscribed.")
    ] = 1
    mqtt_publish: Annotated[bool, _about("Whether changes of public data are published.")] = True
    mqtt_select: Annotated[
        tuple[str, ...],
        _about("Selections of properties that collections are also published with, joined by +."),
    ] = ("result", "phenomenonTime+result")
    mqtt_token: Annotated[
        str,
        _about(
            "Service token whose rights published observations have; empty: none taken.",
            secret=True,
        ),
    ] = ""
    mqtt_queue: Annotated[
        Count, _about("Messages of clients that may wait to be stored; then the broker keeps them.")
    ] = 10_000
    mqtt_message: Annotated[Bytes, _about("Largest message that is taken; larger is dropped.")] = (
        65_536
    )

    # Mail
    smtp_host: Annotated[
        str, _about("Mail server that letters are handed to; empty: no letters are sent.")
    ] = ""
    smtp_port: Annotated[Port, _about("Port of the mail server.")] = 587
    smtp_security: Annotated[
        str,
        Meta(pattern="^(starttls|tls|none)$"),
        _about("starttls or tls; none only for a server on this machine or in a closed network."),
    ] = "starttls"
    smtp_user: Annotated[str, _about("Name of the platform at the mail server, if it asks.")] = ""
    smtp_password: Annotated[
        str, _about("Password of the platform at the mail server.", secret=True)
    ] = ""
    smtp_from: Annotated[str, _about("Address that letters come from.")] = ""
    smtp_seconds: Annotated[Seconds, _about("Longest wait for the mail server.")] = 20.0
    smtp_authorities: Annotated[
        str, _about("File with the certificates (PEM) it is checked by; empty: the system's.")
    ] = ""

    # Citizens
    citizens: Annotated[
        str,
        Meta(pattern="^(open|invited|off)$"),
        _about("Who may add own sensors: open is everybody by e-mail, invited whom you invite."),
    ] = "open"
    citizen_devices: Annotated[Count, _about("Sensors one person may have.")] = 10
    citizen_messages_per_minute: Annotated[
        Count, _about("Messages one sensor of a citizen may send; more are told 429.")
    ] = 12
    citizen_values_per_minute: Annotated[
        Count, _about("Observations one sensor of a citizen may send; more are told 429.")
    ] = 120
    citizen_late_days: Annotated[
        Count, _about("How old an observation of a citizen's sensor may be, in days.")
    ] = 7
    citizen_early_seconds: Annotated[
        Count, _about("How far the clock of a citizen's sensor may be ahead.")
    ] = 120
    citizen_districts: Annotated[
        str, _about("Collection of areas a place may be told by; empty: none.")
    ] = "districts"

    extra: Annotated[
        dict[str, Any], _about("Table for city applications; each reads its own key.")
    ] = field(default_factory=dict)

    def on_port(self, port: int) -> "Settings":
        """The same with this port, also in the public address when that is not set."""
        follows = self.base_url == Settings().base_url
        base_url = f"http://127.0.0.1:{port}" if follows else self.base_url
        return replace(self, port=port, base_url=base_url)

    @property
    def secure(self) -> bool:
        """Whether the platform is reached by https, so that cookies are for https only."""
        return self.base_url.startswith("https://")

    @property
    def session_cookie(self) -> str:
        """Name of the session cookie; `__Host-` binds it to this host by https (RFC 6265bis)."""
        return "__Host-allmende" if self.secure else "allmende"
