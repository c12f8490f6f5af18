"""Addresses of respond within a program."""

from django.urls import path

from plimsoll.loop.respond import pages

urlpatterns = [path("incidents/", pages.incidents)]
