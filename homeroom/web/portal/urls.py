"""The addresses of the front door."""

from django.urls import path

from homeroom.web.portal import answers, find, guided, home, privacy, status

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("check/", find.find, name="find"),
    path("in/<str:token>/", find.link, name="link"),
    path("mine/", find.mine, name="mine"),
    path("r/<str:secret>/", status.request_page, name="request"),
    path("r/<str:secret>/files/<int:file_id>", status.request_file, name="file"),
    path("needs/", guided.needs, name="needs"),
    path("needs/<str:service>/", guided.need, name="need"),
    path("answers/", answers.suggest, name="suggest"),
    path("articles/<path:name>/", answers.article, name="article"),
    path("privacy/", privacy.privacy, name="privacy"),
]
