-- adapter: jdbc:hive
-- database: web
-- catalog: web.visits(id, user_id, tags, ds)
-- catalog: crm.leads(id, email)

-- case: database of the connection is the schema
-- tables: web.visits
-- columns: id <- visits.id
SELECT ID FROM Visits WHERE ds = '2026-01-01'

-- case: use
-- tables: crm.leads
-- columns: email <- leads.email
USE crm;
SELECT email FROM leads

-- case: lateral view outer posexplode
-- tables: web.visits
-- columns: id <- visits.id; pos <- visits.tags; tag <- visits.tags
SELECT v.id, t.pos, t.tag FROM visits v LATERAL VIEW OUTER POSEXPLODE(v.tags) t AS pos, tag

-- case: insert overwrite with partition
-- tables: +crm.leads, web.visits
-- columns:
INSERT OVERWRITE TABLE crm.leads PARTITION (ds='2026-01-01') SELECT id, user_id FROM visits

-- case: from first
-- tables: web.visits
-- columns: id <- visits.id
-- hard: Hive's FROM before SELECT
FROM visits SELECT id

-- case: distribute by and cluster by
-- tables: web.visits
-- columns: id <- visits.id
SELECT id FROM visits DISTRIBUTE BY user_id SORT BY id

-- case: left semi join
-- tables: web.visits, crm.leads
-- columns: id <- visits.id
SELECT v.id FROM visits v LEFT SEMI JOIN crm.leads l ON l.id = v.user_id
