"""The addresses of the office."""

from django.urls import path

from homeroom.web.office import answers, drill, today

app_name = "office"
urlpatterns = [
    path("", today.today, name="today"),
    path("numbers.csv", today.numbers, name="numbers"),
    path("answers/", answers.answers, name="answers"),
    path("requests/", drill.requests, name="requests"),
]
