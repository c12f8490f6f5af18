"""Hands out a document as a file: the same tree as the page, as Markdown or PDF."""

from __future__ import annotations

from django.http import HttpResponse

from plimsoll.adapters.pdf import render_pdf
from plimsoll.engines.reports import markdown, typst_source
from plimsoll.engines.reports.document import Document
from plimsoll.kernel import clock

__all__ = ["as_markdown", "as_pdf"]


def as_markdown(document: Document, name: str) -> HttpResponse:
    """The document as a Markdown file to be saved; `name` is its name without the suffix."""
    response = HttpResponse(markdown.render(document), content_type="text/markdown; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.md"'
    return response


def as_pdf(document: Document, name: str) -> HttpResponse:
    """The document as a PDF to be looked at; `name` is its name without the suffix."""
    source = typst_source.render(document)
    pdf = render_pdf(source.text, source.files, created=clock.now())
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response
