"""Learning circles: exact counts of all circles in one pass, and what may be said of them together.

Imports inside this folder run one way. First `frames` (what the tables look like) and `sides` (which answers
are favourable); then `answering` (who answered for which circle), `meetings`, `members`; of `answering`
then `counts`, `themes` and `rows`. `section` puts all together.
"""

from ksn_research.analyse.circles.section import analyse_circles, circle_tables

__all__ = ["analyse_circles", "circle_tables"]
