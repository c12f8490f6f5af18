"""Addresses of plan within a program."""

from django.urls import path

from plimsoll.loop.plan import pages

urlpatterns = [
    path("tasks/", pages.tasks),
    path("tasks/new/", pages.new_task),
    path("tasks/change/", pages.change_tasks),
    path("tasks/<str:ref>/", pages.task),
    path("worksheets/<slug:name>/", pages.worksheet),
    path("worksheets/<slug:name>/file/", pages.worksheet_file),
    path("worksheets/<slug:name>/apply/", pages.apply_worksheet),
]
