#!/usr/bin/env python3
"""Writes pngsuite_truth.h: the CRC-32 of the pixels of each good picture of PngSuite, decoded here from the PNG
specification with nothing but zlib: "pngsuite_truth.py FOLDER >pngsuite_truth.h". 16 bits are rounded to 8,
and alpha is laid over white, both to the nearest; gamma is not looked at."""
import pathlib
import struct
import sys
import zlib


def unfilter(data, row_bytes, height, step):
    rows, above = [], bytes(row_bytes)
    for y in range(height):
        kind, row = data[y * (row_bytes + 1)], bytearray(data[y * (row_bytes + 1) + 1:(y + 1) * (row_bytes + 1)])
        for i in range(row_bytes):
            a = row[i - step] if i >= step else 0
            b = above[i]
            c = above[i - step] if i >= step else 0
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            row[i] = (row[i] + (0, a, b, (a + b) // 2, paeth)[kind]) & 255
        rows.append(row)
        above = row
    return rows


def samples(row, count, bits):
    if bits == 16:
        return list(struct.unpack(f">{count}H", row))
    return [row[i * bits // 8] >> (8 - bits - i * bits % 8) & (1 << bits) - 1 for i in range(count)]


def nearest(value, most):
    return (2 * value * 255 + most) // (2 * most)


def decode(path):
    data, at, idat, palette, alphas = path.read_bytes(), 8, b"", None, None
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        at += 12 + size
        if kind == b"IHDR":
            width, height, bits, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            idat += body
        elif kind == b"PLTE":
            palette = body
        elif kind == b"tRNS":
            alphas = body
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    pixels, raw = {}, zlib.decompress(idat)
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    for x0, y0, dx, dy in passes if interlaced else [(0, 0, 1, 1)]:
        w, h = -(-(width - x0) // dx), -(-(height - y0) // dy)
        if w <= 0 or h <= 0:
            continue
        row_bytes = (w * channels * bits + 7) // 8
        for y, row in enumerate(unfilter(raw, row_bytes, h, max(1, channels * bits // 8))):
            values = samples(row, w * channels, bits)
            for x in range(w):
                pixels[x0 + x * dx, y0 + y * dy] = tuple(values[x * channels:(x + 1) * channels])
        raw = raw[h * (row_bytes + 1):]
    out, most = bytearray(), (1 << bits) - 1
    keyed = struct.unpack(f">{channels}H", alphas[:2 * channels]) if alphas and colour in (0, 2) else None
    for y in range(height):
        for x in range(width):
            pixel, alpha = pixels[x, y], 255
            if colour == 3:
                alpha = alphas[pixel[0]] if alphas and pixel[0] < len(alphas) else 255
                shown = palette[3 * pixel[0]:3 * pixel[0] + 3]
            else:
                shown = [nearest(v, most) for v in pixel[:1 if colour in (0, 4) else 3]]
                if colour in (4, 6):
                    alpha = nearest(pixel[-1], most)
                elif pixel == keyed:
                    alpha = 0
            out += bytes(nearest(alpha * v + (255 - alpha) * 255, 255 * 255) for v in shown)
    return zlib.crc32(out)


print("/* Written by pngsuite_truth.py, which decodes PNG by itself. */")
print("static const struct {\n    const char *file;\n    unsigned long sum; /* CRC-32 of the pixels */\n} PNGSUITE[] = {")
for picture in sorted(pathlib.Path(sys.argv[1]).glob("[!x]*.png")):
    print(f'    {{"{picture.stem}", 0x{decode(picture):08x}}},')
print("};")
