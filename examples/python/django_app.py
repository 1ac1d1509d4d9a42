"""A Django project in one file; LOGGING is what goes into settings.py.

Run it with ``python django_app.py`` or any WSGI server (``django_app:application``).
"""

import logging

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="an example has no secrets",
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {
            "firehose": {
                "class": "firehose_logging.FirehoseHandler",
                "stream_name": "logging-test",
            },
        },
        "root": {"handlers": ["firehose"], "level": "INFO"},
        # Django's own handlers would print the same to the console.
        "loggers": {"django": {"handlers": [], "propagate": True}},
    },
)
django.setup()

logger = logging.getLogger("shop")


def order(_request: HttpRequest, number: int) -> HttpResponse:
    logger.info("order %d requested", number, extra={"order": number})
    return HttpResponse(f"order {number}\n")


urlpatterns = [path("orders/<int:number>", order)]
application = get_wsgi_application()


if __name__ == "__main__":
    from django.test import Client

    client = Client()
    print(client.get("/orders/42").content.decode(), end="")
    print(client.get("/nowhere").status_code)
