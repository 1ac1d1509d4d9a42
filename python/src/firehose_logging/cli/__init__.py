"""The ``firehose-logging`` command."""


def main() -> None:
    """Run the command line."""
