"""gunicorn's settings, with the application loaded before its workers are forked.

Start it with ``gunicorn -c gunicorn_conf.py gunicorn_app:application``.
"""

preload_app = True
workers = 2

logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {
        "firehose": {
            "class": "firehose_logging.FirehoseHandler",
            "stream_name": "logging-test",
        },
    },
    "root": {"handlers": ["firehose"], "level": "INFO"},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
        "gunicorn.access": {"level": "INFO", "handlers": [], "propagate": True},
    },
}
accesslog = "-"
