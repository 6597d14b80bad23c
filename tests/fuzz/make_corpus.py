#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets into corpus/ beside this file: small files of each kind that is read,
put together here byte by byte. JPEG pictures are compressed by libturbojpeg."""
import ctypes
import ctypes.util
import gzip
import json
import pathlib
import struct
import zlib

root = pathlib.Path(__file__).parent / "corpus"


def put(target, name, data):
    folder = root / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())


# ---- pictures ----

def pixels(width, height, channels):
    return bytes((31 * x + 57 * y + 91 * c + x * y) % 256
                 for y in range(height) for x in range(width) for c in range(channels))


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, bits, colour, extra=(), interlaced=False):
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]

    def rows(w, h):
        row_bytes = (w * channels * bits + 7) // 8
        return b"".join(bytes([y % 5]) + pixels(row_bytes, 1, 1) for y in range(h))

    if interlaced:
        steps = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
        data = b"".join(rows((width - x + dx - 1) // dx, (height - y + dy - 1) // dy)
                        for x, y, dx, dy in steps if width > x and height > y)
    else:
        data = rows(width, height)
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced)
    chunks = [(b"IHDR", header), *extra, (b"IDAT", zlib.compress(data)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*c) for c in chunks)


def exif(orientation, order=">"):
    mark = b"MM\0*" if order == ">" else b"II*\0"
    return mark + struct.pack(order + "IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def pngs():
    palette = (b"PLTE", pixels(4, 1, 3))
    for colour, depths in ((0, (1, 2, 4, 8, 16)), (2, (8, 16)), (4, (8, 16)), (6, (8, 16))):
        for bits in depths:
            put("image", f"png-{colour}-{bits}", png(9, 7, bits, colour))
    put("image", "png-palette", png(5, 3, 2, 3, [palette]))
    put("image", "png-palette-alpha", png(5, 3, 2, 3, [palette, (b"tRNS", b"\x10\x80")]))
    put("image", "png-transparent", png(5, 3, 8, 2, [(b"tRNS", bytes(6))]))
    put("image", "png-interlaced", png(11, 10, 8, 2, interlaced=True))
    text = [(b"eXIf", exif(6)), (b"tEXt", b"Software\0x"), (b"zTXt", b"a\0\0" + zlib.compress(b"b" * 99)),
            (b"iCCP", b"p\0\0" + zlib.compress(bytes(200))), (b"gAMA", struct.pack(">I", 45455))]
    put("image", "png-chunks", png(4, 6, 8, 0, text))


def jpegs():
    turbo = ctypes.CDLL(ctypes.util.find_library("turbojpeg"))
    turbo.tjInitCompress.restype = ctypes.c_void_p
    turbo.tjCompress2.argtypes = [ctypes.c_void_p, ctypes.c_char_p] + [ctypes.c_int] * 4 + [
        ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_ulong)] + [ctypes.c_int] * 3
    handle = turbo.tjInitCompress()
    rgb, gray, cmyk, progressive = 0, 6, 11, 16384

    def jpeg(width, height, kind, sampling, flags=0):
        data, size = ctypes.c_void_p(), ctypes.c_ulong()
        channels = {rgb: 3, gray: 1, cmyk: 4}[kind]
        assert turbo.tjCompress2(handle, pixels(width, height, channels), width, 0, height, kind,
                                 ctypes.byref(data), ctypes.byref(size), sampling, 60, flags) == 0
        return ctypes.string_at(data, size.value)

    put("image", "jpeg-420", jpeg(19, 17, rgb, 2))
    put("image", "jpeg-444", jpeg(9, 8, rgb, 0))
    put("image", "jpeg-gray", jpeg(8, 24, gray, 3))
    put("image", "jpeg-cmyk", jpeg(8, 8, cmyk, 0))
    put("image", "jpeg-progressive", jpeg(16, 16, rgb, 2, progressive))
    for order in "><":
        block = b"Exif\0\0" + exif(5, order)
        plain = jpeg(12, 5, rgb, 1)
        put("image", f"jpeg-exif-{'mi'[order == '<']}",
            plain[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + plain[2:])


def gif(frames, interlaced=False, transparent=False):
    out = b"GIF89a" + struct.pack("<HHBBB", 6, 5, 0x81, 0, 0) + pixels(4, 1, 3)
    for i in range(frames):
        if transparent or frames > 1:
            out += b"!\xf9\x04" + struct.pack("<BHBB", 1 if transparent else 4, 5, 2, 0)
        out += b"," + struct.pack("<HHHHB", i, 0, 6 - i, 5, 0x40 if interlaced else 0)
        codes = []
        for k in range((6 - i) * 5):  # a clear code before every other pixel keeps codes at 3 bits
            codes += [4, k % 4] if k % 2 == 0 else [(k + i) % 4]
        value = sum(code << (3 * k) for k, code in enumerate(codes + [5]))
        data = value.to_bytes((3 * len(codes) + 10) // 8, "little")
        out += b"\x02" + bytes([len(data)]) + data + b"\0"
    return out + b";"


def bmp(bits, height=4, header=40, method=0, masks=b""):
    width, colours = 5, 1 << bits if bits <= 8 else 0
    row = (width * bits + 31) // 32 * 4
    at = 14 + header + len(masks) + 4 * colours
    out = b"BM" + struct.pack("<IHHI", at + row * abs(height), 0, 0, at)
    if header == 12:
        out += struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        out += struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, method, 0, 0, 0, 0, 0)
        out += masks + bytes(header - 40)
    return out + pixels(colours, 1, 4) + pixels(row * abs(height), 1, 1)


def tga(kind, bits, flags=0):
    mapped = kind & 7 == 1
    out = struct.pack("<BBBHHBHHHHBB", 0, mapped, kind, 0, 4 if mapped else 0, 24 if mapped else 0, 0, 0, 5, 3, bits,
                      flags)
    out += pixels(4, 1, 3) if mapped else b""
    size = (bits + 7) // 8
    if kind >= 9:
        return out + bytes([0x86]) + b"\1" * size + bytes([7]) + bytes([2] * 8 * size)
    return out + bytes(2 if mapped else 90 for _ in range(15 * size))


def psd(channels, bits, packed):
    width, height = 6, 4
    out = b"8BPS" + struct.pack(">HIHHIIHH", 1, 0, 0, channels, height, width, bits, 3) + struct.pack(">III", 0, 0, 0)
    size = width * bits // 8
    if not packed:
        return out + b"\0\0" + pixels(size * height * channels, 1, 1)
    line = bytes([257 - 4, 9, size - 5]) + pixels(size - 4, 1, 1)
    return out + b"\0\1" + struct.pack(">H", len(line)) * height * channels + line * height * channels


def others():
    put("image", "gif-one", gif(1))
    put("image", "gif-interlaced", gif(1, True, True))
    put("image", "gif-two", gif(2))
    for bits in (1, 4, 8, 16, 24, 32):
        put("image", f"bmp-{bits}", bmp(bits))
    put("image", "bmp-from-top", bmp(24, -4))
    put("image", "bmp-os2", bmp(24, header=12))
    put("image", "bmp-masks", bmp(16, method=3, masks=struct.pack("<III", 0xf800, 0x7e0, 0x1f)))
    put("image", "bmp-v4", bmp(32, header=108, method=0))
    for kind, bits, flags in ((2, 24, 0), (2, 32, 8), (2, 16, 0x10), (3, 8, 0x20), (1, 8, 0), (10, 24, 0), (11, 8, 0)):
        put("image", f"tga-{kind}-{bits}-{flags}", tga(kind, bits, flags))
    for channels, bits, packed in ((3, 8, 0), (3, 8, 1), (4, 16, 0), (1, 8, 1)):
        put("image", f"psd-{channels}-{bits}-{packed}", psd(channels, bits, packed))
    put("image", "hdr-flat", b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 3 +X 5\n" + pixels(5, 3, 4))
    run = b"".join(bytes([128 + 9, c]) for c in (10, 20, 30, 128))
    put("image", "hdr-runs", b"#?RGBE\nFORMAT=32-bit_rle_rgbe\n\n-Y 2 +X 9\n" + (b"\2\2\0\x09" + run) * 2)
    pic = b"\x53\x80\xf6\x34" + bytes(84) + b"PICT" + struct.pack(">HHfHH", 5, 3, 1.0, 3, 0) + b"\0\x08\0\xe0"
    put("image", "pic-flat", pic + pixels(5, 3, 3))
    put("image", "pic-runs", pic[:-3] + b"\x08\2\xe0" + b"\x84\1\2\3" * 3)
    put("image", "pnm-1", "P1\n# c\n3 2\n1 0 1\n010\n")
    put("image", "pnm-2", "P2 3 2 15 1 2 3 4 5 15 ")
    put("image", "pnm-3", "P3\n1 2\n255\n1 2 3\n250 251 252\n")
    put("image", "pnm-4", b"P4 9 2\n" + b"\xaa\x80\x55\0")
    put("image", "pnm-5", b"P5 4 3 65535\n" + pixels(24, 1, 1))
    put("image", "pnm-6", b"P6 4 3 255\n" + pixels(4, 3, 3))


# ---- tables ----

def manifests():
    put("manifest", "plain", "\1path,label\nx/1.png,a\nx/2.png,b\ny/3.png,a\ny/4.png,b\nz/5.png,a\nz/6.png,b\n")
    put("manifest", "all", "\3Path;LABEL;split;group;weight;other\r\nx/1;a;train;g;2;?\r\nx/2;b;train;;.5;\r\n"
        "\"y;3\";a;val;h;;\r\ny/4;b;val;h;1;\r\nz/5;a;test;i;;\r\nz/6;b;test;i;;\r\n")
    put("manifest", "folds", "\1path\tlabel\tfold\n" +
        "".join(f"{i}\t{'ab'[i % 2]}\t{i % 3 + 1}\n" for i in range(12)))
    put("manifest", "drawn", "\x1f\xef\xbb\xbfpath,label,group\n" +
        "".join(f"c{i // 3}/{i}.png,{'ab'[i % 2]},g{i // 4}\n" for i in range(40)))
    put("manifest", "defect", "\0path,label\n1,ok\n2,defect\n3,ok\n\"4\n\"\"x\"\"\",defect\n")
    put("manifest", "rest", "\5path,label\n" + "".join(f"{i},{'abc'[i % 3]}\n" for i in range(24)))


def scores():
    rows = [("a/1.png", 1, 2.5, "val"), ("a/2.png", 0, -1.25, "val"), ("b,3.png", 1, 0.125, "test"),
            ("b/4.png", 0, -3e-5, "test"), ("c/5.png", "", 1e300, "oof")]
    put("scores", "own", "\0path,label,logit,score,split\n" +
        "".join(f"\"{p}\",{y},{z},{1 if z > 0 else 0},{s}\n" for p, y, z, s in rows))
    put("scores", "details", "\0path,label,logit,score,split,fold,group,weight\n"
        "a,1,0.5,0.62,oof,1,g,2\nb,0,-0.5,0.38,oof,2,\"h\n\",0.25\nc,1,inf,1,val,,,\n")
    put("scores", "plain", "\0file,y_true,prob,weight\n" + "".join(f"{i},{i % 2},0.{i}5,{i}e-3\n" for i in range(1, 30)))
    put("scores", "numbered", "\0" + "".join(f"{i % 2}\t0.{i}\n" for i in range(9)))
    put("scores", "named", "\3path;label;score;split\r\nx;yes;.25;TRAIN\r\ny;no;1;\r\nz;maybe;0;val\r\nbad;;x;\r\n")
    put("scores", "wide", "\x08path,y_a,s_a,y_b,s_b,split\n1,1,.5,0,.25,val\n2,0,.125,1,.75,val\n")
    put("scores", "targets", "\x04path,target,label,score\n1,shoes,1,-2\n1,hat,0,3\n2,\"sh\"\"oes\",1,0x1p-3\n")
    put("scores", "unlabelled", "\x20path,score\na,0.5\nb,0.25\n")
    put("scores", "minus", "\x04path,label,score\na,-1,-5\nb,1,7\nc,true,1\nd,1.0,-0\n")
    put("scores", "compressed", "\x10path,label,score\n" + "".join(f"{i},{i % 2},0.{i}\n" for i in range(10, 60)))
    packed = gzip.compress(b"path,label,score\na,1,0.75\nb,0,0.5\n", mtime=0)
    put("scores", "gzip", b"\0" + packed)
    put("scores", "gzip-cut", b"\0" + packed[:-9])
    put("scores", "lines", "\0" + "".join(
        json.dumps({"path": f"{i}", "label": i % 2, "logit": i - 2.5, "split": "val", "more": [1, {"a": None}]}) + "\n"
        for i in range(6)))
    put("scores", "lines-odd", "\1{\"path\":\"a\\r\\nb\\u00e4\",\"label\":true,\"score\":0.5,\"fold\":1}\n\n{}\n{\"label\":0,"
        "\"score\":\"0.25\",\"weight\":3}\n[1]\n{\"label\":1,\"score\":1e999}\n")
    put("scores", "lines-wide", "\x08{\"y_a\":1,\"s_a\":0.5,\"y_b\":0,\"s_b\":0}\n{\"s_b\":1,\"y_b\":1,\"s_a\":0,\"y_a\":0}\n")


# ---- networks and models ----

NETS = {
    "small": [{"type": "conv", "filters": 4, "bias": False}, {"type": "batch_norm"}, {"type": "relu"},
              {"type": "max_pool"}, {"type": "global_average_pool"}, {"type": "dense", "units": 1},
              {"type": "sigmoid", "gamma": 2, "offset": -0.3}],
    "all": [{"type": "conv", "filters": 3, "name": "first", "input": "image", "padding": [1, 1], "stride": 1},
            {"type": "conv", "filters": 3, "kernel": [1, 3]}, {"type": "add", "with": "first"},
            {"type": "average_pool", "kernel": 3, "stride": [2, 1], "padding": 1}, {"type": "dropout", "rate": 0.25},
            {"type": "flatten"}, {"type": "dense", "units": 3}, {"type": "relu"}, {"type": "dense", "units": 2},
            {"type": "softmax"}],
    "least": [{"type": "flatten"}, {"type": "dense", "units": 1}],
}


def networks():
    for name, layers in NETS.items():
        put("net", name, json.dumps({"layers": layers}, indent=1 if name == "all" else None))


def model(layers, tensors, width, height, channels, extra=None):
    entries, data = {}, b""
    for name, shape in tensors:
        count = 1
        for side in shape:
            count *= side
        values = struct.pack(f"<{count}f", *((k % 5 - 2) / 8 + ("var" in name) for k in range(count)))
        entries[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    preprocess = {"width": width, "height": height, "channels": channels, "fit": "pad",
                  "mean": [127.5] * channels, "deviation": [64] * channels}
    metadata = {"format": "bclass", "version": "2", "program": "0.1.0", "network": json.dumps({"layers": layers}),
                "preprocess": json.dumps(preprocess), "positive": "cat", "negative": "dog", "data_sha256": "a" * 64,
                "scores_sha256": "", "settings": "{\"epochs\": 3}", **(extra or {})}
    return json.dumps({"__metadata__": metadata, **entries}).encode(), data


def models():
    least = model(NETS["least"], [("dense1.weight", [1, 6]), ("dense1.bias", [1])], 3, 2, 1)
    small = model(NETS["small"], [("conv1.weight", [4, 3, 3, 3]), ("batch_norm1.weight", [4]), ("batch_norm1.bias", [4]),
                                  ("dense1.weight", [1, 4]), ("dense1.bias", [1]), ("batch_norm1.running_mean", [4]),
                                  ("batch_norm1.running_var", [4])], 8, 6, 3, {"calibration": "{\"method\":\"none\"}"})
    for name, (header, data) in (("least", least), ("small", small)):
        put("model", name, header + b"\0" + data)
        put("model", name + "-file", struct.pack("<Q", len(header)) + header + data)
    put("model", "older", least[0].replace(b'"version": "2"', b'"version": "1"') + b"\0" + least[1])


# ---- cutoffs and calibrations ----

def cutoffs():
    counts = {"rows": 20, "positives": 8, "negatives": 12, "tp": 7, "fp": 3, "fn": 1, "tn": 9}
    one = {"cutoff": 0.5, "logit": "0x0p+0", "rule": "recall >= 0.85", "chosen_on": {"split": "val", **counts}}
    names = {"positive": "defect", "negative": None, "scores_sha256": "0" * 64}
    head = {"format": "bclass cutoff", "version": 1}
    put("cutoff", "one", json.dumps({**head, **one, "test": counts, "floors": {"recall": 0.85}, **names}, indent=1))
    low = {**one, "cutoff": 0.2689414213699951, "logit": "-0x1p+0", "guarantee": {"recall": 0.9, "confidence": 0.95}}
    put("cutoff", "promised", json.dumps({**head, **low, **names}))
    weighted = {**one, "chosen_on": {"split": "all", **counts, "weighted": True}}
    put("cutoff", "many", json.dumps({**head, "targets": [{"target": "hat", **weighted}, {"target": "\u00e4", **low}]}))


def calibrations():
    on = {"split": "val", "rows": 20, "positives": 8, "negatives": 12, "log_loss_before": None, "log_loss_after": 0.25}
    end = {"clip": None, "fitted_on": on, "chosen_by": None, "scores_sha256": "f" * 64}
    for method, values in (("none", {}), ("temperature", {"temperature": 1.5}),
                           ("platt", {"slope": 0.75, "intercept": -0.125}), ("beta", {"a": 0.5, "b": 1.0, "c": -2.0})):
        put("calibration", method, json.dumps({
            "format": "bclass calibration", "version": 1, "method": method, "parameters": values,
            "hex": {key: value.hex() for key, value in values.items()}, **end, "chosen_by": "it is best"}))
    steps = [{"from": a, "to": b, "score": p, "hex": [a.hex(), b.hex(), p.hex()]}
             for a, b, p in ((-3.5, -1.25, 0.0625), (-1.0, 0.5, 0.5), (0.75, 0.75, 0.875))]
    put("calibration", "isotonic", json.dumps({"format": "bclass calibration", "version": 1, "method": "isotonic",
                                               "steps": steps, **end, "clip": (4.5).hex()}, indent=1))


for write in (pngs, jpegs, others, manifests, scores, networks, models, cutoffs, calibrations):
    write()
