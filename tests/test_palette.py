"""Colours of figures stay apart for colour-blind readers, in grey, and as words on white."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from ksn_research.render.canvas import BEFORE, INK, NOW, OLDER, SOFT
from ksn_research.render.engagement_curves import LOOKS

# Simulation of what is missing wholly: Machado, Oliveira & Fernandes (2009), table 1, severity 1.0.
SIGHT = {
    "all colours": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
# IEC 61966-2-1: linear sRGB to XYZ, and its white.
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = XYZ.sum(axis=1)
SERIES = (NOW, BEFORE, OLDER)


def linear(colour: str) -> NDArray[np.float64]:
    part = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def lab(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIE 1976 L*, a*, b*."""
    part = XYZ @ np.clip(light, 0, 1) / WHITE
    root = np.where(part > 216 / 24389, np.cbrt(part), (24389 / 27 * part + 16) / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def test_the_measure_is_right_for_known_colours() -> None:
    # sRGB white, black and red in CIELAB (D65): L* 100, 0 and 53.24, a* 80.09, b* 67.20 (Lindbloom).
    assert np.allclose(lab(linear("#ffffff")), [100, 0, 0], atol=0.01) and lab(linear("#000000"))[0] == 0
    assert np.allclose(lab(linear("#ff0000")), [53.24, 80.09, 67.20], atol=0.05)


@pytest.mark.parametrize("sight", SIGHT)
def test_series_stay_apart_whatever_a_reader_sees(sight: str) -> None:
    seen = [lab(SIGHT[sight] @ linear(colour)) for colour in SERIES]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 20  # 2.3: just noticeable


def test_series_stay_apart_in_grey() -> None:
    grey = sorted(float(lab(linear(colour))[0]) for colour in SERIES)
    assert min(b - a for a, b in pairwise(grey)) > 6


@pytest.mark.parametrize("colour", [*SERIES, INK, SOFT])
def test_words_in_a_colour_are_read_on_white(colour: str) -> None:
    luminance = float((XYZ @ linear(colour))[1])
    assert 1.05 / (luminance + 0.05) >= 4.5  # WCAG 2.2, 1.4.3


def test_lines_that_cross_have_each_a_dash_of_their_own() -> None:
    assert len({str(dash) for _, dash in LOOKS}) == len(LOOKS) >= 5
