"""Run the command line with ``python -m firehose_logging.cli``."""

from firehose_logging.cli import main

main()
