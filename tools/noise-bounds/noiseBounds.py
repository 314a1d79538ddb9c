"""The numbers of docs/noise.md that are not by hand: polynomials, cells, uniform variates, divergence.

    python tools/noise-bounds/noiseBounds.py

Needs mpmath and numpy; written with mpmath 1.3 and numpy 2. Takes a minute.
"""

import math

import mpmath
import numpy as np

mpmath.mp.dps = 40
u = 2.0**-53
largest_order = 2.0**26


def polynomial(coefficients, z):
    total = mpmath.mpf(0)
    for c in coefficients:
        total = total * z + mpmath.mpf(c)
    return total


def worst(error, low, high, points=4001):
    return max(abs(error(low + (high - low) * mpmath.mpf(i) / points)) for i in range(points + 1))


def polynomials():
    """Truncation of the polynomials of elementaryFunctions.ts, relative, in units of u."""
    logarithm = [0.14796895104874852, 0.15313961154687816, 0.18183567612801774, 0.2222219851412966,
                 0.2857142874292008, 0.3999999999941249, 0.6666666666666735]
    sine = [3.781366422780352, -15.093829323109876, 42.05868550675647, -76.70585970878466,
            81.60524927596823, -41.34170224039968, 2 * math.pi]
    cosine = [-1.6970201240340221, 7.903101640270935, -26.426251140472882, 60.24464133161204,
              -85.45681720654005, 64.939394022668, -19.739208802178716, 1]
    tiny = mpmath.mpf(2) ** -30

    def of_logarithm(s):
        z = s * s
        return (2 * s + s * z * polynomial(logarithm, z)) / (2 * mpmath.atanh(s)) - 1

    def of_sine(x):
        return x * polynomial(sine, x * x) / mpmath.sin(2 * mpmath.pi * x) - 1

    def of_cosine(x):
        return polynomial(cosine, x * x) / mpmath.cos(2 * mpmath.pi * x) - 1

    limit = (mpmath.sqrt(2) - 1) / (mpmath.sqrt(2) + 1) * mpmath.mpf('1.001')
    print('logarithm', mpmath.nstr(worst(of_logarithm, tiny, limit) / u, 3), 'u')
    print('sine, with the rounding of 2 pi', mpmath.nstr(worst(of_sine, tiny, mpmath.mpf(1) / 8) / u, 3), 'u')
    print('cosine', mpmath.nstr(worst(of_cosine, tiny, mpmath.mpf(1) / 8) / u, 3), 'u')


def cells(deviation, reach=8.5):
    """Root mean square of the relative error of a cell of a pair, in units of u * deviation."""
    n = int(reach * deviation) + 1
    i = np.arange(n, dtype=float)
    tails = np.array([math.erfc(k / deviation / math.sqrt(2)) for k in range(n + 1)])
    mass = (tails[:-1] - tails[1:]) / 2

    def moved(near, far, other_far):
        # Of a side at distance `near` from one axis, to points `far`..`other_far` from the other.
        square = np.maximum(near * near + far * far, 1e-300)
        return u * (8.5 * near + 1.6 * other_far + 4.1 * deviation**2 * near / square)

    total = 0.0
    for j in range(n):
        first = np.where(i > 0, moved(i, j, j + 1), 0) + moved(i + 1, j, j + 1)
        second = (moved(float(j), i, i + 1) if j > 0 else 0) + moved(j + 1.0, i, i + 1)
        error = (first + second) * np.exp((i + j + 3) / deviation**2)
        total += 4 * mass[j] * np.sum(mass * error * error)
    return math.sqrt(total) / (u * deviation)


def uniforms(deviation, size):
    """Root mean square of two values' errors, and how much the largest order weighs the tail."""
    z = np.linspace(0, 26.5, 800001)
    a = z + 5 / deviation
    fourth = (a**4 + 6 * a**2 + 3) * (1 + 10 / size**2) / (720 * deviation**4)
    fifth = 0.012 * (a**5 + 10 * a**3 + 15 * a) / deviation**5
    bound = (fourth + fifth) * np.exp(5 * a / deviation)
    density = np.exp(-z * z / 2) * 2 / math.sqrt(2 * math.pi) * (z[1] - z[0])
    first, second = np.sum(bound * density), np.sum(bound**2 * density)
    weight = np.exp(largest_order * bound)
    weighed = [np.sum(bound**k * weight * density) for k in range(3)]
    pair = 2 * second + 2 * first**2
    return math.sqrt(pair), (2 * weighed[2] * weighed[0] + 2 * weighed[1] ** 2) / pair, bound.max()


polynomials()
for deviation in [16, 20, 32, 64, 128, 256, 512, 724, 1024]:
    print(f'cells of {deviation} a deviation: {cells(deviation):.1f} u deviation')
for deviation, size in [(512, 2), (512, 4), (512, 2048), (1024, 2), (1024, 2048)]:
    pair, weight, largest = uniforms(deviation, size)
    both = pair + 56 * u * deviation
    print(f'{deviation} cells of {size}: uniforms {pair:.2e}, weight {weight:.4f}, largest {largest:.1e}, '
          f'with cells {both:.2e}, divergence of a value {both**2 / 4 / 2**-76:.2f} * 2^-76')
