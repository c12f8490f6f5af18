"""Addresses of report within a program."""

from django.urls import path

from plimsoll.loop.report import pages

urlpatterns = [
    path("", pages.program_page),
    path("obligations/", pages.obligations),
    path("brief/", pages.brief),
    path("brief.md", pages.brief_markdown),
    path("brief.pdf", pages.brief_pdf),
]
