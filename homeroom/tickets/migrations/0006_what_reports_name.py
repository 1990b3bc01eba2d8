"""What reports name and where; those kept so far were weighed when they came."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("district", "0004_duty"),
        ("tickets", "0005_incidents"),
    ]

    operations = [
        migrations.AddField(
            model_name="report",
            name="affected",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="org",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, to="district.org"
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="is_weighed",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AlterField(
            model_name="report",
            name="is_weighed",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                condition=models.Q(("is_weighed", False)), fields=["ticket"], name="report_waits"
            ),
        ),
    ]
