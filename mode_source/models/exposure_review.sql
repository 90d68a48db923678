-- Which reports and datasets can be seen by more, or by fewer, than the workspace? One row per report or dataset.
--
-- `exposure` lists what applies: public (anyone on the internet), embedded (shown in other pages), personal (in a
-- member's own collection, which no other member can browse but everybody with the link can open), restricted (only
-- invited members; from the collection's access level, as Mode's flag alone is unreliable). `conflict` marks those
-- that can be seen outside although their collection is personal or restricted. Archived ones are included.
SELECT kind, report_token, report_name, archived,
       concat_ws(', ', CASE WHEN public THEN 'public' END, CASE WHEN is_embedded THEN 'embedded' END,
                 CASE WHEN space_type = 'private' THEN 'personal' END,
                 CASE WHEN restricted THEN 'restricted' END) AS exposure,
       (public OR is_embedded) AND (restricted OR coalesce(space_type = 'private', false)) AS conflict,
       public, is_embedded, coalesce(space_type = 'private', false) AS personal, restricted,
       collection_token, collection_name, owner_username, owner_name, owner_status, view_count, last_run_at, url
FROM reports_and_datasets
WHERE public OR is_embedded OR restricted OR space_type = 'private'
