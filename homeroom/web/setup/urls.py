"""The addresses of setup."""

from django.urls import path

from homeroom.web.setup import (
    article,
    article_history,
    articles,
    channels,
    held,
    oncall,
    people,
    replies,
    rules,
    services,
    sources,
    start,
    sureness,
    teams,
    tokens,
)

app_name = "setup"
urlpatterns = [
    path("", start.index, name="index"),
    path("channels/", channels.channels, name="channels"),
    path("held/", held.held, name="held"),
    path("held/<int:number>/raw/", held.raw, name="raw"),
    path("on-call/", oncall.on_call, name="on-call"),
    path("people/", people.people, name="people"),
    path("teams/", teams.teams, name="teams"),
    path("articles/", articles.articles, name="articles"),
    path("articles/new/", article.new, name="article-new"),
    path("articles/<int:number>/", article.article, name="article"),
    path("articles/<int:number>/history/", article_history.history, name="article-history"),
    path("replies/", replies.replies, name="replies"),
    path("services/", services.services, name="services"),
    path("sources/", sources.sources, name="sources"),
    path("rules/", rules.rules, name="rules"),
    path("how-sure/", sureness.sureness, name="sureness"),
    path("keys/", tokens.tokens, name="tokens"),
]
