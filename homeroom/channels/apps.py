from django.apps import AppConfig


class Channels(AppConfig):
    name = "homeroom.channels"
    label = "channels"
