"""Known problems: one disruption that many requests report."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from homeroom.district.permissions import Viewer
from homeroom.web.policy import staff


@require_http_methods(["GET", "HEAD"])
@staff
def problems(request: HttpRequest, viewer: Viewer) -> HttpResponse:  # noqa: ARG001
    """The way to all open requests, until there is a page of problems."""
    return HttpResponseRedirect(reverse("desk:queue", args=["all"]))
