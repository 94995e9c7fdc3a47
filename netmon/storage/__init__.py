"""What is kept on disk: state and log in SQLite, time series in Parquet."""
