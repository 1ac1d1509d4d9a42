"""A FastAPI application; no call of the handler ever blocks the event loop.

Run it with ``uvicorn fastapi_app:app --log-config uvicorn_logging.json``.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

logger = logging.getLogger("shop")


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    yield
    # uvicorn ends the process by the signal that it got, so no exit handler will run.
    for handler in logging.getLogger().handlers:
        await asyncio.to_thread(handler.flush)


app = FastAPI(lifespan=lifespan)


@app.get("/orders/{number}")
async def order(number: int) -> dict[str, int]:
    logger.info("order %d requested", number, extra={"order": number})
    return {"order": number}
