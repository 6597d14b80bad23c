#!/usr/bin/env python3
"""Makes the sample pictures in tshirt-or-shirt/ from the four Fashion-MNIST files (see README.md).

Usage: python3 make-samples.py [SOURCE [TARGET [TRAIN TEST]]]

SOURCE is the folder of the original .gz files, by default that of Debian's package dataset-fashion-mnist;
TARGET is the folder to fill, by default tshirt-or-shirt beside this script; TRAIN and TEST are how many pictures
of each class there are at most, by default 1000 and 250. The same input gives the same bytes. Only Python's standard library is needed.
"""
import gzip
import os
import struct
import sys
import zlib

CLASSES = {0: "tshirt", 6: "shirt"}  # label in the original files: folder here
PARTS = {"train": "train", "test": "t10k"}  # split: original file


def read_idx(path, magic):
    """The IDX format: a big-endian magic number, the sizes of the dimensions, then the bytes."""
    with gzip.open(path) as file:
        data = file.read()
    dimensions = magic & 0xFF
    found, *sizes = struct.unpack_from(f">{1 + dimensions}i", data)
    if found != magic:
        sys.exit(f"{path}: not the IDX file that was expected (magic number {found}, not {magic})")
    return sizes, data[4 * (1 + dimensions):]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def filtered(pixels, width, kind):
    """The rows as PNG filters them: 0 none, 1 minus the left pixel, 2 minus the upper one."""
    rows = bytearray()
    above = bytes(width)
    for start in range(0, len(pixels), width):
        row = pixels[start:start + width]
        before = {0: bytes(width), 1: b"\0" + row[:-1], 2: above}[kind]
        rows.append(kind)
        rows += bytes((value - other) & 0xFF for value, other in zip(row, before))
        above = row
    return bytes(rows)


def png(pixels, width, height):
    """An 8-bit gray PNG; of the three filters the one that gives the smallest file."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = min((zlib.compress(filtered(pixels, width, kind), 9) for kind in (0, 1, 2)), key=len)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def make(source, target, counts):
    for (split, part), wanted in zip(PARTS.items(), counts):
        _, labels = read_idx(os.path.join(source, f"{part}-labels-idx1-ubyte.gz"), 0x801)
        (_, height, width), pixels = read_idx(os.path.join(source, f"{part}-images-idx3-ubyte.gz"), 0x803)
        size = width * height
        for label, name in CLASSES.items():
            folder = os.path.join(target, split, name)
            os.makedirs(folder, exist_ok=True)
            for index in [i for i, value in enumerate(labels) if value == label][:wanted]:
                with open(os.path.join(folder, f"{index:05d}.png"), "wb") as file:
                    file.write(png(pixels[index * size:(index + 1) * size], width, height))


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    given = dict(enumerate(sys.argv[1:]))
    make(given.get(0, "/usr/share/datasets/fashion-mnist"), given.get(1, os.path.join(here, "tshirt-or-shirt")),
         (int(given.get(2, 1000)), int(given.get(3, 250))))
