"""Names in `survey` are made in `config.sqlnames`, which the forms' checks share."""

from config.sqlnames import odata_path, sql_name

__all__ = ["odata_path", "sql_name"]
