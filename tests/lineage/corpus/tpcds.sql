-- adapter: jdbc:postgresql
-- database: tpcds
-- catalog: public.store_sales(ss_sold_date_sk, ss_item_sk, ss_customer_sk, ss_store_sk, ss_quantity, ss_sales_price, ss_ext_sales_price, ss_net_profit, ss_addr_sk)
-- catalog: public.store_returns(sr_returned_date_sk, sr_item_sk, sr_customer_sk, sr_store_sk, sr_return_amt)
-- catalog: public.catalog_sales(cs_sold_date_sk, cs_item_sk, cs_bill_customer_sk, cs_ext_sales_price, cs_quantity)
-- catalog: public.web_sales(ws_sold_date_sk, ws_item_sk, ws_bill_customer_sk, ws_ext_sales_price, ws_net_paid)
-- catalog: public.date_dim(d_date_sk, d_date, d_year, d_moy, d_week_seq, d_day_name, d_month_seq)
-- catalog: public.item(i_item_sk, i_item_id, i_brand_id, i_brand, i_class, i_category, i_manufact_id, i_current_price, i_item_desc)
-- catalog: public.customer(c_customer_sk, c_customer_id, c_first_name, c_last_name, c_current_addr_sk)
-- catalog: public.customer_address(ca_address_sk, ca_state, ca_zip, ca_county)
-- catalog: public.store(s_store_sk, s_store_id, s_store_name, s_state)

-- case: q1 correlated cte
-- tables: tpcds.public.store_returns, tpcds.public.date_dim, tpcds.public.store, tpcds.public.customer
-- columns: c_customer_id <- customer.c_customer_id
with customer_total_return as (
  select sr_customer_sk as ctr_customer_sk, sr_store_sk as ctr_store_sk, sum(sr_return_amt) as ctr_total_return
  from store_returns, date_dim where sr_returned_date_sk = d_date_sk and d_year = 2000 group by sr_customer_sk, sr_store_sk)
select c_customer_id from customer_total_return ctr1, store, customer
where ctr1.ctr_total_return > (select avg(ctr_total_return) * 1.2 from customer_total_return ctr2 where ctr1.ctr_store_sk = ctr2.ctr_store_sk)
  and s_store_sk = ctr1.ctr_store_sk and s_state = 'TN' and ctr1.ctr_customer_sk = c_customer_sk
order by c_customer_id limit 100

-- case: q2 week over week
-- tables: tpcds.public.web_sales, tpcds.public.catalog_sales, tpcds.public.date_dim
-- columns: d_week_seq1 <- date_dim.d_week_seq; r <- web_sales.ws_ext_sales_price, catalog_sales.cs_ext_sales_price, date_dim.d_day_name
with wscs as (
  select sold_date_sk, sales_price from (
    select ws_sold_date_sk sold_date_sk, ws_ext_sales_price sales_price from web_sales
    union all select cs_sold_date_sk sold_date_sk, cs_ext_sales_price sales_price from catalog_sales) x),
wswscs as (
  select d_week_seq, sum(case when (d_day_name = 'Sunday') then sales_price else null end) sun_sales
  from wscs, date_dim where d_date_sk = sold_date_sk group by d_week_seq)
select d_week_seq1, round(sun_sales1 / sun_sales2, 2) as r
from (select wswscs.d_week_seq d_week_seq1, sun_sales sun_sales1 from wswscs, date_dim
      where date_dim.d_week_seq = wswscs.d_week_seq and d_year = 2001) y,
     (select wswscs.d_week_seq d_week_seq2, sun_sales sun_sales2 from wswscs, date_dim
      where date_dim.d_week_seq = wswscs.d_week_seq and d_year = 2002) z
where d_week_seq1 = d_week_seq2 - 53 order by d_week_seq1

