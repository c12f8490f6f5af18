"""Addresses of scope within a program."""

from django.urls import path

from plimsoll.loop.scope import pages

urlpatterns = [
    path("scope/", pages.systems),
    path("scope/<str:ref>/", pages.room),
    path("scope/<str:ref>/answer/", pages.answer),
    path("scope/<str:ref>/versions/", pages.versions),
    path("law/", pages.laws),
    path("law/<str:ref>/", pages.law),
    path("law/<str:ref>/answer/", pages.answer_law),
    path("systems/new/", pages.new_system),
    path("systems/<str:ref>/change/", pages.change_system),
    path("systems/<str:ref>/promise/", pages.promise_stage),
    path("systems/<str:ref>/assets/new/", pages.new_asset),
    path("assets/<str:ref>/replace/", pages.replace_asset),
    path("assumptions/", pages.assumptions),
    path("assumptions/<str:ref>/", pages.assumption),
]
