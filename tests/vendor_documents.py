"""Vendors' OpenAPI documents: what is sent to a platform and what its double answers must fit them."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import httpx2
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

from onelane.server.cli.doubles.double_server import Double, DoubleRequest

Answering = Callable[[httpx2.Request], httpx2.Response]


class VendorDocument:
    """One document, by which requests and answers are checked. Who is signed in is not.

    Args:
        path: the document
    """

    def __init__(self, path: Path) -> None:
        document = json.loads(path.read_bytes())
        self.host = str(document["servers"][0]["url"]).rstrip("/")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._api = OpenAPI.from_dict(document)

    def check(self, request: httpx2.Request, response: httpx2.Response) -> None:
        """See whether both fit; of an answer that is no success only the request is looked at.

        Raises:
            OpenAPIError: one of them does not
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._api.validate_request(_Request(request, self.host))
            if response.is_success:
                self._api.validate_response(_Request(request, self.host), cast(Any, _Response(response)))


def answering_as(double: Double) -> Answering:
    """A double that answers without a server."""

    def answering(request: httpx2.Request) -> httpx2.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = list(request.url.params.multi_items())
        answer, _ = double.answer(DoubleRequest(request.method, request.url.path, query, headers, request.content))
        named = {"Content-Type": "application/json; charset=utf-8", **answer.headers}
        return httpx2.Response(answer.status, content=answer.content, headers=named)

    return answering


def fitting(document: VendorDocument, answering: Answering) -> Answering:
    """The same answers; what is asked or answered and does not fit the document fails the test."""

    def checked(request: httpx2.Request) -> httpx2.Response:
        response = answering(request)
        document.check(request, response)
        return response

    return checked


class _Request:
    """A request as openapi-core wants it."""

    def __init__(self, request: httpx2.Request, host: str) -> None:
        self.host_url = host
        self.path = request.url.path
        self.method = request.method.lower()
        self.content_type = request.headers.get("content-type", "application/json").split(";")[0]
        self.body = request.content or None
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(list(request.url.params.multi_items())),
            header=Headers(dict(request.headers)),
            cookie=ImmutableMultiDict(),
            path={},
        )


class _Response:
    """An answer as openapi-core wants it."""

    def __init__(self, response: httpx2.Response) -> None:
        self.status_code = response.status_code
        self.headers: dict[str, str] = {}
        self.data = response.content
        self.content_type = response.headers.get("content-type", "application/json").split(";")[0]
