"""What is kept, why and for how long, said by the system itself."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from homeroom.web.context import district
from homeroom.web.policy import public
from homeroom.web.portal import outside


@require_http_methods(["GET", "HEAD"])
@public
def privacy(request: HttpRequest) -> HttpResponse:
    """What we keep; nothing is deleted by itself yet, and the page says so."""
    forever = _("Until the district erases it")
    kept = [
        {"what": _("What you write to us, and your photos"), "why": _("To help you"),
         "how_long": forever},
        {"what": _("Your phone, email and name"), "why": _("To write back to you"),
         "how_long": forever},
        {"what": _("What was done about it, and when"),
         "why": _("To see what to fix for everyone"), "how_long": forever},
    ]  # fmt: skip
    here = district()
    officer = {"name": here.name, "email": here.email, "phone": here.phone} if here.email else None
    context = {"kept": kept, "outside": [], "officer": officer}
    return outside.draw(request, "portal/privacy.html", context)
