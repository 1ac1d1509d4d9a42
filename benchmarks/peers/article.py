"""The article's handler, as the article shows it."""

from __future__ import annotations

import logging
from typing import Any

import boto3
from benchmarks.peers.base import Address, Shipping, json_formatter


class ArticleHandler(logging.StreamHandler[Any]):
    """What the article prints, with its line breaks put back; names and calls are its own."""

    def __init__(self) -> None:
        logging.StreamHandler.__init__(self)
        self.__firehose: Any = None
        self.__stream_buffer: list[dict[str, bytes]] = []
        try:
            self.__firehose = boto3.client("firehose")
        except Exception:  # noqa: BLE001 - the article's
            print("Firehose client initialization failed.")
        self.__delivery_stream_name = "logging-test"

    def emit(self, record: logging.LogRecord) -> None:
        try:
            msg = self.format(record)
            if self.__firehose:
                self.__stream_buffer.append({"Data": msg.encode(encoding="UTF-8", errors="strict")})
            else:
                stream = self.stream
                stream.write(msg)
                stream.write(self.terminator)
            self.flush()
        except Exception:  # noqa: BLE001 - the article's
            self.handleError(record)

    def flush(self) -> None:
        self.acquire()
        try:
            if self.__firehose and self.__stream_buffer:
                self.__firehose.put_record_batch(
                    DeliveryStreamName=self.__delivery_stream_name, Records=self.__stream_buffer
                )
                self.__stream_buffer.clear()
        except Exception as e:  # noqa: BLE001 - the article's
            print("An error occurred during flush operation.")
            print(f"Exception: {e}")
            print(f"Stream buffer: {self.__stream_buffer}")
        finally:
            if self.stream and hasattr(self.stream, "flush"):
                self.stream.flush()
            self.release()


def make(address: Address) -> Shipping:  # noqa: ARG001 - the article's handler takes no arguments
    handler = ArticleHandler()
    handler.setFormatter(json_formatter())
    return Shipping(handler)