-- case: q3 aliases
-- tables: tpcds.public.date_dim, tpcds.public.store_sales, tpcds.public.item
-- columns: d_year <- date_dim.d_year; brand_id <- item.i_brand_id; brand <- item.i_brand; sum_agg <- store_sales.ss_ext_sales_price
select dt.d_year, item.i_brand_id brand_id, item.i_brand brand, sum(ss_ext_sales_price) sum_agg
from date_dim dt, store_sales, item
where dt.d_date_sk = store_sales.ss_sold_date_sk and store_sales.ss_item_sk = item.i_item_sk and item.i_manufact_id = 128 and dt.d_moy = 11
group by dt.d_year, item.i_brand, item.i_brand_id order by dt.d_year, sum_agg desc, brand_id limit 100

-- case: q5 rollup over unions
-- tables: tpcds.public.store_sales, tpcds.public.store_returns, tpcds.public.date_dim, tpcds.public.store, tpcds.public.web_sales
-- columns: channel <-; id <- store.s_store_id, web_sales.ws_item_sk; sales <- store_sales.ss_ext_sales_price, web_sales.ws_ext_sales_price; returns <- store_returns.sr_return_amt
with ssr as (
  select s_store_id, sum(sales_price) as sales, sum(return_amt) as returns
  from (select ss_store_sk as store_sk, ss_sold_date_sk as date_sk, ss_ext_sales_price as sales_price, cast(0 as decimal(7,2)) as return_amt from store_sales
        union all
        select sr_store_sk as store_sk, sr_returned_date_sk as date_sk, cast(0 as decimal(7,2)) as sales_price, sr_return_amt as return_amt from store_returns) salesreturns,
       date_dim, store
  where date_sk = d_date_sk and store_sk = s_store_sk group by s_store_id),
wsr as (select ws_item_sk, sum(ws_ext_sales_price) as sales, 0 as returns from web_sales group by ws_item_sk)
select channel, id, sum(sales) as sales, sum(returns) as returns
from (select 'store channel' as channel, s_store_id as id, sales, returns from ssr
      union all select 'web channel' as channel, ws_item_sk as id, sales, returns from wsr) x
group by rollup (channel, id) order by channel, id limit 100

-- case: q6 with a scalar subquery
-- tables: tpcds.public.customer_address, tpcds.public.customer, tpcds.public.store_sales, tpcds.public.date_dim, tpcds.public.item
-- columns: state <- customer_address.ca_state; cnt <-
select a.ca_state state, count(*) cnt
from customer_address a, customer c, store_sales s, date_dim d, item i
where a.ca_address_sk = c.c_current_addr_sk and c.c_customer_sk = s.ss_customer_sk and s.ss_sold_date_sk = d.d_date_sk and s.ss_item_sk = i.i_item_sk
  and d.d_month_seq = (select distinct (d_month_seq) from date_dim where d_year = 2001 and d_moy = 1)
  and i.i_current_price > 1.2 * (select avg(j.i_current_price) from item j where j.i_category = i.i_category)
group by a.ca_state having count(*) >= 10 order by cnt, a.ca_state limit 100

-- case: q8 intersect
-- tables: tpcds.public.store_sales, tpcds.public.date_dim, tpcds.public.store, tpcds.public.customer_address, tpcds.public.customer
-- columns: s_store_name <- store.s_store_name; sum <- store_sales.ss_net_profit
select s_store_name, sum(ss_net_profit)
from store_sales, date_dim, store,
  (select ca_zip from (
     select substr(ca_zip, 1, 5) ca_zip from customer_address where substr(ca_zip, 1, 5) in ('24128', '76232')
     intersect
     select ca_zip from (select substr(ca_zip, 1, 5) ca_zip, count(*) cnt from customer_address, customer
       where ca_address_sk = c_current_addr_sk group by ca_zip having count(*) > 10) a1) a2) v1
where ss_store_sk = s_store_sk and ss_sold_date_sk = d_date_sk and d_year = 1998
group by s_store_name order by s_store_name limit 100

-- case: q9 many scalar subqueries
-- tables: tpcds.public.store_sales
-- columns: bucket1 <- store_sales.ss_ext_sales_price, store_sales.ss_net_profit
-- hard: whether count(*) of a CASE condition makes the whole table a source is a matter of taste
select case when (select count(*) from store_sales where ss_quantity between 1 and 20) > 100
  then (select avg(ss_ext_sales_price) from store_sales where ss_quantity between 1 and 20)
  else (select avg(ss_net_profit) from store_sales where ss_quantity between 1 and 20) end bucket1

