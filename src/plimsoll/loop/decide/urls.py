"""Addresses of decide within a program."""

from django.urls import path

from plimsoll.loop.decide import pages

urlpatterns = [
    path("systems/<str:ref>/", pages.system),
    path("systems/<str:ref>/update/", pages.update_status),
    path("risks/", pages.risks),
    path("risks/new/", pages.new_risk),
    path("risks/change/", pages.change_risks),
    path("risks/<str:ref>/", pages.risk),
    path("risks/<str:ref>/estimate/", pages.estimate_risk),
    path("gates/", pages.gates),
    path("gates/<str:ref>/", pages.gate),
    path("gates/<str:ref>/freeze/", pages.freeze_gate),
    path("gates/<str:ref>/sign/", pages.sign_gate),
    path("gates/<str:ref>/decide/", pages.decide_gate),
    path("gates/<str:ref>/options/", pages.options),
    path("timeline/", pages.timeline),
    path("decisions/", pages.decisions),
    path("decisions/<str:ref>/", pages.decision),
    path("conditions/<str:ref>/close/", pages.close_condition),
    path("waivers/", pages.waivers),
    path("waivers/<str:ref>/", pages.waiver),
    path("waivers/<str:ref>/recommend/", pages.recommend_waiver),
    path("waivers/<str:ref>/decide/", pages.decide_waiver),
    path("waivers/<str:ref>/revoke/", pages.revoke_waiver),
    path("requirements/<str:ref>/waive/", pages.request_waiver),
]
