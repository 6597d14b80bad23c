#!/usr/bin/env python3
"""Writes truth_own.csv and truth_shared.csv: what scikit-learn says of the score files, for test_truth.c.

Made with Debian's python3-sklearn 1.2.1, scipy 1.10.1, numpy 1.24.2, pandas 1.5.3:  python3 truth.py ../../../shared
The tests read the recorded numbers and need no Python. Rows marked "published" come from the packages' papers
and manuals, not from scikit-learn.
"""
import csv
import sys

import numpy as np
import pandas as pd
from scipy import stats
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression

INTERVAL_CUTOFFS = [0.01, 0.5, 0.99]  # among them shares of 0 and 1, and one of nothing
MAX_FPRS = [0.03, 0.1, 0.5, 1.0]
CUTOFFS = [0.05, 0.25, 0.5, 0.6, 0.75, 0.9]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def delong(y, v):
    """DeLong, DeLong, Clarke-Pearson 1988 by the full matrix of pairs: area and its standard error."""
    x, n = v[y == 1], v[y == 0]
    won = (x[:, None] > n[None, :]) + 0.5 * (x[:, None] == n[None, :])
    return won.mean(), np.sqrt(won.mean(1).var(ddof=1) / len(x) + won.mean(0).var(ddof=1) / len(n))


def entropy_loss(y, p):
    return -np.where(y == 1, np.log(np.where(y == 1, p, 1)), np.log1p(-np.where(y == 1, 0, p))).mean()


def calibration_error(y, v, p):
    """CORP (Dimitriadis, Gneiting, Jordan 2021) from isotonic regression; ECE in 15 bins by the middle of ranks."""
    ranks = np.unique(v, return_inverse=True)[1]
    pooled = IsotonicRegression(y_min=0, y_max=1).fit_transform(ranks, y)
    for name, loss in ("", lambda q: ((q - y) ** 2).mean()), ("log_loss.", lambda q: entropy_loss(y, q)):
        with np.errstate(divide="ignore"):
            own, least, constant = loss(p), loss(pooled), loss(np.full(len(y), y.mean()))
        if np.isfinite(own):
            yield f"calibration_error.{name}mcb", own - least
        yield f"calibration_error.{name}dsc", constant - least
        yield f"calibration_error.{name}unc", constant
    above = np.array([(v > x).sum() + (v == x).sum() / 2 for x in v])
    bins = np.minimum((above / len(v) * 15).astype(int), 14)
    ece = sum(abs(p[bins == b].sum() - y[bins == b].sum()) for b in np.unique(bins)) / len(v)
    yield "calibration_error.ece.value", ece
    yield "calibration_error.ece.filled", len(np.unique(bins))


def overall(y, v, logit):
    p = sigmoid(v) if logit else v
    area, se = delong(y, v)
    half = 1.959963984540054 * se / (area * (1 - area))
    centre = np.log(area / (1 - area))
    yield "rows", len(y)
    yield "positives", int(y.sum())
    yield "negatives", int((1 - y).sum())
    yield "auroc", metrics.roc_auc_score(y, v)
    yield "auroc_low", sigmoid(centre - half)
    yield "auroc_high", sigmoid(centre + half)
    yield "average_precision", metrics.average_precision_score(y, v)
    yield "brier", metrics.brier_score_loss(y, p)
    yield from calibration_error(y, v, p)
    # scikit-learn clips probabilities at 0 and 1, where the loss of a wrong item is infinite
    wrong = ((p <= 0) & (y == 1)) | ((p >= 1) & (y == 0))
    if not wrong.any():
        yield "log_loss", metrics.log_loss(y, p, eps=1e-300)


def at(y, called, full):
    tn, fp, fn, tp = metrics.confusion_matrix(y, called, labels=[0, 1]).ravel()
    yield from [("tp", tp), ("fp", fp), ("fn", fn), ("tn", tn)]
    yield "precision", metrics.precision_score(y, called) if tp + fp else "null"
    yield "recall", metrics.recall_score(y, called)
    if not full:
        return
    yield "specificity", metrics.recall_score(y, called, pos_label=0)
    yield "f1", metrics.f1_score(y, called)
    yield "f2", metrics.fbeta_score(y, called, beta=2)
    yield "flagged_per_1000", 1000 * np.mean(called)


