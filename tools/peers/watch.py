"""Runs a command with its children and sees how much memory they hold together, ending them all when they take
too long or hold too much.
"""
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

PAUSE_S = 0.2


def run(command, seconds_max, mib_max, forks, scratch):
    """(MiB held at most by all of it, why it ended where that was not its own doing or an error). Of a command that
    `forks`, pages that several processes share count once; that takes longer to ask, so of others it is not asked.
    Files that it leaves in temporary folders are in `scratch`."""
    started, held, ended = time.time(), 0, None
    # Answers come by file, so what engines print is only read when one fails.
    with tempfile.TemporaryFile() as talk:
        with subprocess.Popen(command, stdout=talk, stderr=subprocess.STDOUT, start_new_session=True,
                              env=os.environ | {"TMPDIR": str(scratch)}) as process:
            while process.poll() is None:
                held = max(held, together(process.pid, forks))
                if held > mib_max:
                    ended = f"ended when it held more than {mib_max} MiB, after {time.time() - started:.0f} s"
                elif time.time() - started > seconds_max:
                    ended = f"no answer in {seconds_max:g} s"
                if ended:
                    end(process)
                    break
                time.sleep(PAUSE_S)
        if not ended and process.returncode:
            talk.seek(0)
            said = talk.read().decode(errors="replace").strip().splitlines()
            ended = shortened(said[-1]) if said else f"ended with {process.returncode}"
    return held, ended


def shortened(message):
    """The beginning of a message, which has to fit into a cell of a table."""
    return message if len(message) <= 120 else message[:120].rsplit(" ", 1)[0] + " …"


def end(process):
    """Ends the command and what it started, which is in one group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def together(session, forks):
    """MiB of the processes of a session."""
    members = [path for path in Path("/proc").iterdir() if path.name.isdigit() and session_of(path) == session]
    if forks and len(members) > 1:
        return sum(mib(path / "smaps_rollup", "Pss:") for path in members)
    return sum(mib(path / "status", "VmRSS:") for path in members)


def session_of(path):
    try:
        # The name of a command, in brackets, may hold spaces.
        return int((path / "stat").read_text().rsplit(")", 1)[1].split()[3])
    except (OSError, IndexError):
        return None


def mib(path, field):
    try:
        return next((int(line.split()[1]) >> 10 for line in path.read_text().splitlines() if line.startswith(field)), 0)
    except OSError:
        return 0
