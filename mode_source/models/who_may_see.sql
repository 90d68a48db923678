-- Who may see what is in a collection? One row per collection and way to see it, for each person where it names people.
--
-- `how`: everyone (whoever is in the workspace), link (a personal collection: whoever is in the workspace and has the
-- link), owner (of a personal collection), member (a permission of their own), group (`group_name`; one row per member
-- of the group), admin (restricted collections only: elsewhere everyone), public (anyone on the internet) and
-- embedded (whoever sees the page that it is embedded in). `action` is view or edit. `assets` counts the reports and
-- datasets, not archived, that can be seen so.
WITH spaces AS (
    SELECT token AS collection_token, space_type, creator_username, lower(default_access_level) AS level,
           coalesce(restricted, false) OR coalesce(lower(default_access_level) = 'restricted', false) AS restricted
    FROM collections
),
contents AS (
    SELECT collection_token, count(*) AS assets, count(*) FILTER (WHERE public) AS public_assets,
           count(*) FILTER (WHERE is_embedded) AS embedded_assets
    FROM reports_and_datasets
    WHERE NOT archived
    GROUP BY collection_token
),
granted AS (
    SELECT p.space_token AS collection_token, p.accessor_token, p.action, g.name AS group_name,
           g.token IS NOT NULL OR coalesce(lower(p.accessor_type) LIKE '%group%', false) AS to_group
    FROM collection_permissions AS p
    LEFT JOIN groups AS g ON g.token = p.accessor_token
),
ways AS (
    SELECT collection_token, CASE WHEN space_type = 'private' THEN 'link' ELSE 'everyone' END AS how, level AS action,
           CAST(NULL AS text) AS group_name, CAST(NULL AS text) AS person
    FROM spaces
    WHERE NOT restricted
    UNION ALL
    SELECT collection_token, 'owner', 'edit', NULL, creator_username FROM spaces WHERE space_type = 'private'
    UNION ALL
    SELECT collection_token, 'member', action, NULL, accessor_token FROM granted WHERE NOT to_group
    UNION ALL
    SELECT d.collection_token, 'group', d.action, coalesce(d.group_name, d.accessor_token), b.member_token
    FROM granted AS d
    LEFT JOIN group_memberships AS b ON b.group_token = d.accessor_token
    WHERE d.to_group
    UNION ALL
    SELECT s.collection_token, 'admin', 'edit', NULL, m.token
    FROM spaces AS s
    JOIN members AS m ON m.admin
    WHERE s.restricted
    UNION ALL
    SELECT collection_token, 'public', 'view', NULL, NULL FROM contents WHERE public_assets > 0
    UNION ALL
    SELECT collection_token, 'embedded', 'view', NULL, NULL FROM contents WHERE embedded_assets > 0
)
SELECT w.collection_token, c.name AS collection_name, c.space_type, s.restricted, w.how, w.action, w.group_name,
       coalesce(m.username, w.person) AS member_username, m.name AS member_name, m.email AS member_email,
       m.state AS member_state,
       CASE w.how WHEN 'public' THEN n.public_assets WHEN 'embedded' THEN n.embedded_assets
                  ELSE coalesce(n.assets, 0) END AS assets
FROM ways AS w
JOIN spaces AS s ON s.collection_token = w.collection_token
JOIN collections AS c ON c.token = w.collection_token
LEFT JOIN contents AS n ON n.collection_token = w.collection_token
LEFT JOIN members AS m ON m.token = w.person OR m.username = w.person
