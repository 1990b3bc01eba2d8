from django.apps import AppConfig


class Web(AppConfig):
    name = "homeroom.web"
    label = "web"
