"""A client of the Einklang service, with nothing but Python's own library.

    client = Client("http://127.0.0.1:7700", token="einklang_…")
    client.put("shop", "17", {"email": "eva@example.org"})
    client.match({"email": "eva@example.org"})

Failed requests raise `Problem`, which bears what the service said (RFC 9457).
Requests that the service asks to repeat (429, 503) are repeated.
"""

import http.client
import json
import ssl
import time
import urllib.parse
from typing import Any, Iterable, Iterator, Optional

__all__ = ["Client", "Problem"]

#: Lines of a batch that are sent in one request. Answers are read only once
#: a request is sent whole, so that neither side may have too much to hold.
BATCH_LINES = 2000


class Problem(Exception):
    """What the service said about a request that failed."""

    def __init__(self, status: int, told: dict):
        self.status = status
        self.kind = str(told.get("type", "")).rpartition(":")[2]
        self.detail = told.get("detail", "")
        self.field = told.get("field")
        self.hint = told.get("hint")
        self.request_id = told.get("request_id")
        at = f" ({self.field})" if self.field else ""
        super().__init__(f"{status} {told.get('title', '')}: {self.detail}{at}")


class Client:
    """One connection to a service. Not to be shared between threads."""

    def __init__(
        self,
        url: str,
        token: Optional[str] = None,
        purpose: Optional[str] = None,
        ca_file: Optional[str] = None,
        timeout: float = 60.0,
        tries: int = 5,
    ):
        parts = urllib.parse.urlsplit(url)
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=ca_file)
            self._connection = http.client.HTTPSConnection(parts.netloc, timeout=timeout, context=context)
        else:
            self._connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
        self._headers = {"Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        if purpose:
            self._headers["Einklang-Purpose"] = purpose
        self._tries = tries

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    # Records

    def put(self, source: str, record_id: str, fields: dict, at: Any = None) -> dict:
        """Put a record in; returns its customer and what changed."""
        body = {"fields": fields} if at is None else {"fields": fields, "at": at}
        return self._json("PUT", _path("records", source, record_id), body)

    def delete(self, source: str, record_id: str, at: Any = None) -> dict:
        """Take a record out."""
        return self._json("DELETE", _path("records", source, record_id) + _query(at=at))

    def record(self, source: str, record_id: str) -> dict:
        return self._json("GET", _path("records", source, record_id))

    def batch(self, operations: Iterable[dict]) -> Iterator[dict]:
        """Put in and take out many records; yields an answer per operation."""
        part: list = []
        for operation in operations:
            part.append(json.dumps(operation))
            if len(part) == BATCH_LINES:
                yield from self._lines(part)
                part = []
        if part:
            yield from self._lines(part)

    def place(self, stream: str) -> Optional[int]:
        """How far a stream came whose operations bear `stream` and `place`."""
        return self._json("GET", _path("streams", stream))["place"]

    def _lines(self, lines: list) -> Iterator[dict]:
        body = ("\n".join(lines) + "\n").encode()
        _, _, answer = self._send("POST", "/v1/batch", body, "application/x-ndjson")
        for line in answer.splitlines():
            yield json.loads(line)

    # Who is this

    def match(self, fields: dict, source: Optional[str] = None, limit: Optional[int] = None) -> dict:
        """Say who a record would be, without storing it."""
        body = {"fields": fields, "source": source, "limit": limit}
        return self._json("POST", "/v1/match", {name: value for name, value in body.items() if value is not None})

    def explain(self, a: tuple, b: tuple) -> dict:
        """Say why two records, each (source, record_id), are one customer or are not."""
        return self._json("POST", "/v1/explain", {"a": _name(a), "b": _name(b)})

    def search(self, words: str, limit: int = 20) -> list:
        """Find customers by words of their golden values."""
        return self._json("POST", "/v1/search", {"words": words, "limit": limit})["items"]

    # Customers

    def customer(self, customer_id: str) -> dict:
        return self._json("GET", _path("customers", customer_id))

    def customers(self) -> Iterator[dict]:
        yield from self._pages("/v1/customers")

    def history(self, customer_id: str) -> Iterator[dict]:
        yield from self._pages(_path("customers", customer_id, "history"))

    def access(self, customer_id: str) -> dict:
        """Everything that is held about a customer."""
        return self._json("GET", _path("customers", customer_id, "access"))

    # The change feed

    def changes(self, after: int = 0, wait: int = 0) -> list:
        """Changes after that number; with `wait`, seconds to wait for the first."""
        return self._json("GET", "/v1/changes" + _query(after=after, wait=wait, limit=1000))["items"]

    def follow(self, after: int = 0) -> Iterator[dict]:
        """Every change after that number, as they come, for ever."""
        while True:
            for change in self.changes(after, wait=20):
                after = change["seq"]
                yield change

    # Decisions

    def judge(self, a: tuple, b: tuple, verdict: str, why: str = "") -> dict:
        """Decide that two records are the `same` customer, `different`, or `unsure`."""
        body = {"a": _name(a), "b": _name(b), "as": verdict, "why": why}
        return self._json("POST", "/v1/judgements", body)

    def judgements(self) -> Iterator[dict]:
        yield from self._pages("/v1/judgements")

    def pin(self, customer_id: str, field: str, value: Optional[str], why: str = "") -> dict:
        """Pin a golden value of a customer; `None` releases what is pinned."""
        body = {"customer_id": customer_id, "field": field, "value": value, "why": why}
        return self._json("POST", "/v1/pins", body)

    def pins(self) -> Iterator[dict]:
        yield from self._pages("/v1/pins")

    def erase(self, records: Iterable[tuple] = (), customers: Iterable[str] = ()) -> dict:
        """Erase records for good; returns the receipt."""
        body = {"records": [_name(record) for record in records], "customers": list(customers)}
        return self._json("POST", "/v1/erasures", body)

    # About the service

    def counts(self) -> dict:
        return self._json("GET", "/v1/counts")

    def model(self) -> dict:
        return self._json("GET", "/v1/model")

    def document(self) -> dict:
        """The OpenAPI document."""
        return self._json("GET", "/v1/openapi.json")

    def _pages(self, path: str) -> Iterator[dict]:
        cursor = None
        while True:
            page = self._json("GET", path + _query(cursor=cursor, limit=1000))
            yield from page["items"]
            cursor = page.get("next")
            if cursor is None:
                return

    def _json(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        _, _, answer = self._send(method, path, data, "application/json")
        return json.loads(answer)

    def _send(self, method: str, path: str, body: Optional[bytes], media: str) -> tuple:
        headers = dict(self._headers)
        if body is not None:
            headers["Content-Type"] = media
        for left in reversed(range(self._tries)):
            try:
                self._connection.request(method, path, body, headers)
                answer = self._connection.getresponse()
                data = answer.read()
            except (ConnectionError, http.client.HTTPException):
                # Changes may be sent again: the same content changes nothing.
                self._connection.close()
                if left == 0:
                    raise
                continue
            if answer.status in (429, 503) and left > 0:
                time.sleep(float(answer.headers.get("Retry-After", "1")))
                continue
            if answer.status >= 400:
                try:
                    told = json.loads(data)
                except ValueError:
                    told = {"title": answer.reason}
                raise Problem(answer.status, told)
            return answer.status, answer.headers, data
        raise AssertionError("the loop above ends by itself")


def _path(*parts: str) -> str:
    return "/v1/" + "/".join(urllib.parse.quote(part, safe="") for part in parts)


def _query(**parameters: Any) -> str:
    given = {name: value for name, value in parameters.items() if value is not None}
    return "?" + urllib.parse.urlencode(given) if given else ""


def _name(record: tuple) -> dict:
    source, record_id = record
    return {"source": source, "record_id": record_id}
