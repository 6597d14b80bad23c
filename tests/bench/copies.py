#!/usr/bin/python3
"""Makes folders of altered copies of real pictures and of the pictures themselves, for copies-bench.

    python3 tests/bench/copies.py SCRATCH COPIES-BENCH SHARED FASHION

For each set it draws 300 pictures, of at most 256 pixels, saves them as SCRATCH/SET/original/N.png and altered as
SCRATCH/SET/ALTERATION/N.png, and runs copies-bench over them: how many of each alteration are found, and the
distances. Then over the sets themselves: what is joined in them. Needs Pillow. SHARED is the folder shared/ beside
the project; FASHION a folder of Fashion-MNIST as data/make-samples.py makes it. See copies.md."""

import glob
import io
import os
import random
import subprocess
import sys

from PIL import Image, ImageEnhance

scratch, bench, shared, fashion = sys.argv[1:]
here = os.path.dirname(os.path.abspath(__file__))
samples = os.path.join(here, "..", "..", "data", "tshirt-or-shirt")

# name, folder, files of it, side, positive class
SETS = [
    ("pneumonia", f"{shared}/data/pneumoniamnist", "*/*/*", 28, "positive"),
    ("fashion", fashion, "*/*/*", 28, "shirt"),
    ("samples", samples, "*/*/*", 28, "shirt"),
    ("cat-dog", f"{shared}/data/cifar10-cat-dog", "*/*/*", 32, "cat"),
    ("photos", f"{shared}/data/clothing-longsleeve-tshirt", "*/*/*", 64, "longsleeve"),
    ("kids", f"{shared}/data/clothing-kids160", "images/*", 64, None),
]

LARGEST = 256  # longer side of the pictures that are altered


def encoded(picture, quality):
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file).convert(picture.mode)


def resized(picture, factor):
    return picture.resize((max(1, round(picture.width * factor)), max(1, round(picture.height * factor))), Image.BICUBIC)


def cut(picture, share):
    """So much of each side is lost, at one end, the other or both, but at least a pixel."""
    across, down = max(1, round(picture.width * share)), max(1, round(picture.height * share))
    left, top = random.randint(0, across), random.randint(0, down)
    return picture.crop((left, top, picture.width - across + left, picture.height - down + top))


def brighter(picture, factor):
    return ImageEnhance.Brightness(picture).enhance(factor)


ALTERATIONS = {
    "jpeg-95": lambda p: encoded(p, 95),
    "jpeg-75": lambda p: encoded(p, 75),
    "jpeg-50": lambda p: encoded(p, 50),
    "jpeg-30": lambda p: encoded(p, 30),
    "size-0.5": lambda p: resized(p, 0.5),
    "size-0.75": lambda p: resized(p, 0.75),
    "size-2": lambda p: resized(p, 2),
    "cut-1": lambda p: cut(p, 0.01),
    "cut-2": lambda p: cut(p, 0.02),
    "cut-3": lambda p: cut(p, 0.03),
    "brighter-10": lambda p: brighter(p, 1.1),
    "darker-10": lambda p: brighter(p, 0.9),
    "contrast-20": lambda p: ImageEnhance.Contrast(p).enhance(1.2),
    "flatter-20": lambda p: ImageEnhance.Contrast(p).enhance(0.8),
    "all-of-it": lambda p: encoded(resized(cut(brighter(p, 1.05), 0.01), 0.7), 75),
}


def put(picture, *folders):
    path = os.path.join(scratch, *folders)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    picture.save(path, compress_level=1)


def make(name, folder, files):
    random.seed(1)
    for number, path in enumerate(random.sample(sorted(glob.glob(f"{folder}/{files}")), 300)):
        picture = Image.open(path)
        picture = picture.convert("L" if picture.mode == "L" else "RGB")
        picture.thumbnail((LARGEST, LARGEST))
        put(picture, name, "original", f"{number}.png")
        for alteration, alter in ALTERATIONS.items():
            put(alter(picture), name, alteration, f"{number}.png")


def run(*words):
    return subprocess.run([bench, *map(str, words)], check=True, capture_output=True, text=True).stdout


def manifest_of_kids(folder):
    path = os.path.join(scratch, "kids.csv")
    with open(path, "w") as file:
        file.write("path,label\n")
        for number, picture in enumerate(sorted(glob.glob(f"{folder}/images/*"))):
            file.write(f"{os.path.abspath(picture)},{'ab'[number % 2]}\n")
    return path


for name, folder, files, side, positive in SETS:
    if not os.path.isdir(folder):
        print(f"{name}: skipped, there is no {folder}")
        continue
    if not os.path.isdir(os.path.join(scratch, name)):
        make(name, folder, files)
    print(f"== {name}, {side} x {side}")
    print(run(os.path.join(scratch, name), "--positive", "original", "--side", side, "--original", "original"), end="")
    data = folder if positive else manifest_of_kids(folder)
    print("itself", run(data, "--positive", positive or "a", "--side", side), end="", flush=True)
