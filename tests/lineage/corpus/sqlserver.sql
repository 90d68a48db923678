-- adapter: jdbc:sqlserver
-- database: Main
-- catalog: dbo.Orders(Id, CustomerId, Amount)
-- catalog: dbo.Customers(Id, Name)
-- catalog: sales.Leads(Id, Email)

-- case: brackets
-- tables: Main.dbo.Orders
-- columns: Id <- Orders.Id
SELECT [Id] FROM [dbo].[Orders]

-- case: three parts and an empty one
-- tables: Crm.sales.Leads, Crm.dbo.Orders
-- columns: Email <- Leads.Email; Amount <- Orders.Amount
SELECT l.Email, o.Amount FROM Crm.sales.Leads l JOIN Crm..Orders o ON o.Id = l.Id

-- case: use and go
-- tables: Crm.sales.Leads
-- columns: Email <- Leads.Email
USE Crm
GO
SELECT Email FROM sales.Leads
GO

-- case: temp tables
-- tables: +#big, Main.dbo.Orders, Main.dbo.Customers
-- columns: Name <- Customers.Name; Amount <- Orders.Amount
SELECT CustomerId, Amount INTO #big FROM Orders WHERE Amount > 10;
SELECT c.Name, b.Amount FROM #big b JOIN Customers c ON c.Id = b.CustomerId

-- case: table variable
-- tables: Main.dbo.Orders
-- columns: Id <- Orders.Id
SELECT o.Id FROM dbo.Orders o JOIN @ids i ON i.Id = o.Id

-- case: top and nolock
-- tables: Main.dbo.Orders
-- columns: Id <- Orders.Id
SELECT TOP (10) o.Id FROM dbo.Orders o WITH (NOLOCK) ORDER BY o.Amount DESC

-- case: alias with equals sign
-- tables: Main.dbo.Orders
-- columns: Total <- Orders.Amount
SELECT Total = SUM(o.Amount) FROM dbo.Orders o

-- case: cross apply
-- tables: Main.dbo.Customers, Main.dbo.Orders
-- columns: Name <- Customers.Name; Amount <- Orders.Amount
SELECT c.Name, x.Amount FROM dbo.Customers c
CROSS APPLY (SELECT TOP 1 o.Amount FROM dbo.Orders o WHERE o.CustomerId = c.Id ORDER BY o.Id DESC) x

-- case: apply of a function
-- tables: Main.dbo.Customers
-- columns: Name <- Customers.Name; value <- Customers.Name
SELECT c.Name, s.value FROM dbo.Customers c CROSS APPLY STRING_SPLIT(c.Name, ' ') s

-- case: recursive cte
-- tables: Main.dbo.Orders
-- columns: Id <- Orders.Id
WITH t AS (SELECT Id, CustomerId FROM dbo.Orders UNION ALL SELECT o.Id, o.CustomerId FROM dbo.Orders o JOIN t ON t.Id = o.CustomerId)
SELECT Id FROM t OPTION (MAXRECURSION 100)

-- case: update through an alias
-- tables: +Main.dbo.Orders, Main.dbo.Customers
-- columns:
UPDATE o SET o.Amount = 0 FROM dbo.Orders o JOIN dbo.Customers c ON c.Id = o.CustomerId

-- case: declare and set
-- tables: Main.dbo.Orders
-- columns: Id <- Orders.Id
DECLARE @from date = '2026-01-01';
SET NOCOUNT ON;
SELECT Id FROM dbo.Orders WHERE Amount > @from

-- case: spelling differs
-- tables: Main.dbo.ORDERS
-- columns: ID <- ORDERS.ID
-- columns with catalog: ID <- Orders.Id
-- hard: without a catalog nobody knows how the table was created
SELECT o.ID FROM DBO.ORDERS o

-- case: pivot
-- tables: Main.dbo.Orders
-- columns: CustomerId <- Orders.CustomerId; jan <- Orders.Amount, Orders.Id
SELECT p.CustomerId, p.[jan] FROM (SELECT CustomerId, Amount, Id FROM dbo.Orders) s PIVOT (SUM(Amount) FOR Id IN ([jan], [feb])) p

-- case: offset fetch and string_agg
-- tables: Main.dbo.Customers
-- columns: names <- Customers.Name
SELECT STRING_AGG(Name, ',') AS names FROM dbo.Customers ORDER BY 1 OFFSET 0 ROWS FETCH NEXT 5 ROWS ONLY

-- case: openquery is no table
-- tables: Main.dbo.Orders
-- columns: Id <- Orders.Id
SELECT o.Id FROM dbo.Orders o JOIN OPENQUERY(srv, 'select id from remote.t') r ON r.id = o.Id
