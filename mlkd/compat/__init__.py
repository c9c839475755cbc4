"""Everything that depends on which build of a dependency is installed."""


def use_ops() -> None:
    """Make ``mmcv.ops`` importable: with its compiled ops where they are, else with the stand-in."""
