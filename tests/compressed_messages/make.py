#!/usr/bin/env python3
"""Writes the data of this folder anew: contents that the test can make too, compressed by others.

LZNT1 is made by the package lznt1, LZ4 by the package lz4, plain LZ77 by Samba's library and
LZ77+Huffman by wimlib; where it takes more than one block, which wimlib does not make, by the few
lines below. Every line is read back with dissect.util before it is written.

    pip install lznt1 lz4 dissect.util
    apt-get install samba-libs libwim15
    python3 make.py
"""

import ctypes
import glob
import pathlib

import lz4.block
import lznt1
from dissect.util.compression import lz4 as dissect_lz4
from dissect.util.compression import lznt1 as dissect_lznt1
from dissect.util.compression import lzxpress, lzxpress_huffman

BLOCK = 64 << 10


def numbers():
    """The numbers of the test's own generator."""
    state = 1
    while True:
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        yield state >> 16


def words(size):
    some = numbers()
    names = ["share", "session", "signed", "file", "\\\\fs1\\data\\", "user", "read ", "SMB", " ", "\n"]
    return "".join(names[next(some) % len(names)] for _ in range(size)).encode()[:size]


CONTENTS = {
    "empty": b"",
    "letter": b"a",
    "noise": bytes(number & 0xFF for number, _ in zip(numbers(), range(1000))),
    "words": words(6000),
    "lines": b"".join(b"line %05d of the file%s\n" % (line, b" and on" * 14) for line in range(600)),
    "zeros": b"\xfeSMB" + bytes(70000) + b"end",
}


def lz77(contents):
    name = glob.glob("/usr/lib/*/samba/libndr-samba-samba4.so.0")[0]
    compress = ctypes.CDLL(name).lzxpress_compress
    compress.restype = ctypes.c_ssize_t
    out = ctypes.create_string_buffer(2 * len(contents) + 64)
    size = compress(contents, ctypes.c_uint32(len(contents)), out, ctypes.c_uint32(len(out)))
    assert size > 0
    return out.raw[:size]


def huffman(contents):
    if len(contents) > BLOCK:
        return huffman_blocks(contents)
    wim = ctypes.CDLL("libwim.so.15")
    wim.wimlib_compress.restype = ctypes.c_size_t
    wim.wimlib_compress.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p]
    compressor = ctypes.c_void_p()
    assert wim.wimlib_create_compressor(1, ctypes.c_size_t(BLOCK), 80, ctypes.byref(compressor)) == 0
    out = ctypes.create_string_buffer(2 * BLOCK)
    size = wim.wimlib_compress(contents, len(contents), out, len(out), compressor)
    assert size > 0
    return out.raw[:size]


class HuffmanBlock:
    """A block in which each of the 512 symbols has a code of nine bits: the symbol itself."""

    def __init__(self):
        self.bytes = bytearray(b"\x99" * 256) + bytes(4)
        self.words = [256, 258]
        self.bits = ""

    def put(self, bits):
        self.bits += bits
        while len(self.bits) > 16:
            self.flush()

    def flush(self):
        word = int(self.bits[:16].ljust(16, "0"), 2)
        self.bytes[self.words[0] : self.words[0] + 2] = word.to_bytes(2, "little")
        self.bits = self.bits[16:]
        self.words = [self.words[1], len(self.bytes)]
        self.bytes += bytes(2)

    def repeat(self, distance, length):
        high = distance.bit_length() - 1
        length -= 3
        self.put(f"{256 + (high << 4 | min(length, 15)):09b}")
        if length >= 15:
            self.bytes += bytes([min(length - 15, 255)])
        if length >= 15 + 255:
            self.bytes += length.to_bytes(2, "little")
        if high:
            self.put(f"{distance - (1 << high):0{high}b}")

    def done(self):
        # The last word, and the one for which there is room behind it.
        self.bytes[self.words[0] : self.words[0] + 2] = int(self.bits.ljust(16, "0"), 2).to_bytes(2, "little")
        return bytes(self.bytes)


def huffman_blocks(contents):
    seen, blocks, block, at, end = {}, [], HuffmanBlock(), 0, BLOCK
    while at < len(contents):
        if at >= end:
            blocks.append(block.done())
            block, end = HuffmanBlock(), at + BLOCK
        before = seen.get(contents[at : at + 3], -1)
        length = 0
        most = min(len(contents) - at, BLOCK) if before >= 0 else 0
        while length < most and contents[before + length] == contents[at + length]:
            length += 1
        if length >= 3 and at - before < BLOCK:
            block.repeat(at - before, length)
        else:
            length = 1
            block.put(f"{contents[at]:09b}")
        for place in range(at, at + length):
            seen[contents[place : place + 3]] = place
        at += length
    block.put(f"{256:09b}")
    return b"".join(blocks) + block.done()


def lz4_block(contents):
    return lz4.block.compress(contents, store_size=False)


def lz4_expand(compressed, size):
    return bytes(dissect_lz4.decompress(compressed, size))


ALGORITHMS = {
    "lznt1": (lznt1.compress, lambda it, _: dissect_lznt1.decompress(it)),
    "lz77": (lz77, lambda it, _: lzxpress.decompress(it)),
    "lz77_huffman": (huffman, lambda it, _: lzxpress_huffman.decompress(it)),
    "lz4": (lz4_block, lz4_expand),
}


def main():
    for algorithm, (compress, expand) in ALGORITHMS.items():
        lines = []
        for name, contents in CONTENTS.items():
            if algorithm != "lz4" and name == "empty" or algorithm == "lz77_huffman" and name in ("letter", "noise"):
                continue
            compressed = bytes(compress(contents))
            read = expand(compressed, len(contents))
            # dissect.util takes the end of LZ77+Huffman for a repetition.
            assert read[: len(contents)] == contents, (algorithm, name)
            lines.append(f"{name} {compressed.hex()}\n")
            print(algorithm, name, len(contents), len(compressed), len(read))
        (pathlib.Path(__file__).parent / f"{algorithm}.txt").write_text("".join(lines))


main()
