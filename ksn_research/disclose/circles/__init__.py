"""Reviews of single circles: what a circle's facilitator may see of it.

A page is read by people who know each other. `bands` turns counts into words, `words` gives every item of
every circle its word, `themes` counts what people wrote about, `frames` is what rendering gets, `reviews`
makes it.
"""

from ksn_research.disclose.circles.bands import WORDS, Band, bands
from ksn_research.disclose.circles.frames import CircleReviews, nothing
from ksn_research.disclose.circles.reviews import TABLES, Said, circle_reviews, to_remember

__all__ = [
    "TABLES",
    "WORDS",
    "Band",
    "CircleReviews",
    "Said",
    "bands",
    "circle_reviews",
    "nothing",
    "to_remember",
]
