-- adapter: jdbc:modedatasets
-- database: db

-- case: select * from "My Dataset"
-- tables: My Dataset
-- columns: * <- My Dataset.*
select * from "My Dataset"
