-- adapter: jdbc:oracle
-- database: ORCL
-- catalog: HR.EMPLOYEES(ID, NAME, MANAGER_ID, DEPT_ID)
-- catalog: HR.DEPARTMENTS(ID, TITLE)

-- case: upper case and old outer join
-- tables: ORCL.HR.EMPLOYEES, ORCL.HR.DEPARTMENTS
-- columns: NAME <- EMPLOYEES.NAME; TITLE <- DEPARTMENTS.TITLE
SELECT e.name, d.title FROM hr.employees e, hr.departments d WHERE d.id(+) = e.dept_id

-- case: dual and pseudo columns
-- tables: ORCL.HR.EMPLOYEES
-- columns: R <-; D <-; NAME <- EMPLOYEES.NAME
SELECT ROWNUM AS r, SYSDATE AS d, name FROM hr.employees, dual WHERE ROWNUM < 10

-- case: connect by
-- tables: ORCL.HR.EMPLOYEES
-- columns: NAME <- EMPLOYEES.NAME; L <-
SELECT name, LEVEL AS l FROM hr.employees START WITH manager_id IS NULL CONNECT BY PRIOR id = manager_id

-- case: current schema
-- tables: ORCL.HR.EMPLOYEES
-- columns: NAME <- EMPLOYEES.NAME
ALTER SESSION SET CURRENT_SCHEMA = hr;
SELECT name FROM employees

-- case: quoted identifiers
-- tables: ORCL.Hr.Staff
-- columns: FullName <- Staff.FullName
SELECT s."FullName" FROM "Hr"."Staff" s

-- case: minus
-- tables: ORCL.HR.EMPLOYEES, ORCL.HR.DEPARTMENTS
-- columns: ID <- EMPLOYEES.ID
SELECT id FROM hr.employees MINUS SELECT id FROM hr.departments

-- case: recursive subquery factoring
-- tables: ORCL.HR.EMPLOYEES
-- columns: ID <- EMPLOYEES.ID
WITH boss (id, manager_id) AS (
  SELECT id, manager_id FROM hr.employees WHERE manager_id IS NULL
  UNION ALL SELECT e.id, e.manager_id FROM hr.employees e JOIN boss b ON b.id = e.manager_id
) SELECT id FROM boss

-- case: listagg and nvl
-- tables: ORCL.HR.EMPLOYEES
-- columns: DEPT_ID <- EMPLOYEES.DEPT_ID; NAMES <- EMPLOYEES.NAME
SELECT NVL(dept_id, 0) AS dept_id, LISTAGG(name, ', ') WITHIN GROUP (ORDER BY name) AS names FROM hr.employees GROUP BY dept_id

-- case: fetch first
-- tables: ORCL.HR.EMPLOYEES
-- columns: NAME <- EMPLOYEES.NAME
SELECT name FROM hr.employees ORDER BY name FETCH FIRST 5 ROWS ONLY

-- case: hints
-- tables: ORCL.HR.EMPLOYEES
-- columns: NAME <- EMPLOYEES.NAME
SELECT /*+ INDEX(e ix_name) PARALLEL(e 4) */ e.name FROM hr.employees e
