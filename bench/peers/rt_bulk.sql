-- n tickets, straight into Request Tracker 5's tables: each with its four role groups, a requestor,
-- a Create transaction and one text attachment; then the full-text index that its
-- rt-setup-fulltext-index makes. psql -v n=100000. Needs a few users: feed it some mail first.
CREATE TEMP TABLE vocabulary AS SELECT row_number() OVER () i, w FROM unnest(string_to_array(
  'please help student class today teacher room device screen login account password reset morning since yesterday working charger cable battery printer bus route late parent office email form link page error message tried restart again still same issue urgent testing lesson projector sound heating cold leak floor ceiling light broken door key badge access system grade portal lunch balance payroll leave benefits schedule calendar field trip approval order purchase invoice vendor before after when what who thanks chromebook wifi tablet speaker', ' ')) w;
CREATE TEMP TABLE body AS
  SELECT g, (SELECT string_agg(w, ' ') FROM (SELECT w FROM vocabulary ORDER BY md5((i + g)::text) LIMIT 60) q) b
  FROM generate_series(1, 2000) g;
CREATE INDEX ON body (g);
ANALYZE body;
CREATE TEMP TABLE req AS SELECT id, row_number() OVER (ORDER BY id) - 1 k FROM users WHERE id > 14;
CREATE TEMP TABLE t AS
  SELECT s, nextval('tickets_id_seq')::int tid, nextval('principals_id_seq')::int g1, nextval('principals_id_seq')::int g2,
         nextval('principals_id_seq')::int g3, nextval('principals_id_seq')::int g4, nextval('transactions_id_seq') tx,
         nextval('attachments_id_seq') att, (SELECT count(*) FROM req)::int nr, now()::timestamp - s * interval '3 min' ts
  FROM generate_series(:n0 + 1, :n0 + :n) s;
ALTER TABLE t ADD r int;
UPDATE t SET r = req.id FROM req WHERE req.k = t.s % t.nr;
ANALYZE t;
INSERT INTO tickets (id, effectiveid, queue, type, owner, subject, priority, status, told, starts, started, due, resolved, lastupdatedby, lastupdated, creator, created)
  SELECT tid, tid, 3 + s % 6, 'ticket', CASE WHEN s % 3 = 0 THEN 14 ELSE 6 END,
         initcap(split_part(b, ' ', 1 + (s % 20))) || ' ' || split_part(b, ' ', 2 + (s % 17)) || ' room ' || s % 240 || ' case ' || s, s % 5,
         (array['new', 'open', 'open', 'resolved', 'stalled'])[1 + s % 5], NULL, '1970-01-01', '1970-01-01', '1970-01-01', '1970-01-01', r, ts, r, ts
  FROM t JOIN body ON g = 1 + s % 2000;
INSERT INTO principals (id, principaltype, disabled) SELECT unnest(array[g1, g2, g3, g4]), 'Group', 0 FROM t;
INSERT INTO groups (id, name, domain, instance, creator, created, lastupdatedby, lastupdated)
  SELECT unnest(array[g1, g2, g3, g4]), unnest(array['AdminCc', 'Cc', 'Owner', 'Requestor']), 'RT::Ticket-Role', tid, 1, ts, 1, ts FROM t;
INSERT INTO groupmembers (groupid, memberid, creator, created, lastupdatedby, lastupdated)
  SELECT g3, CASE WHEN s % 3 = 0 THEN 14 ELSE 6 END, 1, ts, 1, ts FROM t UNION ALL SELECT g4, r, 1, ts, 1, ts FROM t;
CREATE TEMP TABLE c AS SELECT nextval('cachedgroupmembers_id_seq')::int id, gid, mid FROM
  (SELECT unnest(array[g1, g2, g3, g4, g3, g4]) gid, unnest(array[g1, g2, g3, g4, CASE WHEN s % 3 = 0 THEN 14 ELSE 6 END, r]) mid FROM t) x;
INSERT INTO cachedgroupmembers (id, groupid, memberid, via, immediateparentid, disabled) SELECT id, gid, mid, id, gid, 0 FROM c;
INSERT INTO transactions (id, objecttype, objectid, type, creator, created) SELECT tx, 'RT::Ticket', tid, 'Create', r, ts FROM t;
INSERT INTO attachments (id, transactionid, parent, messageid, subject, contenttype, contentencoding, content, headers, creator, created)
  SELECT att, tx, 0, '<b' || s || '@x>', 'case ' || s, 'text/plain', 'none',
         'Room ' || s % 240 || ' serial SN' || lpad((s * 7)::text, 8, '0') || ' ' || b, 'Content-Type: text/plain; charset="utf-8"', r, ts
  FROM t JOIN body ON g = 1 + s % 2000;
DROP TABLE IF EXISTS attachmentsindex;
CREATE TABLE attachmentsindex (id bigserial, contentindex tsvector);
INSERT INTO attachmentsindex SELECT id, to_tsvector(content) FROM attachments WHERE contenttype = 'text/plain';
CREATE INDEX ON attachmentsindex (id);
CREATE INDEX contentindex_idx ON attachmentsindex USING gin (contentindex);
