"""Addresses of watch within a program."""

from django.urls import path

from plimsoll.loop.watch import pages

urlpatterns = [
    path("log/", pages.log),
    path("log/export/", pages.export_page),
    path("log/export/file/", pages.export),
    path("log/<int:index>/", pages.entry),
]
