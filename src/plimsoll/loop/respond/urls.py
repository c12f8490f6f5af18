"""Addresses of respond within a program."""

from django.urls import path

from plimsoll.loop.respond import pages

urlpatterns = [
    path("incidents/", pages.incidents),
    path("incidents/new/", pages.declare),
    path("incidents/times/", pages.measures),
    path("incidents/<str:ref>/", pages.incident),
    path("incidents/<str:ref>/change/", pages.change),
    path("incidents/<str:ref>/times/", pages.times),
    path("incidents/<str:ref>/notes/", pages.add_note),
    path("incidents/<str:ref>/playbooks/", pages.add_playbook),
    path("incidents/<str:ref>/tasks/<int:task>/", pages.task),
    path("incidents/<str:ref>/tasks/<int:task>/tick/", pages.tick),
    path("incidents/<str:ref>/locker/new/", pages.deposit),
    path("incidents/<str:ref>/locker/<int:item>/", pages.withdraw),
    path("incidents/<str:ref>/review/", pages.review),
    path("incidents/<str:ref>/lessons/new/", pages.propose_lesson),
    path("incidents/<str:ref>/lessons/<int:lesson>/decide/", pages.decide_lesson),
    path("incidents/<str:ref>/close/", pages.close),
    path("incidents/<str:ref>/clocks/close/", pages.close_waiting),
    path("incidents/<str:ref>/clocks/<str:duty>/<str:stage>/", pages.clock),
    path("incidents/<str:ref>/clocks/<str:duty>/<str:stage>/start/", pages.start_clock),
    path("incidents/<str:ref>/clocks/<str:duty>/<str:stage>/submit/", pages.submit),
    path("incidents/<str:ref>/clocks/<str:duty>/<str:stage>/close/", pages.close_clock),
]
