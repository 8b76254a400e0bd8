"""Where the notebooks and the demo study lie: inside an installed package, or in a checkout."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent


def shared(name: str) -> Path:
    """`notebooks/...` or `surveys/demo` of the installation.

    A wheel carries them under `share/`, a checkout has them beside the package.
    """
    carried = PACKAGE / "share" / name
    return carried if carried.exists() else PACKAGE.parent / name


def demo() -> Path:
    """The folder of the demo study."""
    return shared("surveys/demo")
