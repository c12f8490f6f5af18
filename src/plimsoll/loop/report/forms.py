"""Forms of report: they parse, services write."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from plimsoll.adapters.importers.documents import LIMIT
from plimsoll.adapters.importers.registry import IMPORTERS, MOST_FILES

__all__ = ["FrameworkForm"]

LARGEST_TOGETHER = 32 * 2**20
"""Bytes of all files of one import."""


class _ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; none is read before their sizes are known to be small enough."""

    def __init__(self, **kwargs: Any) -> None:  # Any: passed on as given
        super().__init__(widget=_ManyFiles(), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        """The files; a refusal names the one that is too large."""
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if not files and self.required:
            raise forms.ValidationError("No file was chosen. Choose one or several that make one framework.")
        if len(files) > MOST_FILES:
            raise forms.ValidationError(f"{len(files)} files were chosen. At most {MOST_FILES}.")
        cleaned = [super(FilesField, self).clean(file, initial) for file in files]
        for file in cleaned:
            if (file.size or 0) > LIMIT:
                raise forms.ValidationError(
                    f"{file.name} has {file.size:,} bytes. At most {LIMIT:,} are read."
                )
        if sum(file.size or 0 for file in cleaned) > LARGEST_TOGETHER:
            raise forms.ValidationError(f"The files have more than {LARGEST_TOGETHER:,} bytes together.")
        return cleaned


class FrameworkForm(forms.Form):
    sources = FilesField(
        label="Files",
        help_text="JSON, YAML, XML or CSV; several files make one framework. At most 16 MB each.",
    )
    catalogs = FilesField(
        required=False,
        label="Catalogs that a profile selects from",
        help_text="Only for an OSCAL profile. Nothing is fetched.",
    )
    edition = forms.CharField(
        required=False, max_length=120, help_text="If the files do not say it: CoSAI, and tables of your own."
    )
    id = forms.SlugField(
        required=False,
        max_length=120,
        label="Id",
        help_text="Short and stable, such as halyard-ai. If the files do not say it.",
    )
    title = forms.CharField(required=False, max_length=300, label="Name")
    kind = forms.ChoiceField(
        required=False,
        label="Kind of source",
        choices=[("", "Tell by the content"), *((i.kind, i.title) for i in IMPORTERS)],
    )