-- case: q36 grouping and rank
-- tables: tpcds.public.store_sales, tpcds.public.date_dim, tpcds.public.item, tpcds.public.store
-- columns: margin <- store_sales.ss_net_profit, store_sales.ss_ext_sales_price; i_category <- item.i_category; i_class <- item.i_class; lochierarchy <- item.i_category, item.i_class; rank_within <- item.i_category, item.i_class, store_sales.ss_net_profit
select sum(ss_net_profit) / sum(ss_ext_sales_price) as margin, i_category, i_class,
  grouping(i_category) + grouping(i_class) as lochierarchy,
  rank() over (partition by grouping(i_category) + grouping(i_class) order by sum(ss_net_profit) asc) as rank_within
from store_sales, date_dim d1, item, store
where d1.d_year = 2001 and d1.d_date_sk = ss_sold_date_sk and i_item_sk = ss_item_sk and s_store_sk = ss_store_sk
group by rollup (i_category, i_class) limit 100

-- case: q38 intersect of three
-- tables: tpcds.public.store_sales, tpcds.public.catalog_sales, tpcds.public.web_sales, tpcds.public.date_dim, tpcds.public.customer
-- columns: n <-
select count(*) as n from (
  select distinct c_last_name, c_first_name, d_date from store_sales, date_dim, customer
    where store_sales.ss_sold_date_sk = date_dim.d_date_sk and store_sales.ss_customer_sk = customer.c_customer_sk
  intersect
  select distinct c_last_name, c_first_name, d_date from catalog_sales, date_dim, customer
    where catalog_sales.cs_sold_date_sk = date_dim.d_date_sk and catalog_sales.cs_bill_customer_sk = customer.c_customer_sk
  intersect
  select distinct c_last_name, c_first_name, d_date from web_sales, date_dim, customer
    where web_sales.ws_sold_date_sk = date_dim.d_date_sk and web_sales.ws_bill_customer_sk = customer.c_customer_sk
) hot_cust limit 100

-- case: q51 windows over a full join
-- tables: tpcds.public.web_sales, tpcds.public.store_sales, tpcds.public.date_dim
-- columns: item_sk <- web_sales.ws_item_sk, store_sales.ss_item_sk; web_cumulative <- web_sales.ws_ext_sales_price, web_sales.ws_item_sk, date_dim.d_date, store_sales.ss_item_sk
with web_v1 as (
  select ws_item_sk item_sk, d_date, sum(sum(ws_ext_sales_price)) over (partition by ws_item_sk order by d_date rows between unbounded preceding and current row) cume_sales
  from web_sales, date_dim where ws_sold_date_sk = d_date_sk group by ws_item_sk, d_date),
store_v1 as (
  select ss_item_sk item_sk, d_date, sum(sum(ss_sales_price)) over (partition by ss_item_sk order by d_date rows between unbounded preceding and current row) cume_sales
  from store_sales, date_dim where ss_sold_date_sk = d_date_sk group by ss_item_sk, d_date)
select item_sk, max(web_sales) over (partition by item_sk order by d_date) web_cumulative
from (select case when web.item_sk is not null then web.item_sk else store.item_sk end item_sk,
             case when web.d_date is not null then web.d_date else store.d_date end d_date,
             web.cume_sales web_sales, store.cume_sales store_sales
      from web_v1 web full outer join store_v1 store on (web.item_sk = store.item_sk and web.d_date = store.d_date)) x

-- case: q87 except
-- tables: tpcds.public.store_sales, tpcds.public.web_sales, tpcds.public.customer
-- columns: c_last_name <- customer.c_last_name
select c_last_name from ((select distinct c_last_name from store_sales, customer where ss_customer_sk = c_customer_sk)
  except (select distinct c_last_name from web_sales, customer where ws_bill_customer_sk = c_customer_sk)) cool_cust
