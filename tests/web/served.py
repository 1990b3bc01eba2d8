"""What tests/web/test_server.py serves: small views under the house's own middleware."""

import sys
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def echo(request: HttpRequest, rest: str = "") -> HttpResponse:
    answer = JsonResponse(
        {
            "path": request.path,
            "q": request.GET.getlist("q"),
            "remote": request.META["REMOTE_ADDR"],
            "scheme": request.scheme,
            "length": len(request.body),
            "content_length": request.META["CONTENT_LENGTH"],
            "headers": [name for name in request.META if name.startswith("HTTP_")],
            "cookies": request.COOKIES,
        }
    )
    answer.set_cookie("one", "1")
    answer.set_cookie("two", "2")
    return answer


def stream(request: HttpRequest, thousands: int) -> StreamingHttpResponse:
    def pieces() -> Iterator[bytes]:
        for _ in range(thousands):
            yield b"0123456789" * 100

    return StreamingHttpResponse(pieces())


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose")


def handler500(request: HttpRequest) -> HttpResponse:
    return HttpResponse("broken", status=500)


urlpatterns = [
    path("echo", echo),
    path("echo/<path:rest>", echo),
    path("stream/<int:thousands>", stream),
    path("broken", broken),
]


def application() -> object:
    from django.conf import settings

    settings.ROOT_URLCONF = "tests.web.served"
    from homeroom.web.server import application as ours

    return ours()


if __name__ == "__main__":
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "tests.web.served:application",
        port=int(sys.argv[1]),
        interface=Interfaces.RSGI,
        factory=True,
        log_enabled=False,
    ).serve()
