-- name: overlapping
-- A time without an end holds on; one without a beginning has always held.
WITH span (start, stop, middle, owner) AS MATERIALIZED (SELECT ?, ?, ?, ?),
overlapping (no) AS (
    SELECT s.no FROM span CROSS JOIN memories AS s
    WHERE s.owner = span.owner AND s.retired_at IS NULL AND s.said_at >= span.start AND s.said_at < span.stop
    UNION
    SELECT h.no FROM span CROSS JOIN memories AS h
    WHERE h.owner = span.owner AND h.retired_at IS NULL AND (h.holds_from IS NOT NULL OR h.holds_until IS NOT NULL)
        AND (h.holds_from IS NULL OR h.holds_from < span.stop)
        AND (h.holds_until IS NULL OR h.holds_until > span.start OR h.holds_from >= span.start)
)
SELECT m.id, min(abs(m.said_at - span.middle), abs(coalesce(m.holds_from, m.said_at) - span.middle)) AS distance
FROM overlapping CROSS JOIN span CROSS JOIN memories AS m ON m.no = overlapping.no
WHERE m.kind IN (SELECT value FROM json_each(?)) AND {condition}
ORDER BY distance, m.no DESC
LIMIT ?