def intervals(y, called, method):
    """95 % intervals of the three shares, from scipy.stats.binomtest."""
    tn, fp, fn, tp = metrics.confusion_matrix(y, called, labels=[0, 1]).ravel()
    for key, part, whole in (("precision", tp, tp + fp), ("recall", tp, tp + fn), ("specificity", tn, tn + fp)):
        ends = ("null", "null")
        if whole:
            found = stats.binomtest(int(part), int(whole)).proportion_ci(0.95, method)
            ends = (float(found.low), float(found.high))
        yield key + "_low", ends[0]
        yield key + "_high", ends[1]


def expected(y, called, prevalence, workload):
    """By weights that give the positives a total weight of prevalence."""
    y, called = np.asarray(y), np.asarray(called)
    weights = np.where(y == 1, prevalence / y.sum(), (1 - prevalence) / (1 - y).sum())
    flagged, missed = weights[called == 1].sum(), weights[(called == 0) & (y == 1)].sum()
    yield "expected_precision", metrics.precision_score(y, called, sample_weight=weights) if called.any() else "null"
    for key, value in (("flagged", flagged), ("missed", missed),
                       ("cost", np.where(y == 1, COST_FN, COST_FP)[y != called] @ weights[y != called])):
        yield f"expected_{key}_per_1000", 1000 * value
        yield f"expected_{key}", workload * value


def share_or_count(called, target):
    return 100 * called.mean() <= float(target[:-1]) if target.endswith("%") else called.sum() <= int(target)


def pick(y, v, rule):
    """By trying every cutoff: middle of the plateau, and the calls at it."""
    candidates = []
    distinct = np.unique(v)
    for i, upper in enumerate(distinct):
        called = (v >= upper).astype(int)
        precision, recall = metrics.precision_score(y, called), metrics.recall_score(y, called)
        kind, target = rule.rsplit(" ", 1)
        specificity = metrics.recall_score(y, called, pos_label=0)
        fp, fn = ((called > y).sum(), (called < y).sum())
        best = {"mcc": metrics.matthews_corrcoef, "f1": metrics.f1_score, "kappa": metrics.cohen_kappa_score,
                "balanced-accuracy": metrics.balanced_accuracy_score}
        good = {
            "recall >=": lambda: precision if recall >= float(target) else None,
            "precision >=": lambda: recall if precision >= float(target) else None,
            "specificity >=": lambda: recall if specificity >= float(target) else None,
            "recall >= 0.7 and specificity >=":
                lambda: metrics.f1_score(y, called) if recall >= 0.7 and specificity >= float(target) else None,
            "flagged <=": lambda: recall if share_or_count(called, target) else None,
            "cost": lambda: -COST_FN * fn - COST_FP * fp,
            "max": lambda: best[target](y, called),
        }[kind]()
        if good is not None:
            candidates.append((good, recall, -called.sum(), upper if i == 0 else (distinct[i - 1] + upper) / 2))
    return max(candidates)[3]


def plateau(y, v, cutoff):
    yield "lower", v[v < cutoff].max() if (v < cutoff).any() else "null"
    yield "upper", v[v >= cutoff].min() if (v >= cutoff).any() else "null"


class Truth:
    def __init__(self, path):
        self.file = open(path, "w", newline="")
        self.csv = csv.writer(self.file, lineterminator="\n")
        self.csv.writerow(["file", "options", "place", "key", "value", "tolerance", "source"])

    def add(self, file, options, place, key, value, tolerance=1e-12, source="scikit-learn"):
        text = value if isinstance(value, str) else repr(value.item() if hasattr(value, "item") else value)
        self.csv.writerow([file, options, place, key, text, tolerance, source])

    def sweep(self, file, options, y, v, logit=False, place="", full=True):
        y = np.asarray(y).astype(int)
        v = np.asarray(v).astype(float)
        options = options.strip() + " --at " + ",".join(map(str, CUTOFFS))
        for key, value in overall(y, v, logit):
            self.add(file, options, place, key, value)
        for t in CUTOFFS:
            limit = np.log(t / (1 - t)) if logit else t
            for key, value in at(y, (v >= limit).astype(int), full):
                self.add(file, options, f"at {t}" + (" " + place if place else ""), key, value)


