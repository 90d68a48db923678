-- adapter: jdbc:snowflake
-- database: db
-- catalog: public.orders(id, amount)
-- From Snowflake's documentation: TABLE(), FLATTEN, scripting; the catalog is in lower case, as some tools write it.

-- case: table of a string
-- tables: DB.S.T
-- columns: * <- T.*
-- verified: documentation
select * from table('s.t')

-- case: table of a quoted string with an alias
-- tables: DB.s.t
-- columns: A <- t.A
-- verified: documentation
select x.a from table('"s"."t"') x

-- case: table of an identifier
-- tables: X.S.T
-- columns: A <- T.A
-- verified: documentation
select a from table(identifier('x.s.t'))

-- case: semantic view
-- tables: DB.S.SV
-- columns: * <- SV.*
-- verified: documentation
select * from semantic_view(db.s.sv dimensions customer.region metrics orders.total)

-- case: match_recognize
-- tables: DB.S.T
-- columns: FC <- T.C
-- uses: window T.A, window T.B, filter T.D
-- verified: documentation
select fc from s.t match_recognize (
  partition by a order by b measures match_number() as m, first(x.c) as fc one row per match
  pattern (x+) define x as d > 1)

-- case: flatten
-- tables: DB.PUBLIC.T
-- columns: A <- T.A; V <- T.ARR
-- verified: documentation
select t.a, f.value as v from t, lateral flatten(input => t.arr) f

-- case: flatten without an alias
-- tables: DB.PUBLIC.T
-- columns: VALUE <- T.ARR; INDEX <- T.ARR
-- verified: documentation
select value, index from t, table(flatten(t.arr))

-- case: split to table
-- tables: DB.PUBLIC.T
-- columns: VALUE <- T.X
-- verified: documentation
select s.value from t, table(split_to_table(t.x, ',')) s

-- case: everything of a function of one's own
-- tables:
-- columns:
-- outputs: *
-- verified: documentation
select * from table(my_function(1))

-- case: everything of flatten
-- tables:
-- columns:
-- outputs: SEQ | KEY | PATH | INDEX | VALUE | THIS
-- verified: documentation
select f.* from lateral flatten(input => parse_json('[1]')) f

-- case: catalog in lower case
-- tables: DB.PUBLIC.ORDERS
-- columns: * <- ORDERS.*
-- columns with catalog: ID <- ORDERS.ID; AMOUNT <- ORDERS.AMOUNT
-- verified: documentation
select * from orders

-- case: catalog in lower case, column in a join
-- tables: DB.PUBLIC.ORDERS, DB.PUBLIC.U
-- columns: AMOUNT <- ORDERS.AMOUNT
-- uses: join ORDERS.ID, join U.ID
-- verified: documentation
select o.amount from orders o join u on u.id = o.id

-- case: names of results
-- tables: DB.PUBLIC.ORDERS
-- columns: SUM(AMOUNT) <- ORDERS.AMOUNT; ID + 1 <- ORDERS.ID; ID::VARCHAR <- ORDERS.ID
-- outputs: COUNT(*) | SUM(AMOUNT) | ID + 1 | ID::VARCHAR | 'X'
-- verified: documentation
select count(*), sum(amount), id + 1, id::varchar, 'x' from orders

-- case: session variable from a query
-- tables: DB.PUBLIC.T, DB.PUBLIC.U
-- columns: A <- U.A
-- uses: other T.D, filter U.D
-- verified: documentation
set d = (select max(d) from t);
select a from u where d = $d

-- case: scripting with a resultset
-- tables: DB.PUBLIC.T
-- columns: A <- T.A
-- verified: documentation
begin
  let res resultset := (select a from t);
  return table(res);
end

-- case: alias in where
-- tables: DB.PUBLIC.T
-- columns: X <- T.A
-- uses: filter T.A
-- verified: documentation
select a + 1 as x from t where x > 3

-- case: qualify
-- tables: DB.PUBLIC.T
-- columns: A <- T.A
-- uses: filter T.B, filter T.C, window T.B, window T.C
-- verified: documentation
select a from t qualify row_number() over (partition by b order by c) = 1
