"""Real mail servers of one test's own: Dovecot and Postfix on loopback ports, in a folder of theirs."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

IN_CI = bool(os.environ.get("CI"))


def needs(program: str) -> pytest.MarkDecorator:
    """Skip, saying why, where the program or root is missing; in CI nothing is skipped."""
    is_here = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin") is not None
    return pytest.mark.skipif(
        not IN_CI and not (is_here and os.geteuid() == 0),
        reason=f"needs root and Debian's {program}",
    )


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_for(port: int, *, seconds: float = 15.0) -> None:
    """Return when somebody listens at the port."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens at {port}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate for 127.0.0.1 alone, signed by an authority of its own."""

    authority: Path
    chain: Path
    key: Path


def certificate(folder: Path, *, days: int = 2) -> Certificate:
    """A fresh one in `folder`, good for so many days; with -1 it has run out."""
    made = Certificate(
        authority=folder / "ca.pem", chain=folder / "server.pem", key=folder / "server.key"
    )
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    for command in (
        ("req", "-x509", *curve, "-subj", "/CN=Cedar Valley", "-keyout", "ca.key", "-out", "ca.pem"),
        ("req", *curve, "-subj", "/CN=mail", "-keyout", "server.key", "-out", "server.csr"),
        ("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
         "-extfile", "names", "-days", str(days), "-out", "server.pem"),
    ):  # fmt: skip
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Dovecot:
    """A running IMAP server with one account, ``help`` / ``secret``."""

    port: int
    folder: Path
    tls_port: int = 0
    """Where IMAP speaks TLS from the start, when it has a certificate."""

    @property
    def sign_in(self) -> Path:
        """The socket where other servers may ask it about names and passwords."""
        return self.folder / "sign-in"

    @property
    def url(self) -> str:
        return f"imap://help:secret@127.0.0.1:{self.port}/INBOX"


@contextmanager
def dovecot(certificate: Certificate | None = None) -> Iterator[Dovecot]:
    """A Dovecot that lives as long as the block; with a certificate, passwords need TLS."""
    folder = Path(tempfile.mkdtemp(prefix="homeroom-dovecot-"))
    folder.chmod(0o755)
    port, tls_port = free_port(), free_port() if certificate else 0
    tls = "ssl = no\ndisable_plaintext_auth = no"
    if certificate:
        tls = f"ssl = required\nssl_cert = <{certificate.chain}\nssl_key = <{certificate.key}"
    (folder / "users").write_text("help:{PLAIN}secret\n")
    (folder / "mail").mkdir()
    shutil.chown(folder / "mail", "mail", "mail")
    (folder / "dovecot.conf").write_text(f"""
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
{tls}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
mail_max_userip_connections = 50
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service auth {{
  unix_listener {folder}/sign-in {{
    mode = 0666
  }}
}}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/mail/%u
}}
""")
    server = subprocess.Popen(["/usr/sbin/dovecot", "-F", "-c", str(folder / "dovecot.conf")])
    try:
        wait_for(port)
        yield Dovecot(port=port, folder=folder, tls_port=tls_port)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Postfix:
    """A running mail server that hands everything to one LMTP door."""

    port: int
    folder: Path
    tls_port: int = 0
    """Where it speaks TLS from the start, when it has a certificate."""

    def flush(self) -> None:
        """Try everything in its queue again now."""
        subprocess.run(["/usr/sbin/postqueue", "-c", str(self.folder / "etc"), "-f"], check=False)

    def queued(self) -> int:
        """How many messages wait in its queue."""
        names = ("active", "deferred", "incoming", "maildrop")
        return sum(
            1
            for name in names
            for path in (self.folder / "spool" / name).rglob("*")
            if path.is_file()
        )


@contextmanager
def postfix(
    *, lmtp_port: int, certificate: Certificate | None = None, sign_in: Path | None = None
) -> Iterator[Postfix]:
    """A Postfix that takes mail for ``cedarvalley.example`` and relays it to 127.0.0.1:`lmtp_port`.

    With a certificate it offers STARTTLS, and sign-ins that a Dovecot's socket knows of.
    """
    folder = Path(tempfile.mkdtemp(prefix="homeroom-postfix-"))
    folder.chmod(0o755)
    port, tls_port = free_port(), free_port() if certificate else 0
    for name in ("etc", "spool", "lib"):
        (folder / name).mkdir()
    shutil.chown(folder / "lib", "postfix", "postfix")
    (folder / "etc" / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/lib
maillog_file = /dev/stdout
maillog_file_prefixes = /dev/stdout
myhostname = mx.cedarvalley.example
mydestination =
local_recipient_maps =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
default_transport = lmtp:inet:127.0.0.1:{lmtp_port}
relay_transport = lmtp:inet:127.0.0.1:{lmtp_port}
smtpd_relay_restrictions = permit_mynetworks, reject
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
lmtp_data_done_timeout = 10s
transport_retry_time = 1s
smtputf8_enable = no
{_encrypted(certificate, sign_in) if certificate else ""}
""")
    from_the_start = f"{tls_port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes"
    (folder / "etc" / "master.cf").write_text(f"""
{port}     inet  n - n - - smtpd
{from_the_start if certificate else ""}
tlsmgr    unix  - - n 1000? 1 tlsmgr
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 1 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
relay     unix  - - n - - smtp
smtp      unix  - - n - - smtp
lmtp      unix  - - n - - lmtp
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
showq     unix  n - n - - showq
""")
    log = (folder / "log").open("wb")
    server = subprocess.Popen(
        ["/usr/sbin/postfix", "-c", str(folder / "etc"), "start-fg"],
        stdout=log, stderr=log, start_new_session=True,
    )  # fmt: skip
    try:
        wait_for(port)
        yield Postfix(port=port, folder=folder, tls_port=tls_port)
    finally:
        subprocess.run(
            ["/usr/sbin/postfix", "-c", str(folder / "etc"), "stop"],
            stdout=log, stderr=log, check=False,
        )  # fmt: skip
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


def _encrypted(certificate: Certificate, sign_in: Path | None) -> str:
    """What Postfix is told about TLS, and about sign-ins, which it takes over TLS alone."""
    return f"""
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_chain_files = {certificate.key}, {certificate.chain}
smtpd_tls_received_header = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {sign_in}
"""