AVERAGES = "micro", "macro", "weighted"
OF_RECALL = {"recall", "f1", "f2"}  # undefined without positives


def mean(values, y, average):
    """Of the labels where it is defined; y: the labels' arrays of 0 and 1."""
    rows = [(value, part.sum() if average == "weighted" else 1) for value, part in zip(values, y) if value is not None]
    return np.average([value for value, _ in rows], weights=[weight for _, weight in rows])


def own_labels(truth):
    """A long file of labels with different rows. One of them has no positives, one no rows of one class on test."""
    file = "data/labels.csv"
    d = pd.read_csv(file, float_precision="round_trip")
    d = d[d.label.notna()]
    names = list(d.target.unique())

    def columns(split, name):
        rows = d[(d.split == split) & (d.target == name)]
        return rows.label.to_numpy().astype(int), rows.score.to_numpy()

    picked = {name: pick(*columns("val", name), "max f1") for name in names if columns("val", name)[0].any()}
    rules = {"at 0.5": {name: 0.5 for name in names}, "max f1": picked}
    options = "--max f1 --at 0.5"
    for split, place in (("val", ""), ("test", " test")):
        y, v = zip(*(columns(split, name) for name in names))
        areas = {"auroc": metrics.roc_auc_score, "average_precision": metrics.average_precision_score}
        for key, score in areas.items():
            each = [score(a, b) if 0 < a.sum() < len(a) else None for a, b in zip(y, v)]
            for name, value in zip(names, each):
                truth.add(file, options, f"{name}| {place.strip()}", key, "null" if value is None else value)
            for average in AVERAGES:
                value = score(np.concatenate(y), np.concatenate(v)) if average == "micro" else mean(each, y, average)
                truth.add(file, options, f"{average}| {place.strip()}", key, value)
        for rule, cutoffs in rules.items():
            own = [(a, (b >= cutoffs[name]).astype(int)) for name, a, b in zip(names, y, v) if name in cutoffs]
            each = [dict(at(*arrays, True)) for arrays in own]
            for name, numbers in zip(cutoffs, each):
                for key, value in numbers.items():
                    undefined = key in OF_RECALL and numbers["tp"] + numbers["fn"] == 0
                    numbers[key] = None if undefined or value == "null" else value
                    truth.add(file, options, f"{name}| {rule}{place}", key, "null" if undefined else value)
            together = dict(at(*(np.concatenate(arrays) for arrays in zip(*own)), True))
            for key, value in together.items():
                truth.add(file, options, f"micro| {rule}{place}", key, value)
                for average in AVERAGES[1:] if key not in ("tp", "fp", "fn", "tn") else ():
                    value = mean([numbers[key] for numbers in each], [a for a, _ in own], average)
                    truth.add(file, options, f"{average}| {rule}{place}", key, value)
                    truth.add(file, options, f"{average}| {rule}{place}", key + "_labels",
                              sum(numbers[key] is not None for numbers in each))


def wide(truth, file, d):
    """Columns y_NAME and s_NAME: scikit-learn's averages as they are."""
    names = [column[2:] for column in d if column.startswith("y_")]
    y, v = (d[[prefix + name for name in names]].to_numpy() for prefix in ("y_", "s_"))
    called = (v >= 0.5).astype(int)
    options = "--wide y_:s_ --at 0.5"
    for k, name in enumerate(names):
        for key, value in list(overall(y[:, k], v[:, k], False)):
            truth.add(file, options, f"{name}| ", key, value)
        for key, value in at(y[:, k], called[:, k], True):
            truth.add(file, options, f"{name}| at 0.5", key, value)
    for average in AVERAGES:
        truth.add(file, options, f"{average}| ", "auroc", metrics.roc_auc_score(y, v, average=average))
        truth.add(file, options, f"{average}| ", "average_precision",
                  metrics.average_precision_score(y, v, average=average))
        for beta in 1, 2:
            precision, recall, f, _ = metrics.precision_recall_fscore_support(y, called, beta=beta, average=average)
            truth.add(file, options, f"{average}| at 0.5", f"f{beta}", f)
        truth.add(file, options, f"{average}| at 0.5", "precision", precision)
        truth.add(file, options, f"{average}| at 0.5", "recall", recall)


