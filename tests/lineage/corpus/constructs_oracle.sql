-- adapter: jdbc:oracle
-- database: db
-- definition: active-customers = select c.id, c.region from core.customers c
-- definition: a = select * from {{ @b as b }}
-- definition: b = select * from {{ @a as a }} join real.t on true
-- definition: emp ty = 
-- definition: semi = select id from core.users; -- done
-- definition: withcte = with x as (select id from raw.base) select * from x
-- definition: lit = select\n id\n from core.lit
-- definition: param = select id from {{ schema_name }}.events where d = '{{ start }}'
-- definition: form = {% form %}\nz:\n  type: text\n  default: core\n{% endform %}\nselect id from {{ z }}.things

-- case: alter session set current_schema = HR; select a from emp
-- tables: DB.HR.EMP
-- columns: A <- EMP.A
alter session set current_schema = HR; select a from emp

-- case: select a, sysdate d, rownum r from hr.emp where rownum < 5
-- tables: DB.HR.EMP
-- columns: A <- EMP.A
select a, sysdate d, rownum r from hr.emp where rownum < 5

-- case: select e.a from hr.emp e, hr.dept d where e.did = d.id (+)
-- tables: DB.HR.DEPT, DB.HR.EMP
-- columns: A <- EMP.A
select e.a from hr.emp e, hr.dept d where e.did = d.id (+)

-- case: select level l from dual connect by level <= 10
-- tables: 
-- columns: 
select level l from dual connect by level <= 10

-- case: select a from hr.emp start with x is null connect by prior id = mid
-- tables: DB.HR.EMP
-- columns: A <- EMP.A
select a from hr.emp start with x is null connect by prior id = mid

-- case: select a from hr.emp@remote_link
-- tables: REMOTE_LINK.HR.EMP
-- columns: A <- EMP.A
select a from hr.emp@remote_link

-- case: select a from hr.emp minus select b from hr.dept
-- tables: DB.HR.DEPT, DB.HR.EMP
-- columns: A <- EMP.A
select a from hr.emp minus select b from hr.dept

-- case: select q'[from x.y]' s, a from hr.emp
-- tables: DB.HR.EMP
-- columns: A <- EMP.A
select q'[from x.y]' s, a from hr.emp

-- case: select * from (select a from hr.emp order by b) where rownum = 1
-- tables: DB.HR.EMP
-- columns: A <- EMP.A
select * from (select a from hr.emp order by b) where rownum = 1

-- case: select /*+ full(e) parallel(8) */ e.a from hr.emp e
-- tables: DB.HR.EMP
-- columns: A <- EMP.A
select /*+ full(e) parallel(8) */ e.a from hr.emp e

-- case: with function f(x number) return number is begin return x; end; select
-- tables: DB.HR.EMP
-- columns: A <- EMP.A
-- errors: parse
with function f(x number) return number is begin return x; end; select a from hr.emp

-- case: select a, listagg(b, ',') within group (order by b) l from hr.emp grou
-- tables: DB.HR.EMP
-- columns: A <- EMP.A; L <- EMP.B
select a, listagg(b, ',') within group (order by b) l from hr.emp group by a

-- case: select a from hr.emp fetch first 10 rows only
-- tables: DB.HR.EMP
-- columns: A <- EMP.A
select a from hr.emp fetch first 10 rows only

-- case: select nvl(a, 0) n, decode(b, 1, c, d) x, to_char(e, 'YYYY') y from hr
-- tables: DB.HR.EMP
-- columns: N <- EMP.A; X <- EMP.B, EMP.C, EMP.D; Y <- EMP.E
select nvl(a, 0) n, decode(b, 1, c, d) x, to_char(e, 'YYYY') y from hr.emp

-- case: select a from hr.emp as of timestamp sysdate - 1
-- tables: DB.HR.EMP
-- columns: A <- EMP.A
-- errors: parse
-- hard: sqlglot does not read AS OF TIMESTAMP
select a from hr.emp as of timestamp sysdate - 1

-- case: select * from table(pkg.f(1))
-- tables: 
-- columns: 
select * from table(pkg.f(1))

-- case: select t.column_value from hr.emp e, table(e.names) t
-- tables: DB.HR.EMP
-- columns: COLUMN_VALUE <- EMP.NAMES
select t.column_value from hr.emp e, table(e.names) t
