"""x"""

from django.http import HttpRequest, HttpResponse

from homeroom.district.permissions import Viewer
from homeroom.web.policy import staff


@staff
def index(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    return HttpResponse("x")
