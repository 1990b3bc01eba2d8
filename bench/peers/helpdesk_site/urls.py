"""django-helpdesk at the root, and a page of one word that measures the noise."""

from django.http import HttpResponse
from django.urls import include, path

urlpatterns = [
    path("hello/", lambda _: HttpResponse("hello")),
    path("", include("helpdesk.urls", namespace="helpdesk")),
]
