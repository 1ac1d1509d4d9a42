"""The same from a file, for programs that use fileConfig."""

import logging.config
from pathlib import Path

logging.config.fileConfig(Path(__file__).with_name("logging.ini"), disable_existing_loggers=False)

logging.getLogger("shop").info("configured by a file")
