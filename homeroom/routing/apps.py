from django.apps import AppConfig


class Routing(AppConfig):
    name = "homeroom.routing"
    label = "routing"
