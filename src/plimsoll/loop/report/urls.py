"""Addresses of report within a program."""

from django.urls import path

from plimsoll.loop.report import pages

urlpatterns = [
    path("", pages.program_page),
    path("obligations/", pages.obligations),
    path("catalog/", pages.catalog),
    path("catalog/risks/", pages.catalog_risks),
    path("catalog/risks/<str:entry>/", pages.catalog_risk),
    path("catalog/controls/", pages.catalog_controls),
    path("catalog/controls/<str:entry>/", pages.catalog_control),
    path("catalog/duties/", pages.catalog_duties),
    path("catalog/duties/<str:entry>/", pages.catalog_duty),
    path("catalog/frameworks/", pages.frameworks),
    path("catalog/frameworks/<slug:framework>/", pages.framework),
    path("catalog/frameworks/<slug:framework>/clauses/", pages.clauses),
    path("catalog/clauses/<path:ref>/", pages.clause),
    path("catalog/stale/", pages.stale),
    path("feeds/", pages.feeds),
    path("feeds/issue/", pages.issue_feed),
    path("feeds/<int:feed>/revoke/", pages.revoke_feed),
    path("catalog/import/", pages.import_framework),
    path("catalog/import/apply/", pages.apply_import),
    path("matrix/", pages.matrices),
    path("matrix/<slug:framework>/", pages.matrix),
    path("matrix/<slug:framework>/gaps/", pages.gaps),
    path("matrix/<slug:framework>/paper/", pages.matrix_paper),
    path("matrix/<slug:framework>.md", pages.matrix_markdown),
    path("matrix/<slug:framework>.pdf", pages.matrix_pdf),
    path("brief/", pages.brief),
    path("brief/<slug:audience>/", pages.audience_view),
    path("brief/<slug:audience>.md", pages.audience_view_markdown),
    path("brief/<slug:audience>.pdf", pages.audience_view_pdf),
    path("brief.md", pages.brief_markdown),
    path("brief.pdf", pages.brief_pdf),
]
