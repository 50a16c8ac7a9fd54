"""The floor of `bench_http.py`: the first page of runs from Starlette and sqlite3 alone, served by the same uvicorn.

python -m tests.bench.bare_http FILE
"""

import sqlite3
import sys

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_LIST = "SELECT * FROM workflow_runs ORDER BY updated_at DESC, id DESC LIMIT 25"


def main(file: str) -> None:
    """Serve on a free port, which is printed once it listens, until the process is ended."""
    database = sqlite3.connect(file, check_same_thread=False)
    database.row_factory = sqlite3.Row

    async def page(_: Request) -> Response:
        total = database.execute("SELECT count(*) FROM workflow_runs").fetchone()[0]
        rows = [dict(row) for row in database.execute(_LIST)]
        return Response(orjson.dumps({"data": rows, "total": total}), media_type="application/json")

    app = Starlette(routes=[Route("/api/workflows", page)])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", access_log=False))
    socket = server.config.bind_socket()
    # Who asks before the server takes requests waits, and is not refused.
    socket.listen()
    print(f"http://127.0.0.1:{socket.getsockname()[1]}", flush=True)
    server.run([socket])


if __name__ == "__main__":
    main(sys.argv[1])
