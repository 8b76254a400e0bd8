"""Words that end the process that prints them, as a page that needs more memory than there is."""

from __future__ import annotations

import os
import signal


class Deadly(str):
    """A text that cannot be put on a page; it may be sent, compared and measured."""

    __slots__ = ()

    def __html__(self) -> str:
        os.kill(os.getpid(), signal.SIGKILL)
        return ""
