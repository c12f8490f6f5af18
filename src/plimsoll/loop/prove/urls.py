"""Addresses of prove within a program."""

from django.urls import path

from plimsoll.loop.prove import pages

urlpatterns = [
    path("requirements/", pages.requirements),
    path("requirements/change/", pages.change_requirements),
    path("requirements/<str:ref>/", pages.requirement),
    path("requirements/<str:ref>/attest/", pages.attest),
    path("evidence/", pages.evidence_list),
    path("evidence/<str:ref>/", pages.evidence),
    path("evidence/<str:ref>/statement/", pages.statement),
    path("evidence/<str:ref>/document/", pages.document),
    path("evidence/<str:ref>/review/", pages.review),
    path("assets/<str:ref>/", pages.asset),
]
