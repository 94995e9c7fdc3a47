"""Queues, supervision and retries: what every running part needs and none of its meaning."""
