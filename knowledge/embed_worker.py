"""The far end of `knowledge.embed_pool`: one process, one thread, one model.

Reads requests from standard input and answers on standard output until the input ends. A request is 8 bytes of length
and a JSON list of texts; an answer is 8 bytes of length and that many bytes of float32 rows. All lengths are
little-endian.
"""

from __future__ import annotations

import json
import struct
import sys

LENGTH = struct.Struct("<Q")


def main() -> None:
    """Serve one parent process."""
    from knowledge.embed import MiniLMEmbedder

    embedder = MiniLMEmbedder(int(sys.argv[1]))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while len(head := source.read(LENGTH.size)) == LENGTH.size:
        texts = json.loads(source.read(LENGTH.unpack(head)[0]))
        answer = embedder.embed(texts).astype("<f4").tobytes()
        sink.write(LENGTH.pack(len(answer)) + answer)
        sink.flush()


if __name__ == "__main__":
    main()
