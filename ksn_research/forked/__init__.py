"""Processes that start at once, because what they need is imported already.

A *template* is a process with one thread that has imported some modules and does nothing else. Whoever
needs a fresh process asks it to fork: the child starts with the modules at hand and with nobody else's state.
A process that runs threads (ours does: DuckDB, Arrow, a progress bar) must not be forked itself, since a lock
that another thread holds at that moment stays locked for ever in the child.

Only Linux has a fork that is safe with the libraries in use; elsewhere `template` gives None, and callers
do the same work without it.
"""

from ksn_research.forked.client import Answer, Process, Template, template

__all__ = ["Answer", "Process", "Template", "template"]
