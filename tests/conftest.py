from hypothesis import settings

# No deadline: a test that stands on the time of one example fails on a busy machine.
settings.register_profile("full", deadline=None)
settings.register_profile("check", deadline=None, max_examples=10)
settings.load_profile("full")
