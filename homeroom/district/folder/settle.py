"""What follows from the staged people and their roles: orgs, addresses, guardianships.

Every statement compares first and writes only what differs. `moved` collects the people it
touches, so that someone whose telephone alone changed is counted as changed.
"""

from homeroom.district.folder.loading import Loading
from homeroom.district.folder.staging import Cursor, refresh, stage
from homeroom.district.models import Guardianship, Identity
from homeroom.district.report import Tally

_HOME_ORG = """
WITH best AS (
  SELECT DISTINCT ON (r.person_id) r.person_id, r.org_id FROM district_role r
  JOIN district_person p ON p.id = r.person_id
  WHERE p.source = 'roster' AND (r.to_on IS NULL OR r.to_on >= %(today)s)
    AND p.source_id IN (SELECT person FROM new_roles)
    AND NOT EXISTS (SELECT 1 FROM new_people s WHERE s.source_id = p.source_id AND s.org <> '')
  ORDER BY r.person_id, r.is_primary DESC, r.id),
done AS (
  UPDATE district_person p SET org_id = best.org_id FROM best
  WHERE p.id = best.person_id AND p.org_id IS DISTINCT FROM best.org_id RETURNING p.id)
INSERT INTO moved SELECT id FROM done
"""

_GUARDIANS = """
CREATE TEMP TABLE grown ON COMMIT DROP AS SELECT DISTINCT r.person_id FROM district_role r
WHERE r.role IN ('guardian', 'parent', 'relative') AND (r.to_on IS NULL OR r.to_on >= %(today)s)
"""
_PUPILS = """
CREATE TEMP TABLE pupils ON COMMIT DROP AS SELECT DISTINCT r.person_id FROM district_role r
WHERE r.role = 'student' AND (r.to_on IS NULL OR r.to_on >= %(today)s)
"""

_ADDRESSES = """
CREATE TEMP TABLE new_addresses ON COMMIT DROP AS
SELECT p.id AS person_id, a.kind, a.value, a.kind = 'email' AND
  (split_part(a.value, '@', 2) = ANY(%(domains)s) OR g.person_id IS NOT NULL) AS is_verified
FROM new_people s JOIN district_person p ON p.source_id = s.source_id
LEFT JOIN grown g ON g.person_id = p.id
CROSS JOIN LATERAL (SELECT 'email' AS kind, unnest(s.emails) AS value
  UNION ALL SELECT 'phone', unnest(s.phones)) a
WHERE s.is_active
"""
_ADD_ADDRESSES = """
WITH done AS (
  INSERT INTO district_identity AS t (person_id, kind, value, source, verified_at, failure)
  SELECT a.person_id, a.kind, a.value, 'roster', CASE WHEN a.is_verified THEN %(now)s::timestamptz
    END, '' FROM new_addresses a
  LEFT JOIN district_identity i USING (kind, value, person_id)
  WHERE i.id IS NULL OR i.source <> 'roster' OR (a.is_verified AND i.verified_at IS NULL)
  ON CONFLICT (kind, value, person_id) DO UPDATE SET source = 'roster',
    verified_at = coalesce(t.verified_at, excluded.verified_at)
  RETURNING person_id)
INSERT INTO moved SELECT person_id FROM done
"""
_DROP_ADDRESSES = """
WITH done AS (
  DELETE FROM district_identity i USING new_people s JOIN district_person p USING (source_id)
  WHERE i.person_id = p.id AND i.source = 'roster' AND s.is_active
    AND ((i.kind = 'email' AND s.emails IS NOT NULL AND NOT i.value = ANY(s.emails))
      OR (i.kind = 'phone' AND s.phones IS NOT NULL AND NOT i.value = ANY(s.phones)))
  RETURNING i.person_id)
INSERT INTO moved SELECT person_id FROM done
"""
# Roles that arrive without their users (a delta) make guardians of people known before.
_VERIFY_GUARDIANS = """
UPDATE district_identity i SET verified_at = %(now)s FROM grown g
WHERE g.person_id = i.person_id AND i.source = 'roster' AND i.kind = 'email'
  AND i.verified_at IS NULL
"""

