-- n tickets with one follow-up each, straight into django-helpdesk's tables: psql -v n=100000
CREATE TEMP TABLE vocabulary (i int, w text);
INSERT INTO vocabulary SELECT row_number() OVER (), unnest(string_to_array(
  'please help student class today teacher room device screen login account password reset morning since yesterday working charger cable battery printer bus route late parent office email form link page error message tried restart again still same issue urgent testing lesson projector sound heating cold leak floor ceiling light broken door key badge access system grade portal lunch balance payroll leave benefits schedule calendar field trip approval order purchase invoice vendor before after when what who thanks chromebook wifi tablet speaker', ' '));
CREATE TEMP TABLE body AS
  SELECT g, (SELECT string_agg(w, ' ') FROM (SELECT w FROM vocabulary ORDER BY md5((i + g)::text) LIMIT 60) q) b
  FROM generate_series(1, 2000) g;
CREATE INDEX ON body (g);
ANALYZE body;
INSERT INTO helpdesk_ticket (title, created, modified, submitter_email, status, on_hold, description, priority, queue_id, secret_key, assigned_to_id)
  SELECT initcap(split_part(b, ' ', 1 + (s % 20))) || ' ' || split_part(b, ' ', 2 + (s % 17)) || ' room ' || s % 240 || ' case ' || s,
         now() - s * interval '3 min', now() - s * interval '3 min', 'user' || s % 5000 || '@example.org', 1 + (s % 5), false,
         'Room ' || s % 240 || ' serial SN' || lpad((s * 7)::text, 8, '0') || ' ' || b, 1 + s % 5, 1 + s % 6, md5(s::text),
         CASE WHEN s % 3 = 0 THEN 1 END
  FROM generate_series(:n0 + 1, :n0 + :n) s JOIN body ON g = 1 + s % 2000;
INSERT INTO helpdesk_followup (date, title, comment, public, ticket_id)
  SELECT created, 'E-Mail Received', description, true, id FROM helpdesk_ticket t
  WHERE NOT EXISTS (SELECT 1 FROM helpdesk_followup f WHERE f.ticket_id = t.id);
