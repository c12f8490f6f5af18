"""Content goes into boxes that are sealed per subject. Entries that exist keep their form, version 1."""

import django.db.models.deletion
from django.db import migrations, models

from plimsoll.ledger import triggers


def triggers_off(apps, schema_editor):
    triggers.drop(schema_editor.connection)


def triggers_with_vault(apps, schema_editor):
    triggers.create(schema_editor.connection)


def triggers_with_outbox(apps, schema_editor):
    triggers.create(schema_editor.connection, release=triggers.OUTBOX)


def erased_by():
    return models.ForeignKey(
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="ledger.entry",
    )


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_witnesses")]
    operations = [
        migrations.RunPython(triggers_off, triggers_with_outbox),
        migrations.AddField(
            model_name="entry", name="version", field=models.PositiveSmallIntegerField(default=1)
        ),
        migrations.AddField(model_name="payload", name="erased_by", field=erased_by()),
        migrations.CreateModel(
            name="SubjectKey",
            fields=[
                ("subject", models.CharField(max_length=81, primary_key=True, serialize=False)),
                ("wrapped", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Box",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, auto_created=True, verbose_name="ID")),
                (
                    "entry",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="boxes",
                        to="ledger.entry",
                    ),
                ),
                ("subject", models.CharField(max_length=81)),
                ("digests", models.BinaryField()),
                ("box", models.BinaryField(null=True)),
                ("erased_by", erased_by()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("entry", "subject"), name="box_once")]
            },
        ),
        migrations.RunPython(triggers_with_vault, triggers_off),
    ]