OPTIONS = {"recall >= 0.9": "--min-recall 0.9", "precision >= 0.8": "--min-precision 0.8", "max f1": "--max f1",
           "max mcc": "--max mcc", "max kappa": "--max kappa", "max balanced-accuracy": "--max balanced-accuracy",
           "specificity >= 0.3": "--min-specificity 0.3", "flagged <= 15": "--budget 15", "flagged <= 25%": "--budget 25%",
           "cost fn=10,fp=2.5": "--cost fp=2.5,fn=10"}
TOGETHER = {"recall >= 0.7 and specificity >= 0.2": "--together --min-specificity 0.2 --min-recall 0.7"}
COST_FN, COST_FP = 10, 2.5


def own_picks(truth, file, choose_on, test, logit, rules):
    options = " ".join(rules.values())
    for rule in rules:
        y, v = (np.asarray(column) for column in choose_on)
        cutoff = pick(y, v, rule)
        truth.add(file, options, rule, "logit" if logit else "cutoff", cutoff)
        truth.add(file, options, rule, "cutoff", sigmoid(cutoff) if logit else cutoff)
        for place, (labels, values) in ((rule, choose_on), (rule + " test", test)):
            for key, value in at(labels, (values >= cutoff).astype(int), True) if len(labels) else ():
                truth.add(file, options, place, key, value)
        for key, value in plateau(y, v, cutoff):
            if logit:
                truth.add(file, options, rule, "logit_" + key, value)
            truth.add(file, options, rule, "cutoff_" + key, sigmoid(value) if logit and value != "null" else value)
        if rule.startswith("cost"):
            called = v >= cutoff
            truth.add(file, options, rule, "cost", COST_FN * (y > called).sum() + COST_FP * (y < called).sum())


def partial(truth, file, options, y, v, place=""):
    """Standardised by scikit-learn; the area by undoing that (McClish 1989)."""
    for most in MAX_FPRS:
        value = metrics.roc_auc_score(y, v, max_fpr=most)
        area = (2 * value - 1) * (most - most ** 2 / 2) + most ** 2 / 2
        for key, number in (("mcclish", value), ("area", area)):
            truth.add(file, f"{options} --at 0.5 --max-fpr {most}".strip(), place, "partial_auroc." + key, number)


def own():
    truth = Truth("truth_own.csv")
    d = pd.read_csv("data/logits.csv", float_precision="round_trip")
    d = d[d.label.notna()]
    for split, place in (("val", ""), ("test", "test")):
        part = d[d.split == split]
        truth.sweep("data/logits.csv", "", part.label, part.logit, logit=True, place=place)
    val, part = d[d.split == "val"], d[d.split == "test"]
    for rows, place in ((val, ""), (part, "test")):
        partial(truth, "data/logits.csv", "", rows.label.astype(int), rows.logit, place)
    for rules in OPTIONS, TOGETHER:
        own_picks(truth, "data/logits.csv", (val.label, val.logit), (part.label, part.logit), True, rules)
    truth.sweep("data/logits.csv", "--split test", part.label, part.logit, logit=True)
    truth.sweep("data/logits.csv", "--split all --score-col score", d.label, d.score)
    options = " --at " + ",".join(map(str, INTERVAL_CUTOFFS))
    for t in INTERVAL_CUTOFFS:
        for rows, place in ((val, ""), (part, " test")):
            called = (rows.logit >= np.log(t / (1 - t))).astype(int)
            for method, option in (("wilson", "--interval wilson"), ("exact", "--interval clopper-pearson")):
                for key, value in intervals(rows.label.astype(int), called, method):
                    truth.add("data/logits.csv", option + options, f"at {t}{place}", key, value, source="scipy")
    v, y = val.logit.to_numpy(), val.label.to_numpy().astype(int)
    cutoff = pick(y, v, "cost fn=10,fp=2.5")
    options = f"--prevalence 0.02 --workload 3000/week --cost fn=10,fp=2.5 --at {INTERVAL_CUTOFFS[1]}"
    for limit, where in ((0, "at 0.5"), (cutoff, "cost fn=10,fp=2.5")):
        for rows, place in ((val, ""), (part, " test")):
            for key, value in expected(rows.label.astype(int), (rows.logit >= limit).astype(int), 0.02, 3000):
                if where != "at 0.5" or "cost" not in key:
                    truth.add("data/logits.csv", options, where + place, key, value)
    options = f"--workload 500 --at {INTERVAL_CUTOFFS[1]}"
    for key, value in expected(y, (v >= 0).astype(int), y.mean(), 500):
        if "cost" not in key:
            truth.add("data/logits.csv", options, "at 0.5", key, value)
    d = pd.read_csv("data/ties.csv")
    partial(truth, "data/ties.csv", "", d.label, d.score)
    truth.sweep("data/ties.csv", "", d.label, d.score)
    for rules in OPTIONS, TOGETHER:
        own_picks(truth, "data/ties.csv", (d.label, d.score), ([], []), False, rules)
    own_labels(truth)
    d = pd.read_csv("data/names.tsv", sep="\t")
    truth.sweep("data/names.tsv", "--label-col what --score-col 'p(defect)' --positive defect", d.what == "defect",
                d["p(defect)"])
    d = pd.read_json("data/lines.jsonl", lines=True)
    truth.sweep("data/lines.jsonl", "", d.y_true, d.y_score)


