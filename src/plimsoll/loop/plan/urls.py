"""Addresses of plan within a program."""

from django.urls import path

from plimsoll.loop.plan import pages

urlpatterns = [
    path("tasks/", pages.tasks),
    path("tasks/new/", pages.new_task),
    path("tasks/change/", pages.change_tasks),
    path("tasks/<str:ref>/", pages.task),
    path("raid/", pages.raid),
    path("raid/new/", pages.new_matter),
    path("raid/<str:ref>/convert/", pages.convert_record),
    path("issues/<str:ref>/", pages.matter),
    path("dependencies/<str:ref>/", pages.matter),
    path("dependencies/<str:ref>/confirm/", pages.confirm_dependency),
    path("raci/", pages.raci),
    path("raci/change/", pages.change_parts),
    path("raci/deputies/", pages.deputies),
    path("raci/deputies/<int:deputy>/end/", pages.end_deputy),
    path("worksheets/<slug:name>/", pages.worksheet),
    path("worksheets/<slug:name>/file/", pages.worksheet_file),
    path("worksheets/<slug:name>/apply/", pages.apply_worksheet),
]
