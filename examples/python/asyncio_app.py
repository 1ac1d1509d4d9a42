"""An asyncio program; to send before a certain point, wait for flush in a thread."""

import asyncio
import logging

from firehose_logging import FirehoseHandler

firehose = FirehoseHandler("logging-test")
logging.basicConfig(level=logging.INFO, handlers=[firehose])
logger = logging.getLogger("shop")


async def serve(customer: int) -> None:
    await asyncio.sleep(0.001)
    logger.info("customer %d served", customer)


async def main() -> None:
    await asyncio.gather(*(serve(customer) for customer in range(100)))
    print(await asyncio.to_thread(firehose.flush, 10))


asyncio.run(main())
