"""The parts of a run, put together."""
