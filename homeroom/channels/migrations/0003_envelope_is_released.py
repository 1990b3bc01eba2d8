"""A person may say that what was set aside is a request."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels", "0002_initial")]
    operations = [
        migrations.AddField(
            model_name="envelope",
            name="is_released",
            field=models.BooleanField(default=False, db_default=False),
        ),
    ]
