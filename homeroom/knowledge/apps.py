from django.apps import AppConfig


class Knowledge(AppConfig):
    name = "homeroom.knowledge"
    label = "knowledge"
