"""Property tests are bounded: few examples, no deadline of time, the same ones each run."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "bounded",
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("bounded")
