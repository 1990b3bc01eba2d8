import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from homeroom.kit.postgres import Server, ServerUnavailable, server
from homeroom.kit.postgres.cluster import SOCKET_BYTES

SYSTEM = "SELECT system_identifier FROM pg_control_system()"
HOLD = "import sys; from pathlib import Path; from homeroom.kit.postgres import Server\n"
HOLD += "s = Server(Path(sys.argv[1])); print(s.start(), flush=True); sys.stdin.read(); s.stop()"


@pytest.fixture
def home(open_path: Path) -> Iterator[Path]:
    yield open_path / "home"
    assert servers_below(open_path) == []


def servers_below(folder: Path) -> list[int]:
    found = []
    for process in Path("/proc").iterdir():
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in command and (b"postgres\0-D" in command or b"keeper" in command):
            found.append(int(process.name))
    return found


def holder(home: Path) -> subprocess.Popen[str]:
    """Another process that uses the server."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def answer(url: str, query: str = "SELECT 1") -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row else None


def data_of(home: Path) -> Path:
    """Where the cluster of `home` lies, as documented."""
    moved = home / "postgres" / "where"
    return Path(moved.read_text().strip() if moved.exists() else home / "postgres") / "data"


def eventually(is_so: object, seconds: float = 20) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if is_so():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


def test_a_server_lives_inside_and_leaves_nothing_behind(home: Path) -> None:
    with server(home) as url:
        assert answer(url) == 1
        assert Server(home).running() == url
        assert oct((home / "postgres" / "url").stat().st_mode)[-3:] == "600"
    assert Server(home).running() is None
    assert not (home / "postgres" / "url").exists()


def test_what_was_stored_is_there_at_the_next_start_at_the_same_address(home: Path) -> None:
    with server(home) as first, psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    with server(home) as second:
        assert second == first
        assert answer(second, "SELECT n FROM kept") == 7


def test_a_named_server_is_used_and_none_is_started(home: Path) -> None:
    with server(home, url="postgresql://elsewhere/x") as url:
        assert url == "postgresql://elsewhere/x"
    assert not home.exists()


def test_the_application_is_no_superuser_and_the_password_is_asked_for(home: Path) -> None:
    with server(home) as url:
        assert answer(url, "SHOW is_superuser") == "off"
        assert answer(url, "SHOW listen_addresses") == ""
        socket = url.split("host=")[1]
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgresql://homeroom:wrong@/homeroom?host={socket}")


def test_two_installs_run_beside_each_other(home: Path) -> None:
    with server(home / "a") as one, server(home / "b") as other:
        assert one != other
        assert answer(one, SYSTEM) != answer(other, SYSTEM)


def test_the_server_outlives_its_starter_while_another_uses_it(home: Path) -> None:
    first = holder(home)
    assert first.stdout is not None
    url = first.stdout.readline().strip()
    second = Server(home)
    assert second.start() == url
    first.communicate("", timeout=30)
    assert answer(url) == 1
    second.stop()
    assert Server(home).running() is None


def test_many_starters_at_once_share_one_server(home: Path) -> None:
    holders = [holder(home) for _ in range(4)]
    urls = {one.stdout.readline().strip() for one in holders if one.stdout}
    assert len(urls) == 1
    # The server and its keeper; what the server forks bears its name until it has one of its own.
    assert eventually(lambda: len(servers_below(home)) == 2)
    for one in holders:
        one.communicate("", timeout=30)


def test_kill_9_of_its_user_ends_the_server(home: Path) -> None:
    user = holder(home)
    assert user.stdout is not None
    user.stdout.readline()
    user.kill()
    user.communicate()
    assert eventually(lambda: servers_below(home) == [])


def test_kill_9_of_its_keeper_ends_the_server_and_the_next_start_recovers(home: Path) -> None:
    embedded = Server(home)
    url = embedded.start()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    keeper = next(pid for pid in servers_below(home) if b"keeper" in command_of(pid))
    os.kill(keeper, signal.SIGKILL)
    assert eventually(lambda: servers_below(home) == [])
    embedded.stop()
    with server(home) as again:
        assert answer(again, "SELECT n FROM kept") == 7


def test_a_pid_file_of_a_dead_server_whose_number_lives_on_is_no_obstacle(home: Path) -> None:
    with server(home):
        data = data_of(home)
        kept = (data / "postmaster.pid").read_text().splitlines()
    kept[0] = str(os.getpid())  # alive, and not a server
    (data / "postmaster.pid").write_text("\n".join(kept) + "\n")
    with server(home) as url:
        assert answer(url) == 1


def test_a_making_that_was_interrupted_is_made_again(home: Path) -> None:
    (home / "postgres" / "making" / "base").mkdir(parents=True)
    with server(home) as url:
        assert answer(url) == 1


def test_a_long_path_gets_its_socket_elsewhere(home: Path) -> None:
    deep = home / ("very-long-name-" * 4) / ("another-long-name-" * 3)
    with server(deep) as url:
        assert answer(url) == 1
        socket = url.split("host=")[1]
        assert len(socket) + len("/.s.PGSQL.5432") <= SOCKET_BYTES
        assert Path(socket).stat().st_mode & 0o077 == 0


def test_a_cluster_of_another_major_version_is_refused_in_a_sentence(home: Path) -> None:
    with server(home):
        data = data_of(home)
    (data / "PG_VERSION").write_text("14\n")
    with pytest.raises(ServerUnavailable, match="PostgreSQL 14"):
        Server(home).start()


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    with server(home):
        data = data_of(home)
    (data / "postgresql.conf").write_text("nonsense = 1\n")
    with pytest.raises(ServerUnavailable, match=r"cannot start: .*(configuration|nonsense)"):
        Server(home).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another account")
def test_root_runs_the_server_under_another_account_and_opens_no_home(home: Path) -> None:
    home.mkdir()
    home.chmod(0o700)
    with server(home) as url:
        assert answer(url) == 1
        data = data_of(home)
        assert data.is_relative_to("/var/lib/homeroom")
        assert pwd.getpwuid(data.stat().st_uid).pw_name != "root"
    assert oct(home.stat().st_mode)[-3:] == "700"
    subprocess.run(["rm", "-r", str(data.parent)], check=True)


def command_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()