# OneRoster lets a pupil name its guardians, a guardian its pupils, or both: roles tell which.
_PAIRS = """
CREATE TEMP TABLE pairs ON COMMIT DROP AS SELECT DISTINCT
  CASE WHEN mine.person_id IS NULL AND theirs.person_id IS NOT NULL THEN p.id ELSE b.id END
    AS guardian_id,
  CASE WHEN mine.person_id IS NULL AND theirs.person_id IS NOT NULL THEN b.id ELSE p.id END
    AS student_id
FROM new_people s JOIN district_person p ON p.source_id = s.source_id
CROSS JOIN LATERAL unnest(s.agents) AS x(agent) JOIN district_person b ON b.source_id = x.agent
LEFT JOIN pupils mine ON mine.person_id = p.id LEFT JOIN pupils theirs ON theirs.person_id = b.id
WHERE s.is_active AND p.id <> b.id
"""
_ADD_PAIRS = """
WITH done AS (
  INSERT INTO district_guardianship (guardian_id, student_id, source)
  SELECT n.guardian_id, n.student_id, 'roster' FROM pairs n
  WHERE NOT EXISTS (SELECT 1 FROM district_guardianship g
    WHERE g.guardian_id = n.guardian_id AND g.student_id = n.student_id)
  ON CONFLICT DO NOTHING RETURNING guardian_id, student_id)
INSERT INTO moved SELECT unnest(ARRAY[guardian_id, student_id]) FROM done
"""
# In a bulk file a pair that nobody names any more is over. In a delta only people whose own row
# names someone have spoken about their pairs.
_DROP_PAIRS = """
WITH spoken AS (
  SELECT p.id FROM new_people s JOIN district_person p USING (source_id)
  WHERE s.agents IS NOT NULL AND (%(bulk)s OR s.agents <> '{}')),
done AS (
  DELETE FROM district_guardianship g WHERE g.source = 'roster'
    AND (g.student_id IN (SELECT id FROM spoken) OR g.guardian_id IN (SELECT id FROM spoken))
    AND NOT EXISTS (SELECT 1 FROM pairs n
      WHERE n.guardian_id = g.guardian_id AND n.student_id = g.student_id)
  RETURNING g.guardian_id, g.student_id)
INSERT INTO moved SELECT unnest(ARRAY[guardian_id, student_id]) FROM done
"""
_STRANGERS = """
SELECT s.line, x.agent FROM new_people s CROSS JOIN LATERAL unnest(s.agents) AS x(agent)
WHERE NOT EXISTS (SELECT 1 FROM district_person p WHERE p.source_id = x.agent) ORDER BY 1, 2
"""
_ALSO_CHANGED = """
SELECT count(DISTINCT p.id) FROM moved m JOIN district_person p USING (id)
JOIN new_people s ON s.source_id = p.source_id WHERE p.id NOT IN (SELECT id FROM touched)
"""


def settle(cur: Cursor, tally: Tally, loading: Loading, *, is_bulk: bool) -> None:
    """Bring orgs, addresses and guardianships in line with the staged people and roles.

    An address is verified when it lies in one of the district's mail domains, or is a guardian's;
    a telephone number stays a claim, because a caller's number proves little.
    """
    values = {
        "now": loading.now,
        "today": loading.today,
        "domains": list(loading.mail_domains),
        "bulk": is_bulk,
    }
    cur.execute("DROP TABLE IF EXISTS grown, pupils, new_addresses, pairs")
    stage(cur, "moved", "id bigint", [])
    for statement in (_HOME_ORG, _GUARDIANS, _PUPILS, _ADDRESSES):
        cur.execute(statement, values)
    cur.execute("ANALYZE grown, pupils, new_addresses")
    for statement in (_ADD_ADDRESSES, _DROP_ADDRESSES, _VERIFY_GUARDIANS, _PAIRS):
        cur.execute(statement, values)
    cur.execute("ANALYZE pairs")
    for statement in (_ADD_PAIRS, _DROP_PAIRS):
        cur.execute(statement, values)
    for line, agent in cur.execute(_STRANGERS):
        tally.remark(line, f"The agent {agent} is not known; the person was kept without.")
    cur.execute("SELECT count(*) FROM moved")
    n_moved = int((cur.fetchone() or (0,))[0])
    refresh(cur, Identity, n_moved)
    refresh(cur, Guardianship, n_moved)
    row = cur.execute(_ALSO_CHANGED).fetchone()
    tally.changed += row[0] if row else 0
