from django.apps import AppConfig


class Kit(AppConfig):
    name = "homeroom.kit"
    label = "kit"
