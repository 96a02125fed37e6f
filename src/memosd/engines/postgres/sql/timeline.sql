-- name: overlapping
-- A time without an end holds on; one without a beginning has always held.
WITH overlapping (no) AS (
    SELECT s.no FROM memories AS s
    WHERE s.project = %(project)s AND s.owner = %(owner)s AND s.retired_at IS NULL
        AND s.said_at >= %(start)s AND s.said_at < %(stop)s
    UNION
    SELECT h.no FROM memories AS h
    WHERE h.project = %(project)s AND h.owner = %(owner)s AND h.retired_at IS NULL
        AND (h.holds_from IS NOT NULL OR h.holds_until IS NOT NULL)
        AND (h.holds_from IS NULL OR h.holds_from < %(stop)s)
        AND (h.holds_until IS NULL OR h.holds_until > %(start)s OR h.holds_from >= %(start)s)
)
SELECT m.id, least(abs(m.said_at - %(middle)s), abs(coalesce(m.holds_from, m.said_at) - %(middle)s)) AS distance
FROM overlapping JOIN memories AS m ON m.project = %(project)s AND m.no = overlapping.no
WHERE m.kind = ANY(%(kinds)s::text[]) AND {condition}
ORDER BY distance, m.no DESC
LIMIT %(limit)s
