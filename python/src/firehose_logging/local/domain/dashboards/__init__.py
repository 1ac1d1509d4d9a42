"""Dashboards' API of saved objects; its pages are not there."""
