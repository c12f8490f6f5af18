"""Addresses of report within a program."""

from django.urls import path

from plimsoll.loop.report import pages

urlpatterns = [
    path("", pages.program_page),
    path("feeds/", pages.feeds),
    path("feeds/issue/", pages.issue_feed),
    path("feeds/<int:feed>/revoke/", pages.revoke_feed),
    path("brief/", pages.brief),
    path("brief.md", pages.brief_markdown),
    path("brief.pdf", pages.brief_pdf),
]
