"""Changes of settings, in a table that only grows."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARD = """
CREATE FUNCTION refuse_to_rewrite_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('homeroom.maintenance', true) = 'on'
       AND pg_catalog.pg_has_role(session_user,
           (SELECT relowner FROM pg_catalog.pg_class WHERE oid = TG_RELID), 'MEMBER') THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION 'Changes are append-only: % refused.', TG_OP USING ERRCODE = '55000';
END $$;
CREATE TRIGGER changes_are_append_only BEFORE UPDATE OR DELETE ON district_change
    FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite_changes();
CREATE TRIGGER changes_are_not_emptied BEFORE TRUNCATE ON district_change
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite_changes();
"""
UNDO = """
DROP TRIGGER changes_are_append_only ON district_change;
DROP TRIGGER changes_are_not_emptied ON district_change;
DROP FUNCTION refuse_to_rewrite_changes();
"""


class Migration(migrations.Migration):
    dependencies = [("district", "0002_loaded")]
    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("what", models.CharField(max_length=20)),
                ("about", models.CharField(max_length=320)),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                ("account", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
            ],
            options={"indexes": [models.Index(fields=["what", "-id"], name="change_what")]},
        ),
        migrations.RunSQL(GUARD, UNDO),
    ]
