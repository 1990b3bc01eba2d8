"""The addresses of the desk."""

from django.urls import path

from homeroom.web.desk import lists

app_name = "desk"
urlpatterns = [path("", lists.index, name="index")]
