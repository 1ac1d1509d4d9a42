"""Behind a QueueHandler; the handler needs none, but programs that have one may keep it."""

import logging
import logging.handlers
import queue

from firehose_logging import FirehoseHandler

records: queue.Queue[logging.LogRecord] = queue.Queue()
firehose = FirehoseHandler("logging-test")
listener = logging.handlers.QueueListener(records, firehose)

root = logging.getLogger()
root.setLevel(logging.INFO)
root.addHandler(logging.handlers.QueueHandler(records))
listener.start()

logging.getLogger("shop").info("by way of a queue")

listener.stop()  # hands over what is queued; the handler sends it when the interpreter exits
