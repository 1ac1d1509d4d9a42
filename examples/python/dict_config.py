"""Four lines in a dictConfig: the class, the stream, a formatter with the service's name."""

import logging.config

logging.config.dictConfig(
    {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": "firehose_logging.FirehoseJsonFormatter",
                "static_fields": {"service": "shop", "env": "dev"},
                "include": ["process", "host"],
                "redact": ["password", "token"],
                "redact_patterns": ["default", r"IBAN (?P<secret>[A-Z0-9]+)"],
            },
        },
        "handlers": {
            "firehose": {
                "class": "firehose_logging.FirehoseHandler",
                "stream_name": "logging-test",
                "formatter": "json",
            },
        },
        "root": {"handlers": ["firehose"], "level": "INFO"},
    }
)

logging.getLogger("shop").info("order placed", extra={"order": 42, "token": "secret"})
