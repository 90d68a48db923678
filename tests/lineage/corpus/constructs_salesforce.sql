-- adapter: jdbc:salesforce
-- database: db

-- case: SELECT Id, Name, Account.Name FROM Opportunity WHERE StageName = 'x' L
-- tables: db.Opportunity
-- columns: Id <- Opportunity.Id; Name <- Opportunity.Account, Opportunity.Name
SELECT Id, Name, Account.Name FROM Opportunity WHERE StageName = 'x' LIMIT 10

-- case: SELECT Id, (SELECT LastName FROM Contacts) FROM Account
-- tables: db.Account, db.Contacts
-- columns: Id <- Account.Id; _col1 <- Contacts.LastName
SELECT Id, (SELECT LastName FROM Contacts) FROM Account
