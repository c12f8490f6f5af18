"""Every address, from the root."""

from django.urls import URLPattern, URLResolver, include, path

from plimsoll.loop.report import pages as report
from plimsoll.site import accounts, pages, palette
from plimsoll.site.api import api
from plimsoll.site.verifier import verifier

program: list[URLPattern | URLResolver] = [
    path("people/", pages.people),
    path("people/new/", pages.new_member),
    path("people/<slug:handle>/", pages.member_roles),
    path("settings/", pages.settings_page),
    path("settings/tokens/", pages.issue_token),
    path("settings/tokens/<int:token>/revoke/", pages.revoke_token),
    path("settings/keys/", pages.trust_key),
    path("settings/keys/<int:key>/revoke/", pages.revoke_key),
    path("settings/remove/", pages.remove_program),
    path("views/", pages.save_view),
    path("comments/<str:ref>/", pages.comment),
    path("do/", palette.do),
    path("", include("plimsoll.loop.scope.urls")),
    path("", include("plimsoll.loop.plan.urls")),
    path("", include("plimsoll.loop.prove.urls")),
    path("", include("plimsoll.loop.decide.urls")),
    path("", include("plimsoll.loop.watch.urls")),
    path("", include("plimsoll.loop.respond.urls")),
    path("", include("plimsoll.loop.report.urls")),
]

urlpatterns = [
    path("", report.home, name="home"),
    path("programs/new/", pages.new_program),
    path("waiting/", report.waiting),
    path("go", palette.go),
    path("patterns/", pages.patterns),
    path("patterns/<slug:name>/", pages.pattern),
    path("health/", pages.health),
    path("verify/", verifier),
    path("verify/<str:name>", verifier),
    path("calendar/<str:secret>.ics", report.calendar),
    path("api/v1/", api.urls),
    path("account/invitation/<str:uid>/<str:token>/", accounts.invitation),
    path("account/", include("allauth.urls")),
    path("<slug:program>/", include(program)),
]

handler400 = "plimsoll.site.errors.bad_request"
handler403 = "plimsoll.site.errors.forbidden"
handler404 = "plimsoll.site.errors.not_found"
handler500 = "plimsoll.site.errors.server_error"
