"""The log refuses to be changed; only the owner, saying so, may do maintenance on it."""

from django.db import migrations

GUARD = """
CREATE FUNCTION refuse_to_change_the_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('homeroom.maintenance', true) = 'on'
       AND pg_catalog.pg_has_role(session_user,
           (SELECT relowner FROM pg_catalog.pg_class WHERE oid = TG_RELID), 'MEMBER') THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION 'The log is append-only: % refused.', TG_OP USING ERRCODE = '55000';
END $$;
CREATE TRIGGER log_is_append_only BEFORE UPDATE OR DELETE ON tickets_event
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_the_log();
CREATE TRIGGER log_is_not_emptied BEFORE TRUNCATE ON tickets_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_log();
"""
UNDO = """
DROP TRIGGER log_is_append_only ON tickets_event;
DROP TRIGGER log_is_not_emptied ON tickets_event;
DROP FUNCTION refuse_to_change_the_log();
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]
    operations = [migrations.RunSQL(GUARD, UNDO)]
