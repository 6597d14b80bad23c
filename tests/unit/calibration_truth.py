#!/usr/bin/env python3
"""Prints the numbers that test_calibration.c and test_reliability.c compare with.

Made with Debian's python3-sklearn 1.2.1, scipy 1.10.1, numpy 1.24.2:  /usr/bin/python3 calibration_truth.py
"""
import numpy as np
from scipy import optimize
from scipy.special import expit, log1p
from sklearn.isotonic import IsotonicRegression

i = np.arange(240)
z = ((37 * i) % 101 - 50) / 12.5
y = (((53 * i + 11) % 97) / 97 < expit(0.6 * z - 0.5)).astype(float)
w = 1.0 + i % 3
one = np.ones(240)


def softplus(x):
    return np.logaddexp(0, x)


def beta_features(z):
    return np.stack([-softplus(-z), softplus(z), np.ones_like(z)])


def platt_targets(y, w):
    w = w * len(w) / w.sum()
    p, n = w[y == 1].sum(), w[y == 0].sum()
    return np.where(y == 1, (p + 1) / (p + 2), 1 / (n + 2))


def logistic(x, t, w):
    """The root of the gradient of the weighted log loss over the rows of x."""
    def gradient(c):
        return x @ (w * (expit(c @ x) - t)) / w.sum()

    def hessian(c):
        p = expit(c @ x)
        return (x * (w * p * (1 - p))) @ x.T / w.sum()

    found = optimize.root(gradient, np.zeros(len(x)), jac=hessian, tol=1e-15)
    assert np.abs(gradient(found.x)).max() < 1e-14, found
    return found.x


def show(name, *numbers):
    print(name, ", ".join("%.15g" % number for number in numbers))


def isotonic(z, y, w):
    """With a negative above all and a positive below all, of the mean weight."""
    mean = w.mean()
    zz, yy = np.append(z, [z.max(), z.min()]), np.append(y, [0, 1])
    fitted = IsotonicRegression().fit(zz, yy, np.append(w, [mean, mean]))
    return fitted.predict(np.unique(z))


def ece(z, y, w, kind, bins):
    p = expit(z)
    if kind == "mass":
        place = np.array([(w[z > v].sum() + w[z == v].sum() / 2) / w.sum() for v in z])
    else:
        place = p
    at = np.minimum(np.floor(place * bins), bins - 1)
    value = square = 0
    for b in np.unique(at):
        k = at == b
        gap = abs(np.average(p[k], weights=w[k]) - np.average(y[k], weights=w[k]))
        share, rows = np.average(y[k], weights=w[k]), w[k].sum() ** 2 / (w[k] ** 2).sum()
        value += w[k].sum() / w.sum() * gap
        square += w[k].sum() / w.sum() * (gap ** 2 - share * (1 - share) / (rows - 1))
    return value, np.sqrt(max(square, 0))


show("rows", y.sum(), (w * y).sum())
for name, weights in (("plain", one), ("weighted", w)):
    show(name + " temperature", 1 / logistic(z[None], y, weights)[0])
    show(name + " platt", *logistic(np.stack([z, np.ones(240)]), platt_targets(y, weights), weights))
    show(name + " beta", *logistic(beta_features(z), y, weights))
    show(name + " isotonic", *np.unique(isotonic(z, y, weights).round(14)))
    for kind in "mass", "width":
        show(f"{name} ece {kind} 7", *ece(z, y, weights, kind, 7))

# Where a of the beta calibration would be negative: positives among the very low scores.
odd = np.where(z < -3, 1.0, y)
assert logistic(beta_features(z), odd, one)[0] < 0
edge = logistic(beta_features(z)[1:], odd, one)
assert edge[0] > 0
# the loss is convex, and at the border its slope along a points up
p = expit(edge @ beta_features(z)[1:])
assert beta_features(z)[0] @ (p - odd) > 0
show("beta with a at 0", *edge)

# Where a threshold, 0, parts the classes: Platt's targets.
parted = (z > 0).astype(float)
show("parted temperature", 1 / logistic(z[None], platt_targets(parted, one), one)[0])
show("parted beta", *logistic(beta_features(z), platt_targets(parted, one), one))

# Infinite logits (scores of 0 and 1) as log 2 beyond the greatest other one.
clipped = z.copy()
clipped[::10] = np.sign(clipped[::10] + 0.01) * (np.abs(np.delete(z, np.s_[::10])).max() + np.log(2))
show("clip", np.abs(clipped).max())
show("clipped platt", *logistic(np.stack([clipped, np.ones(240)]), platt_targets(y, one), one))
