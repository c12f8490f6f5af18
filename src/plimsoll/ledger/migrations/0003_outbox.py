"""Entries wait for their position: `index` becomes a column that is filled after the commit.

Rows that exist keep their number as id and as position, so payloads stay with their entries.
"""

from django.db import migrations, models

from plimsoll.ledger import triggers


def triggers_off(apps, schema_editor):
    triggers.drop(schema_editor.connection)


def triggers_with_outbox(apps, schema_editor):
    triggers.create(schema_editor.connection, release=triggers.OUTBOX)


def triggers_without_outbox(apps, schema_editor):
    triggers.create(schema_editor.connection, release=triggers.INSERT_ONLY)


def positions_from_ids(apps, schema_editor):
    apps.get_model("ledger", "Entry").objects.update(index=models.F("id"))
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "SELECT setval(pg_get_serial_sequence('ledger_entry', 'id'), "
            "(SELECT MAX(id) FROM ledger_entry)) WHERE EXISTS (SELECT 1 FROM ledger_entry WHERE id > 0)"
        )


def nothing(apps, schema_editor):
    """The positions go with their column."""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_insert_only")]
    operations = [
        migrations.RunPython(triggers_off, triggers_without_outbox),
        migrations.RemoveIndex(model_name="entry", name="entry_program"),
        migrations.RemoveIndex(model_name="entry", name="entry_subject"),
        migrations.RemoveIndex(model_name="entry", name="entry_kind"),
        migrations.RenameField(model_name="entry", old_name="index", new_name="id"),
        migrations.AlterField(
            model_name="entry",
            name="id",
            field=models.BigAutoField(primary_key=True, serialize=False),
        ),
        migrations.AddField(
            model_name="entry",
            name="index",
            field=models.BigIntegerField(null=True, unique=True),
        ),
        migrations.RunPython(positions_from_ids, nothing),
        migrations.AddIndex(
            model_name="entry", index=models.Index(fields=["program_id", "-id"], name="entry_program")
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["program_id", "subject", "-id"], name="entry_subject"),
        ),
        migrations.AddIndex(
            model_name="entry", index=models.Index(fields=["program_id", "kind", "-id"], name="entry_kind")
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                fields=["id"], name="entry_pending", condition=models.Q(index__isnull=True)
            ),
        ),
        migrations.RunPython(triggers_with_outbox, triggers_off),
    ]
