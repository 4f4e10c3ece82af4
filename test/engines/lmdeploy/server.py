"""LMDeploy's own api_server on 127.0.0.1, over a scripted engine.

Usage: server.py TOOL_CALL_PARSER REASONING_PARSER [PORT], `none` for no parser. Prints `READY <url>` once it answers;
ends when its stdin is closed. `GET /scripted` tells how many answers are running, and the messages of the latest chat.
"""

import importlib
import os
import socket
import sys
import threading
import time
import urllib.request

import absent_packages  # noqa: F401  Before anything of LMDeploy.

api_server = importlib.import_module("lmdeploy.serve.openai.api_server")
scripted = importlib.import_module("scripted_engine")

MODEL = "scripted"


def main() -> None:
    tool_parser, reasoning_parser, *port = sys.argv[1:]
    port = int(port[0]) if port and port[0] != "0" else find_port()
    threading.Thread(target=announce, args=(f"http://127.0.0.1:{port}",), daemon=True).start()
    threading.Thread(target=end_with_stdin, daemon=True).start()
    engine = scripted.ScriptedEngine(MODEL)
    api_server.get_task = lambda *args, **kwargs: ("llm", lambda **kwargs: engine)
    make_router = api_server.create_openai_router

    def with_inspection(context):
        router = make_router(context)
        router.add_api_route(
            "/scripted",
            lambda: {"running": engine.engine.counts["running"], "messages": engine.prompt_processor.messages},
        )
        return router

    api_server.create_openai_router = with_inspection
    api_server.serve(
        MODEL,
        server_name="127.0.0.1",
        server_port=port,
        tool_call_parser=None if tool_parser == "none" else tool_parser,
        reasoning_parser=None if reasoning_parser == "none" else reasoning_parser,
        generation_config="lmdeploy",
    )


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def announce(url: str) -> None:
    while True:
        try:
            urllib.request.urlopen(f"{url}/v1/models").read()
        except OSError:
            time.sleep(0.05)
        else:
            # In one write and on a line of its own: the server logs at the same time.
            os.write(1, f"\nREADY {url}\n".encode())
            return


def end_with_stdin() -> None:
    sys.stdin.read()
    os._exit(0)


main()
