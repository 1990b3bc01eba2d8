"""Somebody at a desk hears the test of the alarm."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from homeroom.district.permissions import Viewer
from homeroom.kit import clock
from homeroom.tickets import alarms
from homeroom.tickets.log import person
from homeroom.web.context import tell
from homeroom.web.policy import staff


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def heard(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    """Note that this viewer hears the test (POST), and go on to the desk."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("desk:index"))
    if viewer.is_on_call or viewer.kind == "administrator":
        alarms.acknowledge_test(number, by=person(viewer.person_id), now=clock.now())
        tell(request, _("The test reached you. It is over."))
    return HttpResponseRedirect(reverse("desk:index"), status=303)
