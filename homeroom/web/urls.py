"""Every address, by audience."""

from django.conf.urls.i18n import i18n_patterns
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path

from homeroom.web.policy import public


@public
def icon(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Our icon; browsers ask for it here beside what is no page: a picture, a table, JSON."""
    return redirect(static("homeroom/favicon.svg"))


handler500 = "homeroom.web.trouble.broken"
urlpatterns: list[URLPattern | URLResolver] = [
    path("account/", include("homeroom.web.signing_in")),
    path("api/v1/", include("homeroom.web.api.urls")),
    path("desk/", include("homeroom.web.desk.urls")),
    path("office/", include("homeroom.web.office.urls")),
    path("setup/", include("homeroom.web.setup.urls")),
    path("favicon.ico", icon),
    # The front door speaks the language of its address: /es/ needs no cookie and caches well.
    *i18n_patterns(path("", include("homeroom.web.portal.urls")), prefix_default_language=False),
]