def shared(folder):
    truth = Truth("truth_shared.csv")

    def read(name):
        return "shared/data/scores/" + name, pd.read_csv(folder + "/data/scores/" + name, float_precision="round_trip")

    for name in ("ROCR_simple.csv", "ROCR_xval.csv", "real_mnv2-0.35_logreg_pneumoniamnist.csv",
                 "real_mnv2-0.35_logreg_clothing-longsleeve-tshirt.csv"):
        file, d = read(name)
        truth.sweep(file, "", d.y_true, d.y_score, full=False)
    file, d = read("modeldata_two_class_example.csv")
    truth.sweep(file, "--label-col truth --score-col Class1 --positive Class1", d.truth == "Class1", d.Class1,
                full=False)
    truth.add(file, "--label-col truth --score-col Class1 --positive Class1", "", "auroc", 0.9393, 5e-5, "published")
    file, d = read("pROC_aSAH.csv")
    options = "--label-col outcome --score-col s100b --positive Poor --logit"
    truth.sweep(file, options, d.outcome == "Poor", d.s100b, logit=True, full=False)
    # Robin et al. 2011 (pROC): AUC, its DeLong interval, and the best threshold by Youden
    area, se = delong((d.outcome == "Poor").to_numpy().astype(int), d.s100b.to_numpy())
    assert abs(area - 1.959964 * se - 0.6301) < 5e-5 and abs(area + 1.959964 * se - 0.8326) < 5e-5
    options += " --max youden"
    truth.add(file, options, "", "auroc", 0.7314, 5e-5, "published")
    truth.add(file, options, "max youden", "logit", 0.205, 1e-12, "published")
    truth.add(file, options, "max youden", "specificity", 0.8056, 5e-5, "published")
    truth.add(file, options, "max youden", "recall", 0.6341, 5e-5, "published")
    file, d = read("cutpointr_suicide.csv")
    options = "--label-col suicide --score-col dsi --positive yes --logit"
    truth.sweep(file, options, d.suicide == "yes", d.dsi, logit=True, full=False)
    # Thiele, Hirschfeld 2021 (cutpointr): the optimal cutpoint by sensitivity + specificity is 2
    options += " --max youden"
    truth.add(file, options, "", "auroc", 0.9238, 5e-5, "published")
    for key, value in (("tp", 32), ("fn", 4), ("fp", 68), ("tn", 428)):
        truth.add(file, options, "max youden", key, value, 0, "published")
    file, d = read("clothing_multilabel_oof.csv")
    wide(truth, file, d)
    truth.sweep(file, "--label-col y_kids --score-col s_kids", d.y_kids, d.s_kids, full=False)
    file, d = read("ROCR_simple.csv")
    partial(truth, file, "", d.y_true, d.y_score)
    truth.add(file, "", "", "auroc", 0.8342, 5e-5, "published")  # Sing et al. 2005 (ROCR)


own()
if len(sys.argv) > 1:
    shared(sys.argv[1])
