from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("routing", "0003_gate")]

    operations = [
        migrations.AddField(
            model_name="precedent",
            name="beside",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="precedent",
            name="words",
            field=models.CharField(blank=True, default="", max_length=32),
            preserve_default=False,
        ),
        # Models of the form before have no lines; they are fitted anew from what is kept.
        migrations.RunSQL("DELETE FROM routing_learned", migrations.RunSQL.noop),
    ]
