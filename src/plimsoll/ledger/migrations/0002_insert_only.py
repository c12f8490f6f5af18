"""Triggers that refuse every change and deletion of ledger rows."""

from django.db import migrations

from plimsoll.ledger import triggers


def forwards(apps, schema_editor):
    triggers.create(schema_editor.connection, release=triggers.INSERT_ONLY)


def backwards(apps, schema_editor):
    triggers.drop(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
