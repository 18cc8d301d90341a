"""The command line: `python -m core serve | migrate | predict | evaluate | train`."""

from __future__ import annotations

import gc
import os
import sys

from core.errors import LookoutError
from core.settings import CHECKOUT, settings


def serve() -> None:
    """Bring up the pages and the API on HOST:PORT (default 127.0.0.1:8501)."""
    chosen = settings()
    chosen.refuse_open_door()
    from core import serving

    if chosen.pages == "off":
        from core.api import app

        serving.run(app, chosen.host, chosen.port)
        return
    serving.install()
    gc.disable()  # collecting while thousands of functions are imported takes a tenth of the start; app.py enables it
    from streamlit.web.cli import main as streamlit

    os.chdir(CHECKOUT)  # Streamlit finds its configuration beside the script
    where = [f"--server.address={chosen.host}", f"--server.port={chosen.port}"]
    streamlit(["run", str(CHECKOUT / "app.py"), *where], prog_name="streamlit", standalone_mode=False)


def main() -> None:
    """Run the command; a Lookout error is one line on standard error and exit code 2."""
    try:
        if sys.argv[1:] == ["serve"]:
            serve()  # without the library that reads flags: it has none, and whoever starts the desk waits
        else:
            from core.commands import cli

            cli.command()(serve)
            cli()
    except LookoutError as problem:
        print(problem.message, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
