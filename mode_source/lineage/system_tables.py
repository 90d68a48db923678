"""System tables that a platform finds without their schema: not in the default schema, but in a catalog of its own."""

from __future__ import annotations

import re

from .platforms import Platform

# PostgreSQL looks into pg_catalog first (https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-CATALOG);
# the relations of that schema in PostgreSQL 18 and those that earlier ones had.
_POSTGRES = re.compile(
    r"pg_(?:aggregate|aios|am|amop|amproc|attrdef|attribute|auth_members|authid|available_extension_versions|"
    r"available_extensions|backend_memory_contexts|cast|class|collation|config|constraint|conversion|cursors|database|"
    r"db_role_setting|default_acl|depend|description|enum|event_trigger|extension|file_settings|foreign_data_wrapper|"
    r"foreign_server|foreign_table|group|hba_file_rules|ident_file_mappings|index|indexes|inherits|init_privs|language|"
    r"largeobject|largeobject_metadata|locks|matviews|namespace|opclass|operator|opfamily|parameter_acl|"
    r"partitioned_table|pltemplate|policies|policy|prepared_statements|prepared_xacts|proc|publication\w*|range|"
    r"replication_origin|replication_origin_status|replication_slots|rewrite|roles|rules|seclabels?|sequences?|"
    r"settings|shadow|shdepend|shdescription|shmem_allocations\w*|shseclabel|"
    r"stat_(?:activity|(?:all|sys|user)_(?:indexes|tables)|archiver|bgwriter|checkpointer|database\w*|gssapi|io|"
    r"progress_\w+|recovery_prefetch|replication|replication_slots|slru|ssl|subscription\w*|user_functions|wal\w*|"
    r"xact_\w+)|statio_\w+|statistic|statistic_ext|statistic_ext_data|stats|stats_ext|stats_ext_exprs|subscription|"
    r"subscription_rel|tables|tablespace|timezone_abbrevs|timezone_names|transform|trigger|ts_\w+|type|user|"
    r"user_mappings?|views|wait_events)"
)
# https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_system-tables.html
_REDSHIFT = re.compile(
    r"(?:stl|stv|svl|svv|svcs)_\w+|pg_(?:table_def|database_info|statistic_indicator|user_info|external_schema|"
    r"class_info|attribute_encoding|default_acl|library)|sys_(?:analyze|applied|auto|child|connection|copy|datashare|"
    r"external|extern|integration|load|mv|procedure|query|restore|schema|serverless|session|spatial|stream|transaction|"
    r"udf|undone|unload|userlog|vacuum)_\w+"
)
# https://docs.oracle.com/en/database/oracle/oracle-database/19/refrn/static-data-dictionary-views.html
_ORACLE = re.compile(
    r"g?v\$\w+|dba_\w+|(?:all|user)_(?:tables|tab_\w+|tab_columns|views|objects|indexes|ind_\w+|constraints|"
    r"cons_columns|sequences|source|triggers|synonyms|segments|extents|users|col_comments|col_privs|role_privs|"
    r"sys_privs|jobs|scheduler_jobs|errors|dependencies|procedures|arguments|types|mviews|part_tables|lobs|db_links|"
    r"directories|free_space|ts_quotas|recyclebin|tablespaces)|dictionary|dict|session_privs|session_roles|cat|obj|tabs"
)
# Views kept for compatibility: https://learn.microsoft.com/sql/relational-databases/system-compatibility-views
_SQL_SERVER = re.compile(
    r"sys(?:altfiles|cacheobjects|charsets|columns|comments|configures|constraints|curconfigs|databases|depends|"
    r"devices|filegroups|files|foreignkeys|fulltextcatalogs|indexes|indexkeys|languages|lockinfo|logins|members|"
    r"messages|objects|oledbusers|opentapes|perfinfo|permissions|processes|protects|references|remotelogins|servers|"
    r"types|users)"
)
# https://docs.vertica.com/latest/en/sql-reference/system-tables: in the search path after public.
_VERTICA_MONITOR = re.compile(
    r"query_(?:requests|profiles|metrics|events|consumption)|(?:user_)?sessions|session_profiles|load_streams|"
    r"resource_(?:acquisitions|usage|queues|pool_status)|host_resources|disk_storage|projection_storage|"
    r"column_storage|storage_containers|delete_vectors|dc_\w+|system"
)
_VERTICA_CATALOG = re.compile(
    r"(?:all_tables|columns|projections|projection_columns|primary_keys|foreign_keys|table_constraints|schemata|"
    r"view_columns|system_tables|resource_pools|user_functions|databases|licenses)"
)
_RULES: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    "postgresql": ((_POSTGRES, "pg_catalog"),),
    "redshift": ((_REDSHIFT, "pg_catalog"), (_POSTGRES, "pg_catalog")),
    "vertica": ((_VERTICA_MONITOR, "v_monitor"), (_VERTICA_CATALOG, "v_catalog")),
    "oracle": ((_ORACLE, "SYS"),),
    "oracleadb": ((_ORACLE, "SYS"),),
    "sqlserver": ((_SQL_SERVER, "sys"),),
    "duckdb": ((re.compile(r"sqlite_master|sqlite_schema|pg_\w+"), "main"),),
}


def system_schema(table: str, platform: Platform) -> str | None:
    """The schema of a system table that is written without one; None for any other table."""
    folded = table.lower()
    return next((schema for pattern, schema in _RULES.get(platform.name, ()) if pattern.fullmatch(folded)), None)
