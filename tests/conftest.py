"""Profiles of the property tests: short by default, long for scripts/campaign."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

CAMPAIGN = bool(os.environ.get("ROOKERY_CAMPAIGN"))
"""Whether this is the long run; kill tests then do many more rounds."""

settings.register_profile(
    "default", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "campaign", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("campaign" if CAMPAIGN else "default")
