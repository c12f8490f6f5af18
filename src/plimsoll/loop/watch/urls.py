"""Addresses of watch within a program."""

from django.urls import path

from plimsoll.loop.watch import pages

urlpatterns = [
    path("monitors/", pages.monitors),
    path("monitors/new/", pages.new_monitor),
    path("monitors/<str:ref>/", pages.monitor),
    path("monitors/<str:ref>/ask/", pages.ask),
    path("monitors/<str:ref>/pause/", pages.pause),
    path("signals/", pages.signals),
    path("signals/<str:ref>/", pages.signal),
    path("signals/<str:ref>/settle/", pages.settle),
    path("log/", pages.log),
    path("log/export/", pages.export_page),
    path("log/export/file/", pages.export),
    path("log/checkpoints/", pages.checkpoint_list),
    path("log/checkpoints/<int:size>/", pages.checkpoint),
    path("log/witnesses/", pages.witnesses),
    path("log/<int:index>/", pages.entry),
    path("log/<int:index>/proof/", pages.proof),
    path("log/<int:index>/leaf/", pages.leaf),
]
