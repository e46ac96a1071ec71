"""Properties are searched, not timed: a busy machine is no failure.

Each run tries the same examples, so that nobody's change is blamed for what
another day's dice would have found; `--hypothesis-profile=search` throws them anew.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "search", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("xiaolaba", settings.get_profile("search"), derandomize=True)
settings.load_profile("xiaolaba")

os.environ["COLUMNS"] = "80"
for wish in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
    os.environ.pop(wish, None)  # what a developer's or a CI's terminal wishes for itself
