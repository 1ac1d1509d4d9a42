"""Actions and resources of each service's calls, as the Service Authorization Reference lists them.

Each module has one public function per service: operation, parameters, names → needs.
"""
